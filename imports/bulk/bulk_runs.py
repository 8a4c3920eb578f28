"""Deciding about very many at once, in the background: after a sample was checked by hand, with stop and undo.

A random sample of the records is decided one by one on the desk, like any other. The rest is released only when all of
the sample is decided and bounds the share of wrong ones well enough. Each record is then looked at once more, decided
in its own transaction, and can be undone, by itself or with the whole run.
"""

import secrets
import socket
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from imports.bulk import bulk_review
from imports.bulk.bulk_review import BulkDecision
from imports.bulk.sampling import clean_needed, most_wrong
from imports.deciding import review
from imports.deciding.decisions import standing
from imports.models import BulkItem, BulkRun, ReviewDecision, StagedRecord
from imports.runner import SILENCE_OF_THE_DEAD, NotToBeRunError, batch_lock
from imports.undoing import undo

Status, Result = BulkRun.Status, BulkItem.Result
SAMPLED = (BulkDecision.APPROVE, BulkDecision.MERGE)
MOST_IN_A_RUN = 50_000
QUEUED_TOO_LONG = timedelta(minutes=3)
LOOKS_UP_EVERY = 10  # records, at whether somebody asked to stop


class RunRefusedError(Exception):
    """The run cannot be carried out as asked; the text tells why and what to do."""


@dataclass(frozen=True, slots=True)
class Sample:
    """How the check of a run's sample stands. `most_wrong` and `share` bound the whole set at 95 % confidence."""

    population: int
    size: int
    checked: int
    errors: int
    most_wrong: int
    limit: float

    @property
    def share(self) -> float:
        return self.most_wrong / self.population

    @property
    def rest(self) -> int:
        return self.population - self.size

    @property
    def is_complete(self) -> bool:
        return self.checked == self.size

    @property
    def is_good_enough(self) -> bool:
        return self.is_complete and self.share <= self.limit

    @property
    def is_lost(self) -> bool:
        """Whether the errors found so far rule the limit out, however the others turn out."""
        return most_wrong(self.population, self.size, self.errors) > self.limit * self.population


# ---------------------------------------------------------------- the sample


def draw(decision: BulkDecision, records: QuerySet[StagedRecord], limit: float, by: AbstractBaseUser) -> BulkRun:
    """Settles which of these records the decision is safe for, and draws the sample to be checked by hand.

    `limit`: the largest share of wrong ones that is put up with. Raises RunRefusedError.
    """
    if decision not in SAMPLED or not 0.001 <= limit <= 0.5:
        raise RunRefusedError("A sample is drawn for approving or merging, with a limit between 0.1 % and 50 %.")
    plan = bulk_review.plan(decision, records, most=MOST_IN_A_RUN)
    needed = clean_needed(limit)
    if len(plan.records) <= needed:
        raise RunRefusedError(
            f"Of these, {len(plan.records):,} can be decided together, and {needed:,} would have to be checked by hand "
            "for that limit. Decide them one by one, or choose more records or a higher limit."
        )
    chosen = set(secrets.SystemRandom().sample(range(len(plan.records)), needed))
    with transaction.atomic():
        run = BulkRun.objects.create(
            decision=decision, status=Status.CHECKING, started_by=by, about=decision.label,  # type: ignore[misc]
            limit_percent=100 * limit, sample_size=needed,
        )  # fmt: skip
        BulkItem.objects.bulk_create(
            (
                BulkItem(
                    run=run,
                    staged_record=record,
                    number=number,
                    is_sample=number in chosen,
                    candidate_id=_planned(decision, record),
                )
                for number, record in enumerate(plan.records)
            ),
            batch_size=1000,
        )
    return run


def sample_of(run: BulkRun) -> Sample:
    """How far the sample is checked. One that was decided otherwise than the run would have is an error."""
    items = run.items.filter(is_sample=True).select_related("staged_record").defer("staged_record__raw_data")
    decisions = {
        one.staged_record_id: one for one in standing().filter(staged_record__in=items.values("staged_record"))
    }
    checked = errors = 0
    for item in items:
        if item.staged_record.status in StagedRecord.UNDECIDED:
            continue
        checked += 1
        errors += not _agrees(run, item, decisions.get(item.staged_record_id))
    population = run.items.count()
    limit = (run.limit_percent or 0) / 100
    return Sample(population, run.sample_size, checked, errors, most_wrong(population, run.sample_size, errors), limit)


def release(run_id: uuid.UUID, by: AbstractBaseUser) -> BulkRun:
    """Lets the rest of a run be decided, within the bound that its sample reached. Raises RunRefusedError."""
    with transaction.atomic():
        run = BulkRun.objects.select_for_update().get(pk=run_id)
        if run.status != Status.CHECKING:
            raise RunRefusedError("This run has been released or given up already.")
        sample = sample_of(run)
        if not sample.is_complete:
            raise RunRefusedError(f"{sample.size - sample.checked} of the sample are still to be checked by hand.")
        if not sample.is_good_enough:
            raise RunRefusedError(
                f"{sample.errors} of {sample.size} checked ones were wrong, so up to {sample.share:.1%} of all may be. "
                "The rest has to be decided one by one."
            )
        run.status, run.released_by, run.released_at = Status.QUEUED, by, timezone.now()  # type: ignore[assignment]
        run.bound_percent, run.sample_errors = 100 * sample.share, sample.errors
        run.save()
    return run


def drop(run_id: uuid.UUID) -> bool:
    """Gives up a run that was never released. What was decided of its sample stays decided."""
    waiting = BulkRun.objects.filter(pk=run_id, status=Status.CHECKING)
    return bool(waiting.update(status=Status.DROPPED, updated_at=timezone.now()))


# ---------------------------------------------------------------- stop, go on, undo


def request_stop(run_id: uuid.UUID) -> bool:
    return bool(BulkRun.objects.filter(pk=run_id, status__in=BulkRun.UNDER_WAY).update(stop_requested=True))


def resume(run_id: uuid.UUID) -> bool:
    """Queues a stopped run again. False when it is not stopped."""
    return bool(
        BulkRun.objects.filter(pk=run_id, status=Status.STOPPED).update(
            status=Status.QUEUED, stop_requested=False, updated_at=timezone.now()
        )
    )


def request_undo(run_id: uuid.UUID, by: AbstractBaseUser) -> bool:
    """Queues the undoing of all that a run decided. False while it is under way, or when it is being undone already."""
    ended = BulkRun.objects.filter(pk=run_id, status__in=[Status.DONE, Status.STOPPED], task=BulkRun.Task.DECIDE)
    return bool(
        ended.update(
            status=Status.QUEUED, task=BulkRun.Task.UNDO, undone_by=by, stop_requested=False, finished_at=None,
            updated_at=timezone.now(),
        )
    )  # fmt: skip


def waiting_too_long() -> list[uuid.UUID]:
    """Runs that no worker has taken up in a while, or whose worker fell silent: each is to be queued again."""
    now = timezone.now()
    queued = BulkRun.objects.filter(status=Status.QUEUED, updated_at__lt=now - QUEUED_TOO_LONG)
    silent = BulkRun.objects.filter(status=Status.RUNNING, heartbeat_at__lt=now - QUEUED_TOO_LONG)
    ids = [*queued.values_list("pk", flat=True), *silent.values_list("pk", flat=True)]
    BulkRun.objects.filter(pk__in=ids).update(updated_at=now)
    return ids


# ---------------------------------------------------------------- the work


def work(run_id: uuid.UUID, *, seconds: float) -> BulkRun:
    """Works on a released run, or on its undoing, for a while. What is left stays queued.

    Raises NotToBeRunError when there is nothing to do or somebody else is doing it.
    """
    began = time.monotonic()
    with _lease(run_id) as runner:
        run = BulkRun.objects.select_related("released_by", "started_by", "undone_by").get(pk=run_id)
        mine = BulkRun.objects.filter(pk=run_id, runner=runner)
        todo: Iterator[Callable[[], None]] = _to_undo(run) if run.task == BulkRun.Task.UNDO else _to_decide(run)
        status = Status.DONE
        for number, do in enumerate(todo):
            if number % LOOKS_UP_EVERY == 0:
                if not mine.update(heartbeat_at=timezone.now()):
                    raise NotToBeRunError("Another worker took this run over.")
                if mine.filter(stop_requested=True).exists():
                    status = Status.STOPPED
                    break
            if time.monotonic() - began > seconds:
                status = Status.QUEUED
                break
            do()
        _leave(run, runner, status, time.monotonic() - began)
    run.refresh_from_db()
    return run


class _Decide:
    """One record of a run."""

    def __init__(self, run: BulkRun, item: BulkItem) -> None:
        self.run, self.item = run, item

    def __call__(self) -> None:
        record_id, note = self.item.staged_record_id, ""
        try:
            self._decide()
        except review.AlreadyDecidedError as reason:
            mine = ReviewDecision.objects.filter(staged_record=record_id, bulk_run=self.run)
            note = "" if mine.exists() else str(reason)  # this very run, before its process was killed
        except review.DecisionRefusedError as reason:
            note = str(reason)
        result = Result.REFUSED if note else Result.DONE
        BulkItem.objects.filter(pk=self.item.pk).update(result=result, note=note)

    def _decide(self) -> None:
        decision = BulkDecision(self.run.decision)
        by = self.run.released_by or self.run.started_by
        plan = bulk_review.plan(decision, StagedRecord.objects.filter(pk=self.item.staged_record_id))
        if not plan.records:
            why = next(iter(plan.left_out), "no longer there")
            if why == bulk_review.DECIDED:
                raise review.AlreadyDecidedError("Decided by somebody else meanwhile.")
            raise review.DecisionRefusedError(f"Changed since the run was drawn: {why}.")
        record = plan.records[0]
        if _planned(decision, record) != self.item.candidate_id:
            raise review.DecisionRefusedError("Changed since the run was drawn: it matches somebody else now.")
        bulk_review.decide(decision, record, by, self.run)


def _to_decide(run: BulkRun) -> Iterator[_Decide]:
    waiting = run.items.filter(is_sample=False, result=Result.WAITING).order_by("number")
    ids = list(waiting.values_list("pk", flat=True))
    for first in range(0, len(ids), bulk_review.MOST_AT_ONCE):
        for item in BulkItem.objects.filter(pk__in=ids[first : first + bulk_review.MOST_AT_ONCE]).order_by("number"):
            yield _Decide(run, item)


class _Undo:
    def __init__(self, run: BulkRun, decision_id: uuid.UUID) -> None:
        self.run, self.decision_id = run, decision_id

    def __call__(self) -> None:
        by = self.run.undone_by or self.run.started_by
        try:
            undo.undo(self.decision_id, by)
        except undo.AlreadyUndoneError:
            return


def _to_undo(run: BulkRun) -> Iterator[_Undo]:
    ids = list(standing().filter(bulk_run=run).order_by("-decided_at").values_list("pk", flat=True))
    return (_Undo(run, decision_id) for decision_id in ids)


@contextmanager
def _lease(run_id: uuid.UUID) -> Iterator[str]:
    """As for a batch: a file lock on one machine, a heartbeat between machines."""
    with batch_lock(run_id):
        run = BulkRun.objects.get(pk=run_id)
        if not run.is_under_way:
            raise NotToBeRunError(f"This run is not waiting for work: {run.get_status_display().lower()}.")
        here, alive = socket.gethostname(), timezone.now() - SILENCE_OF_THE_DEAD
        elsewhere = run.status == Status.RUNNING and run.runner.partition(":")[0] != here
        if elsewhere and run.heartbeat_at and run.heartbeat_at > alive:
            raise NotToBeRunError("This run is being worked on by another machine.")
        runner = f"{here}:{uuid.uuid4().hex}"
        claimed = BulkRun.objects.filter(pk=run_id, runner=run.runner, status=run.status).update(
            runner=runner, status=Status.RUNNING, heartbeat_at=timezone.now(), updated_at=timezone.now()
        )
        if not claimed:
            raise NotToBeRunError("Another worker took this run just now.")
        yield runner


def _leave(run: BulkRun, runner: str, status: BulkRun.Status, seconds: float) -> None:
    now = timezone.now()
    is_done = status == Status.DONE
    undone = {"undone_at": now} if is_done and run.task == BulkRun.Task.UNDO else {}
    BulkRun.objects.filter(pk=run.pk, runner=runner).update(
        status=status,
        finished_at=now if is_done else None,
        seconds_worked=F("seconds_worked") + seconds,
        updated_at=now,
        **undone,
    )


def _planned(decision: BulkDecision, record: StagedRecord) -> uuid.UUID | None:
    """Into whom the run would merge the record."""
    existing = bulk_review.existing(record.candidates.all()) if decision == BulkDecision.MERGE else []
    return existing[0].candidate_id if existing else None


def _agrees(run: BulkRun, item: BulkItem, decision: ReviewDecision | None) -> bool:
    if decision is None or decision.bulk_run_id:  # nobody looked at what was decided in bulk
        return False
    if run.decision == BulkDecision.APPROVE:
        return decision.decision == ReviewDecision.Decision.NEW
    return decision.decision == ReviewDecision.Decision.MERGE and decision.person_id == item.candidate_id
