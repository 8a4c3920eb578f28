"""Fetching from GHL what a call lacks: its own record and its transcript, which may come hours later or never.

A call that waits is asked for again with growing waits, for about a day, then given up where staff can see it and have
it tried again. Trouble with the whole location (its token, the allowance, the network) is no fault of the call and is
not counted against it.
"""

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.utils import timezone

from calls import needs
from calls.callers import calls_of, person_called
from calls.ingest import News, held_by, told_by_ghl, write
from calls.merging import Columns, from_ghl
from calls.models import Call, Direction, Enrichment, PhoneCall, SalesCall
from calls.transcripts import as_text
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import (
    AllowanceUnavailable,
    CredentialRejected,
    DailyAllowanceSpent,
    GHLError,
    LocationForbidden,
    RateLimited,
    UnexpectedPayload,
    Unreachable,
    VersionRejected,
)
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration

logger = logging.getLogger(__name__)

# After the first try, the second and so on: a day in all.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 40, 80, 160, 320, 320, 480))
A_DAY = timedelta(days=1)
BEING_TRIED = timedelta(minutes=10)  # a worker that has not come back by then has died
AFTER_TROUBLE = timedelta(minutes=15)
LONGEST_NOTE = 1000
NO_TRANSCRIPT = "GHL has no transcript of this call (yet)."
OF_THE_LOCATION = (
    AllowanceUnavailable, CredentialRejected, DailyAllowanceSpent, LocationForbidden, RateLimited, Unreachable,
    VersionRejected,
)  # fmt: skip


class Result(StrEnum):
    DONE = "done"  # nothing is missing any more
    AGAIN = "again"  # not there yet
    GIVEN_UP = "given up"
    TROUBLE = "trouble"  # with the location: asking for other calls is of no use now
    NOTHING = "nothing"  # to do: somebody else is at it, or it is not due


@dataclass(frozen=True, slots=True)
class Fetched:
    """What GHL gave, and the words for what it did not."""

    columns: Columns
    problem: str = ""
    is_of_the_location: bool = False


def find_call(call_id: uuid.UUID) -> PhoneCall | None:
    """A call by its own id, whichever table it is in."""
    tables: tuple[Any, ...] = (SalesCall, Call)
    found = (table.objects.select_related("integration").filter(pk=call_id).first() for table in tables)
    return next((row for row in found if row is not None), None)


def enrich(call_id: uuid.UUID, client: GHLClient | None = None) -> Result:
    """Asks GHL for what one call lacks, if it is due, and writes what came. Safe to call any number of times.

    `client` is the location's, for many calls in a row; without one it is opened here.
    """
    row = find_call(call_id)
    if row is None or not _claimed(row):
        return Result.NOTHING
    fetched = _fetched(row, client)
    with transaction.atomic():
        return _noted(row, fetched)


def due(integration: GHLIntegration, most: int) -> list[uuid.UUID]:
    """The location's calls whose turn it is, the latest calls first: somebody may be waiting for those."""
    waiting = calls_of(integration).filter(enrichment_status=Enrichment.WAITING, enrichment_next_at__lte=timezone.now())
    return list(waiting.order_by("-started_at", "id").values_list("pk", flat=True)[:most])


def enrich_due(integration: GHLIntegration, most: int) -> dict[Result, int]:
    """Works on the calls that are due, until there is trouble with the location. Returns how many came to what."""
    results: dict[Result, int] = {}
    call_ids = due(integration, most)
    if not call_ids:
        return results
    try:
        client = client_for(integration, bulk=False)
    except (LocationNotReadyError, SecretUnreadableError) as problem:
        _put_off(calls_of(integration).filter(pk__in=call_ids), str(problem))
        return {Result.TROUBLE: len(call_ids)}
    with client:
        for call_id in call_ids:
            result = enrich(call_id, client)
            results[result] = results.get(result, 0) + 1
            if result is Result.TROUBLE:
                break
    return results


def ask_again(calls: Any) -> int:
    """Lets the calls of a queryset wait as if GHL had never been asked: a person wants it. Returns how many."""
    wanted = needs.wanted_from(timezone.now()) | {"updated_at": timezone.now()}
    changed: int = calls.update(**wanted)
    return changed


def _claimed(row: PhoneCall) -> bool:
    """The database decides who of two workers asks."""
    now = timezone.now()
    mine = type(row)._default_manager.filter(
        pk=row.pk, enrichment_status=Enrichment.WAITING, enrichment_next_at__lte=now
    )
    return bool(mine.update(enrichment_next_at=now + BEING_TRIED))


# ---------------------------------------------------------------- asking


def _fetched(row: PhoneCall, client: GHLClient | None) -> Fetched:
    if client is not None:
        return _asked(client, row)
    try:
        with client_for(row.integration, bulk=False) as own:
            return _asked(own, row)
    except (LocationNotReadyError, SecretUnreadableError) as problem:
        return Fetched({}, str(problem), is_of_the_location=True)


def _asked(client: GHLClient, row: PhoneCall) -> Fetched:
    """What was read before something went wrong is kept."""
    columns: Columns = {}
    held = held_by(row.integration, row)
    try:
        if needs.wants_record(held):
            columns |= _record(client, row.external_call_id)
        if not needs.wants_transcript(held | from_ghl(held, columns)):
            return Fetched(columns)
        columns["transcript"] = _transcript(client, row.external_call_id)
    except GHLError as problem:
        return Fetched(columns, str(problem), is_of_the_location=isinstance(problem, OF_THE_LOCATION))
    return Fetched(columns, "" if columns["transcript"] else NO_TRANSCRIPT)


def _record(client: GHLClient, message_id: str) -> Columns:
    raw = client.message(message_id)
    if not CallMessage.is_call(raw):
        raise UnexpectedPayload(detail="what GHL has under the call’s id is no call")
    return told_by_ghl(CallMessage.parse(raw))


def _transcript(client: GHLClient, message_id: str) -> str:
    sentences = client.transcription(message_id)
    if sentences:
        return as_text(sentences)
    return client.transcription_text(message_id) or ""


# ---------------------------------------------------------------- noting what came


def _noted(row: PhoneCall, fetched: Fetched) -> Result:
    integration = row.integration
    held = held_by(integration, row)
    held |= from_ghl(held, fetched.columns)
    phone = held["from_number" if held["direction"] == Direction.INBOUND else "to_number"]
    person = None
    if fetched.columns and held["person_id"] is None:
        person = person_called(integration, contact_id=held["ghl_contact_id"], phone=phone)
    written = write(integration, {row.external_call_id: News(fetched.columns, person=person)})
    now_held = written.rows[row.external_call_id]
    if now_held.enrichment_status != Enrichment.WAITING:
        return Result.DONE
    return _tried_again_later(now_held, fetched)


def _tried_again_later(row: PhoneCall, fetched: Fetched) -> Result:
    mine = type(row)._default_manager.filter(pk=row.pk)
    words = fetched.problem or "GHL says that this call is still under way."
    if fetched.is_of_the_location:
        _put_off(mine, words)
        return Result.TROUBLE
    attempts, now = row.enrichment_attempts + 1, timezone.now()
    if attempts > len(WAITS) or _comes_no_more(row, words, now):
        words = f"{words} Given up after {attempts} {'try' if attempts == 1 else 'tries'}."
        mine.update(**needs.settled(Enrichment.GIVEN_UP, words[:LONGEST_NOTE]), enrichment_attempts=attempts)
        logger.warning("call %s: given up, tries: %s", row.pk, attempts)
        return Result.GIVEN_UP
    mine.update(
        enrichment_attempts=attempts,
        enrichment_next_at=now + WAITS[attempts - 1],
        enrichment_note=words[:LONGEST_NOTE],
    )
    return Result.AGAIN


def _comes_no_more(row: PhoneCall, words: str, now: datetime) -> bool:
    """GHL makes transcripts within a day or never: its switch for them is not retroactive."""
    return words == NO_TRANSCRIPT and row.started_at is not None and row.started_at < now - A_DAY


def _put_off(rows: Any, words: str) -> None:
    rows.update(enrichment_next_at=timezone.now() + AFTER_TROUBLE, enrichment_note=words[:LONGEST_NOTE])
