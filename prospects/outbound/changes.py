"""Telling GHL what was changed of people who are in it.

Whoever was changed since they were last looked at is compared with what GHL was last told (`told`), and only the
difference is sent: one PUT for fields, one request for tags that are new, one for tags that are gone. Nobody else is
asked for. A person is claimed meanwhile, so that of two workers the slower cannot put an older value in the place of a
newer one. What is about to be sent is noted before, and what was told is written down after each answer; whatever may
have been lost in between is told again, which changes nothing. No network inside a transaction; the threads that ask
GHL touch no database.
"""

import logging
import time
import uuid
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from integrations.credentials import client_for
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import GHLError, TransientGHLError
from integrations.mapping_check import writable_now
from integrations.models import GHLIntegration
from prospects.models import ToldPerson
from prospects.outbound import told, told_rows
from prospects.outbound.told_rows import ENDS_IT, Job

logger = logging.getLogger(__name__)

LOOKED_AT_ONCE = 200  # people
IN_FLIGHT = 8  # requests at once
IN_VAIN = 16  # people in a row whom GHL could not be told of: the rest can wait for the next time


@dataclass(slots=True)
class Told:
    """What came of it: people told of, people whom GHL could not be told of, requests sent.

    `problem` says in words why it ended before its time; empty when it did not.
    """

    updated: int = 0
    failed: int = 0
    requests: int = 0
    problem: str = ""


def tell_changes(integration: GHLIntegration, *, seconds: float | None = None) -> Told:
    """Tells GHL everything that is due, or as much as fits into `seconds`. Safe beside others that do the same.

    Raises LocationNotReadyError and SecretUnreadableError.
    """
    over_at = None if seconds is None else time.monotonic() + seconds
    with client_for(integration, bulk=True) as client, ThreadPoolExecutor(IN_FLIGHT, "tell") as pool:
        teller = _Teller(integration, client, pool, over_at)
        while not teller.is_over() and teller.take_some():
            pass
        teller.told.requests = client.requests_made
    return teller.told


class _Teller:
    """One pass over a location's people, in the order of their ids."""

    def __init__(
        self, integration: GHLIntegration, client: GHLClient, pool: ThreadPoolExecutor, over_at: float | None
    ) -> None:
        self.integration = integration
        self.told = Told()
        self._client = client
        self._pool = pool
        self._over_at = over_at
        self._name = uuid.uuid4().hex
        self._after: Any = None
        self._in_vain = 0
        self._writable: Mapping[str, Any] | None = None

    def is_over(self) -> bool:
        return bool(self.told.problem) or (self._over_at is not None and time.monotonic() > self._over_at)

    def take_some(self) -> bool:
        """Looks at the next people and tells what is news of them. False when nobody is due any more."""
        now, claimed_at = timezone.now(), time.monotonic()
        due = told_rows.due(self.integration, now).order_by("pk")
        due = due.filter(pk__gt=self._after) if self._after else due
        ids = list(due.values_list("pk", flat=True)[:LOOKED_AT_ONCE])
        if not ids:
            return False
        self._after = ids[-1]
        jobs = self._compared(told_rows.claim(self.integration, ids, self._name, now))
        looked_at = now - told_rows.CLOCKS_DIFFER_BY
        told_rows.settle([job for job in jobs if not job.news], self._name, looked_at)
        waiting = [job for job in jobs if job.news]
        # After half of the claim nothing more is sent: by its end somebody else may be telling of the same people.
        while waiting and not self.is_over() and time.monotonic() < claimed_at + told_rows.CLAIM.total_seconds() / 2:
            in_hand, waiting = waiting[:IN_FLIGHT], waiting[IN_FLIGHT:]
            told_rows.note_sending(in_hand, self._name)
            for job in self._pool.map(self._send, in_hand):
                self._count(job)
                told_rows.keep(job, self._name, looked_at)
        told_rows.give_back([job.row for job in waiting], self._name)
        return True

    # ------------------------------------------------------------ what

    def _compared(self, rows: list[ToldPerson]) -> list[Job]:
        stored = self.integration.custom_field_mapping
        mapping: Mapping[str, Any] = stored if isinstance(stored, dict) else {}
        first = {row.pk for row in rows if told_rows.begin(row, mapping)}
        jobs = [self._job(row, mapping, row.pk in first) for row in rows]
        if any(name not in told.NAMES for job in jobs for name in job.news.fields):
            mapping = self._without_gone_fields()
            jobs = [self._job(row, mapping, row.pk in first) for row in rows]
        return jobs

    def _job(self, row: ToldPerson, mapping: Mapping[str, Any], is_first: bool) -> Job:
        person, campaign = told_rows.person_of(row)
        row.mapping = told_rows.digest(self.integration)
        unsure = told.Unsure.of_row(row.unsure)
        news = told.news_of(person, campaign, told=row.told, tags=row.tags, mapping=mapping, unsure=unsure)
        return Job(row, person, campaign, news, news.body(mapping), is_first)

    def _without_gone_fields(self) -> Mapping[str, Any]:
        """What of the mapping can be written; asked once."""
        if self._writable is None:
            self._writable = writable_now(self.integration, self._client)
        return self._writable

    # ------------------------------------------------------------ telling

    def _send(self, job: Job) -> Job:
        """Runs in a thread of its own: asks GHL, writes nothing. `job.sent` is what got through."""
        contact_id, news = job.person.ghl_contact_id, job.news
        try:
            if news.fields:
                self._client.update_contact(contact_id, job.body)
                job.sent = told.News(news.fields)
            if news.added:
                self._client.add_tags(contact_id, news.added)
                job.sent = told.News(news.fields, news.added)
            if news.removed:
                self._client.remove_tags(contact_id, news.removed)
                job.sent = news
        except GHLError as problem:
            job.error = problem
        return job

    def _count(self, job: Job) -> None:
        self.told.updated += job.error is None
        self.told.failed += job.error is not None
        if isinstance(job.error, ENDS_IT):
            self.told.problem = str(job.error)
        self._in_vain = self._in_vain + 1 if isinstance(job.error, TransientGHLError) else 0
        if self._in_vain >= IN_VAIN and not self.told.problem:
            self.told.problem = f"GHL could not be told of {self._in_vain} people in a row. {job.error}"
