"""One worker's share of a push: claims people, keeps some requests in flight, writes what came of each.

The threads of a worker ask GHL and touch no database; all that is written is written by the thread that the worker
runs in, and never while it waits for the network. Before a person is sent, that they will be is committed (`states`
says what follows from it); what came of it is committed as soon as it is known, the person's row and the outbound row
in one transaction.
"""

import logging
import math
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from integrations.ghl.client import GHLClient
from integrations.mapping_check import writable_now
from integrations.models import GHLIntegration, SyncRun
from prospects.models import OutboundPerson, SalesProspect
from prospects.outbound import asking, claims, counting, eligibility, states
from prospects.outbound.body import body_of
from prospects.outbound.forbidden import Forbidden, Held
from prospects.outbound.links import link, links_to_others, words_for_holder
from prospects.outbound.reasons import Reason
from prospects.outbound.sameness import Sameness, compare, ours_among, was_made_by_us
from prospects.outbound.workers import RENEWED_EVERY, ClaimLostError, Worker

logger = logging.getLogger(__name__)

# Requests at once, shared out among the workers of a run: GHL's 9.5 in a second are 10 when each answer takes a second.
# More would only wait for their turn, and each one is a person to look up if the worker dies.
IN_FLIGHT = 12
LEAST_IN_FLIGHT = 3
SHOWN_EVERY = 1.0  # seconds between two looks at the run's own row
LONGEST_NAP = 1.0  # seconds
# When so many in a row could not be sent, GHL is given a rest, each time twice as long (at first as long as its search
# lags), and is then tried with one person. After the last the run ends: eight minutes are for a person to know of.
IN_VAIN = 12
MOST_RESTS = 5
Result, State = OutboundPerson.Result, OutboundPerson.State


@dataclass(slots=True)
class Job:
    """One person in hand: the row, what GHL is to be sent, and since when it may have them already.

    `asked_at`: when this worker asked for them to be created, on its own clock.
    """

    row: OutboundPerson
    body: dict[str, Any]
    sent_before: datetime | None
    asked_at: float = 0.0


class Push:
    """A worker at a run. `problem` is why the run must end before its time, in words, if there is a reason."""

    def __init__(self, run: SyncRun, worker: Worker, client: GHLClient, on_progress: Callable[[SyncRun], None]) -> None:
        self.run = run
        self.worker = worker
        self.client = client
        self.on_progress = on_progress
        self.problem = ""
        self.is_stopping = False
        self._queue: deque[Job] = deque()
        self._asked: dict[Future[states.Answer], Job] = {}
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="push")
        self._width = IN_FLIGHT  # this worker's share of them
        self._forbidden: Forbidden[Job] = Forbidden()
        self._in_vain = 0  # people in a row who could not be sent
        self._rests = 0
        self._rest_until = 0.0
        self._requests_told = 0
        self._renew_at = self._show_at = 0.0
        self._writable: Mapping[str, Any] | None = None

    def until_done(self, seconds: float | None) -> None:
        """Works until nobody is left, the run is to stop, something is in the way, or the time is over.

        With `seconds` it also ends when nobody is due for a while. Raises ClaimLostError.
        """
        over_at = None if seconds is None else time.monotonic() + seconds
        claims.take_over_from_earlier_runs(self.run)
        while True:
            self._keep_up()
            time_is_over = over_at is not None and time.monotonic() > over_at
            if not (self.problem or self.is_stopping or time_is_over or self._is_at_rest()):
                self._fill()
                self._hand_out()
                self._settle_forbidden(nobody_is_asked=not self._asked)
            if self._asked:
                self._take_in(wait(self._asked, timeout=LONGEST_NAP, return_when=FIRST_COMPLETED).done)
            elif self.problem or self.is_stopping or time_is_over or not self._wait_for_the_next(over_at is not None):
                return

    def close(self) -> None:
        """Lets what is in flight come to its end, gives the rest back, and shows the last figures."""
        if self.worker.may_send():
            while self._asked:
                self._keep_up()
                self._take_in(wait(self._asked, timeout=LONGEST_NAP, return_when=FIRST_COMPLETED).done)
            claims.give_back(self.worker, [job.row for job in self._queue])
            for job, trouble in self._forbidden.release():  # it was not found out; they wait for the next time
                self._write_trouble(job, trouble)
        self._pool.shutdown(cancel_futures=True)
        self._show()

    # ------------------------------------------------------------ who is next

    def _room(self) -> int:
        """How many more may be in flight: one at a time after a rest, until one gets through."""
        return (1 if self._rests else self._width) - len(self._asked)

    def _fill(self) -> None:
        if self._queue or self._room() <= 0:
            return
        rows = claims.claim(self.run, self.worker, self._width)
        if not rows and claims.take_up_more(self.run):
            rows = claims.claim(self.run, self.worker, self._width)
        forbidden = eligibility.said_do_not_contact([row.person for row in rows])
        for row in rows:
            if not self._is_settled_already(row, said_in_a_call=row.person.pk in forbidden):
                person = row.person
                campaign = person.campaign.name if isinstance(person, SalesProspect) and person.campaign else ""
                self._queue.append(Job(row, body_of(person, self._mapping(), campaign=campaign), row.sent_at))

    def _mapping(self) -> Mapping[str, Any]:
        """What of the location's mapping GHL can take now, asked once."""
        if self._writable is None:
            self._writable = writable_now(self.run.integration, self.client)
        return self._writable

    def _is_settled_already(self, row: OutboundPerson, *, said_in_a_call: bool) -> bool:
        """Whether there is nothing to ask for: linked by somebody else meanwhile, or not allowed."""
        now = timezone.now()
        if row.person.ghl_contact_id:
            return claims.write(row, self.worker, states.done(Result.ADOPTED, now))
        if reason := eligibility.why_not(row.person, said_in_a_call=said_in_a_call):
            return claims.write(row, self.worker, states.not_allowed(reason, now))
        return False

    def _hand_out(self) -> None:
        """Whoever may be in GHL already is looked up; the others are noted as sent, then sent."""
        jobs = [self._queue.popleft() for _ in range(min(len(self._queue), max(0, self._room())))]
        for job in jobs:
            if job.sent_before is not None:
                self._asked[self._pool.submit(asking.look_up, self.client, job.body)] = job
        self._send([job for job in jobs if job.sent_before is None])

    def _send(self, jobs: list[Job]) -> None:
        held = {row.pk for row in claims.mark_as_sent([job.row for job in jobs], self.worker)} if jobs else set()
        for job in jobs:
            if job.row.pk in held:
                job.asked_at = time.monotonic()
                asked = self._pool.submit(asking.create, self.client, job.body, self.worker.may_send)
                self._asked[asked] = job

    # ------------------------------------------------------------ what came of it

    def _take_in(self, answered: set[Future[states.Answer]]) -> None:
        """Writes down what came of those who were answered, all at once: with SQLite each commit may have to wait."""
        answers = [(self._asked.pop(future), future.result()) for future in answered]
        not_found: list[Job] = []
        with transaction.atomic():
            for job, answer in answers:
                if not isinstance(answer, states.Trouble) or answer.is_refusal:
                    self._in_vain = self._rests = 0  # GHL answers
                    self._refuse(self._forbidden.takes_others(job.asked_at) if job.asked_at else [])
                if isinstance(answer, states.Created):
                    self._link(job, answer, Result.CREATED)
                elif isinstance(answer, states.IsThere):
                    self._judge(job, answer)
                elif isinstance(answer, states.LookedUp):
                    not_found += self._after_a_look(job, answer)
                elif answer.if_alone:
                    self._forbidden.note(job, answer)
                else:
                    self._trouble(job, answer)
            self._settle_forbidden(nobody_is_asked=False)
        self._send(not_found)  # only now, when nothing is left to be committed

    def _link(self, job: Job, answer: states.Created, result: OutboundPerson.Result) -> None:
        link(self.run.integration, job.row, answer.contact, self.worker, result)

    def _judge(self, job: Job, answer: states.IsThere) -> None:
        """GHL has somebody: adopted when it is this person, else a person must look."""
        contact, person = answer.contact, job.row.person
        if contact is None:
            self._trouble(job, states.Trouble(Reason.NOT_FOUND_OUT, answer.words, may_be_done=False))
            return
        others = links_to_others(self.run.integration, person, (contact,))
        if contact.id in others:
            words = words_for_holder(contact, others[contact.id], person)
            self._write(job, states.in_conflict(Reason.LINKED_TO_ANOTHER, words, timezone.now()))
        elif compare(person, contact) is Sameness.SAME:
            result = Result.CREATED if was_made_by_us(contact, job.sent_before) else Result.ADOPTED
            self._link(job, states.Created(contact), result)
        else:
            words = (
                f"GoHighLevel takes {person} for its contact {contact.name or 'without a name'} ({contact.id}), but "
                "the names do not fit. If they are one person, correct the name on one side; if not, correct the "
                "e-mail or phone that they share. Then try again."
            )
            self._write(job, states.in_conflict(Reason.OTHER_NAME, words, timezone.now()))

    def _after_a_look(self, job: Job, answer: states.LookedUp) -> list[Job]:
        """Found: it is theirs. Not found: what was sent did not make them, so a refusal stands, or they are to be sent.

        Returns whom to send.
        """
        person = job.row.person
        taken = links_to_others(self.run.integration, person, answer.contacts)
        ours = ours_among(person, answer.contacts, taken=taken)
        if ours is not None:
            result = Result.CREATED if was_made_by_us(ours, job.sent_before) else Result.ADOPTED
            self._link(job, states.Created(ours), result)
        elif states.is_held_to_be_refused(job.row.reason):
            self._write(job, states.was_refused(Reason(job.row.reason), job.row.error, timezone.now()))
        elif self.is_stopping or self.problem:
            self._write(job, states.given_back(timezone.now()))
        else:
            return [job]
        return []

    def _settle_forbidden(self, *, nobody_is_asked: bool) -> None:
        """Tells those who were refused alone from a refusal of everybody, as soon as that can be told."""
        if self._forbidden.concerns_everybody or (nobody_is_asked and not self._forbidden.concerns_them_alone):
            for job, trouble in self._forbidden.release():
                self._trouble(job, trouble)
        elif nobody_is_asked:
            self._refuse(self._forbidden.release())

    def _refuse(self, alone: Held[Job]) -> None:
        for job, trouble in alone:
            self._write(job, states.was_refused(Reason.FORBIDDEN, trouble.if_alone, timezone.now()))

    def _write_trouble(self, job: Job, trouble: states.Trouble) -> None:
        now, lag = timezone.now(), claims.search_lag()
        self._write(job, states.after_trouble(trouble, attempts=job.row.attempts, settle=lag, now=now))

    def _trouble(self, job: Job, trouble: states.Trouble) -> None:
        self._write_trouble(job, trouble)
        if not self.worker.may_send():
            return  # it was called off; the next renewal says so
        if trouble.ends_run:
            self.problem = self.problem or trouble.words
        elif trouble.reason == Reason.NO_ANSWER:
            self._in_vain += 1
            if self._rests or self._in_vain >= IN_VAIN:
                self._rest(trouble)

    def _rest(self, trouble: states.Trouble) -> None:
        if self._is_at_rest():
            return  # one of those that were in flight when it began
        if self._rests == MOST_RESTS:
            self.problem = (
                f"The push was given up after {self._in_vain} people in a row could not be sent. {trouble.words}"
            )
            return
        seconds = claims.search_lag().total_seconds() * 2**self._rests
        self._rest_until = time.monotonic() + seconds
        self._rests += 1
        logger.info("push %s rests for %d s: %s", self.run.pk, seconds, trouble.reason)

    def _is_at_rest(self) -> bool:
        return time.monotonic() < self._rest_until

    def _write(self, job: Job, changes: states.Changes) -> None:
        claims.write(job.row, self.worker, changes)

    # ------------------------------------------------------------ the run's own row

    def _keep_up(self) -> None:
        """Renews the claims and the figures, takes from the dead, and hears whether it is to stop."""
        if not self.worker.may_send():
            raise ClaimLostError
        now = time.monotonic()
        if now >= self._renew_at:
            claims.renew(self.worker)
            at_it = claims.take_from_the_dead(self.run.integration)
            self._width = max(LEAST_IN_FLIGHT, math.ceil(IN_FLIGHT / max(1, at_it)))
            self._renew_at = now + RENEWED_EVERY
        if now >= self._show_at:
            self._show()
            self._show_at = now + SHOWN_EVERY

    def _show(self) -> None:
        made = self.client.requests_made
        counting.write_figures(self.run, requests=F("requests") + made - self._requests_told)
        self._requests_told = made
        self.run.refresh_from_db()
        self.is_stopping = self.run.stop_requested or not self.run.is_under_way
        if not self.run.integration.is_active:
            self.problem = self.problem or words_for_switched_off(self.run.integration)
        self.on_progress(self.run)

    def _wait_for_the_next(self, is_a_slice: bool) -> bool:
        """Whether it is worth going on, after a nap if nobody is due right now."""
        due = claims.next_due(self.run)
        if due is None:
            return False
        seconds = max((due - timezone.now()).total_seconds(), self._rest_until - time.monotonic())
        if is_a_slice and seconds > LONGEST_NAP:
            return False
        time.sleep(max(0.05, min(seconds, LONGEST_NAP)))
        return True


def words_for_switched_off(integration: GHLIntegration) -> str:
    return f"{integration} is switched off. Tick “Is active” on its page, then push again."
