"""Deciding about many staged records at once: which of them a decision is safe for, and doing it one by one."""

import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from imports.deciding import review
from imports.deciding.rereading import read_again
from imports.models import BulkRun, ImportBatch, MatchCandidate, StagedRecord
from integrations.credentials import LocationNotReadyError
from integrations.fields import SecretUnreadableError
from integrations.ghl.errors import GHLError
from prospects.models import IDENTITY_COLUMNS, Contact, SalesProspect

MOST_AT_ONCE = 500
READ = ("status", "decision", "position", "ghl_contact_id", "batch", "changes")
DECIDED = "decided already"
SECONDS_AT_ONCE = 20.0  # a web server gives up on an answer after 30


class BulkDecision(models.TextChoices):
    APPROVE = "approve", "Approve as new"
    MERGE = "merge", "Merge into the certain match"
    SKIP = "skip", "Skip"
    REJECT = "reject", "Reject"
    READ_AGAIN = "read_again", "Read again from GHL"


@dataclass(frozen=True, slots=True)
class Plan:
    """Which records a decision is for, and how many are left out for which reason."""

    decision: BulkDecision
    records: list[StagedRecord]
    left_out: Counter[str]


@dataclass(slots=True)
class Outcome:
    """What came of a plan: how many were done, refused for which reason, or not reached in time."""

    done: int = 0
    calls_added: int = 0
    not_reached: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    run: BulkRun | None = None


def plan(decision: BulkDecision, records: QuerySet[StagedRecord], *, most: int | None = None) -> Plan:
    """Sorts the records into those the decision is safe for, at most 500 unless told, and the others by reason."""
    most = MOST_AT_ONCE if most is None else most
    candidates = MatchCandidate.objects.order_by("-score", "id").defer("reasons")
    chosen = records.order_by("position", "id").select_related(None)
    rows = chosen.only(*READ, *IDENTITY_COLUMNS).prefetch_related("batch", Prefetch("candidates", candidates))
    people = _existing_people(chosen) if decision == BulkDecision.MERGE else set()
    safe: list[StagedRecord] = []
    left_out: Counter[str] = Counter()
    seen = 0
    for record in rows.iterator(chunk_size=MOST_AT_ONCE):
        seen += 1
        if reason := _reason_against(decision, record, people):
            left_out[reason] += 1
        else:
            safe.append(record)
        if len(safe) == most:
            break
    if beyond := records.count() - seen:
        left_out[f"beyond the first {most}, which is as many as are done at once: do them next"] = beyond
    return Plan(decision, safe, left_out)


def carry_out(plan: Plan, reviewer: AbstractBaseUser) -> Outcome:
    """Decides record by record, each in its own transaction, until all are done or the time is up.

    What is decided is one run, which can be undone as a whole.
    """
    outcome = Outcome(run=_run_of(plan, reviewer))
    until = time.monotonic() + SECONDS_AT_ONCE
    for number, record in enumerate(plan.records):
        if time.monotonic() > until:
            outcome.not_reached = len(plan.records) - number
            break
        try:
            outcome.calls_added += decide(plan.decision, record, reviewer, outcome.run)
        except review.AlreadyDecidedError:
            outcome.refused["decided by somebody else meanwhile"] += 1
        except review.SomebodyNewError:
            outcome.refused["somebody likely the same came into the portal since; look at these one by one"] += 1
        except (review.DecisionRefusedError, GHLError, LocationNotReadyError, SecretUnreadableError) as problem:
            outcome.refused[str(problem)] += 1
        else:
            outcome.done += 1
    return outcome


def _run_of(plan: Plan, reviewer: AbstractBaseUser) -> BulkRun | None:
    if plan.decision == BulkDecision.READ_AGAIN or not plan.records:
        return None
    return BulkRun.objects.create(
        decision=plan.decision,
        about=plan.decision.label,
        started_by=reviewer,
        finished_at=timezone.now(),  # type: ignore[misc]
    )


def decide(decision: BulkDecision, record: StagedRecord, reviewer: AbstractBaseUser, run: BulkRun | None) -> int:
    """Decides about one record of a plan. Returns how many calls came along."""
    match decision:
        case BulkDecision.APPROVE:
            return review.approve_as_new(record.pk, reviewer, bulk_run=run).calls_added
        case BulkDecision.MERGE:
            best = existing(record.candidates.all())[0]
            return review.merge(
                record.pk, reviewer, kind=best.candidate_kind, candidate_id=best.candidate_id, bulk_run=run
            ).calls_added
        case BulkDecision.SKIP:
            return review.skip(record.pk, reviewer, bulk_run=run).calls_added
        case BulkDecision.REJECT:
            return review.reject(record.pk, reviewer, bulk_run=run).calls_added
        case BulkDecision.READ_AGAIN:
            reread = read_again(record.pk, reviewer)
            if not reread.is_waiting:
                raise review.DecisionRefusedError(reread.error_message)
    return 0


def _reason_against(decision: BulkDecision, record: StagedRecord, people: set[uuid.UUID]) -> str:
    is_error = record.status == StagedRecord.Status.ERROR
    if record.decision:
        return DECIDED
    if decision == BulkDecision.READ_AGAIN:
        return _reason_not_to_read_again(record)
    if decision in (BulkDecision.SKIP, BulkDecision.REJECT):
        return ""
    if is_error:
        return "cannot be read"
    if record.batch.phase != ImportBatch.Phase.DONE:
        return "of a batch that is still being compared"
    if decision == BulkDecision.APPROVE:
        return _reason_not_new(record)
    return _reason_not_certain(existing(record.candidates.all()), people)


def _reason_not_to_read_again(record: StagedRecord) -> str:
    if record.status != StagedRecord.Status.ERROR:
        return "could be read the first time"
    if record.batch.source == ImportBatch.Source.CSV:
        return "from a file: mend the file and bring it in again"
    return "" if record.ghl_contact_id else "without a GHL contact id: pull the location again"


def _reason_not_new(record: StagedRecord) -> str:
    if record.changes_id:
        return "changes of a decided record: look at these one by one"
    return "with a candidate: look at these one by one" if record.candidates.all() else ""


def _reason_not_certain(existing: Sequence[MatchCandidate], people: set[uuid.UUID]) -> str:
    if not existing:
        return "without a match in the portal"
    if len(existing) > 1:
        return "with several candidates in the portal: look at these one by one"
    if existing[0].band != "certain":
        return "with a match that is not certain: look at these one by one"
    return "" if existing[0].candidate_id in people else "with a match that is no longer in the portal"


def existing(candidates: QuerySet[MatchCandidate]) -> list[MatchCandidate]:
    return [one for one in candidates if one.candidate_kind != MatchCandidate.Kind.STAGED]


def _existing_people(records: QuerySet[StagedRecord]) -> set[uuid.UUID]:
    ids = MatchCandidate.objects.filter(staged_record__in=records.order_by().values("pk")).values("candidate_id")
    people: set[uuid.UUID] = set(SalesProspect.objects.filter(pk__in=ids).values_list("pk", flat=True))
    return people | set(Contact.objects.filter(pk__in=ids).values_list("pk", flat=True))
