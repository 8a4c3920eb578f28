"""A person's decisions about staged records: claimed in the database, done once, never half.

One decision is one transaction, with its line in the admin history and its row in the log, from which it can be undone.
The row is claimed by a conditional update first, so that of two reviewers at one row the second is told, and nothing is
done twice.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction

from imports.deciding import decisions
from imports.deciding.choices import Choices
from imports.deciding.claims import (
    AlreadyDecidedError,
    DecisionRefusedError,
    SomebodyNewError,
    claim,
    lock_in_queue_order,
    making_somebody,
)
from imports.deciding.joining import (
    became,
    corrections_in_words,
    create_person,
    join,
    offer_of,
    person_on_side,
    refuse_if_in_the_portal,
)
from imports.deciding.person_history import state_of
from imports.matching import not_duplicates
from imports.matching.recheck import obstacle_to_joining
from imports.models import BulkRun, MatchCandidate, ReviewDecision, StagedRecord
from prospects.models import Contact, SalesProspect

__all__ = [
    "AlreadyDecidedError", "Choices", "Decided", "DecisionRefusedError", "SomebodyNewError", "approve_as_new",
    "approve_claimed", "log", "merge", "merge_claimed", "reject", "skip", "take_along",
]  # fmt: skip

Decision, Kind = StagedRecord.Decision, MatchCandidate.Kind


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did. `person` is the prospect or contact that was created or merged into, if any."""

    record: StagedRecord
    person: SalesProspect | Contact | None
    calls_added: int
    decision: ReviewDecision
    also_decided: tuple[StagedRecord, ...] = ()


def approve_as_new(
    record_id: uuid.UUID,
    reviewer: AbstractBaseUser,
    *,
    choices: Choices | None = None,
    bulk_run: BulkRun | None = None,
    key: uuid.UUID | None = None,
) -> Decided:
    """Creates the prospect or contact, with its calls, and with the values that the reviewer wrote or left out.

    Raises DecisionRefusedError; its kind SomebodyNewError once, when the portal has a likely duplicate that the
    record was never compared with: asked again, the reviewer has been shown it. For `key` see `decisions.note`.
    """
    with making_somebody(record_id, as_written=choices.written if choices else None):
        decided = approve_claimed(record_id, reviewer, bulk_run, choices, key)
        if bulk_run is None:  # many at once are not looked at pair by pair
            not_duplicates.remember(decided.decision, decided.record)
        return decided


def merge(
    record_id: uuid.UUID,
    reviewer: AbstractBaseUser,
    *,
    kind: str,
    candidate_id: uuid.UUID,
    take: Iterable[str] = (),
    choices: Choices | None = None,
    bulk_run: BulkRun | None = None,
    key: uuid.UUID | None = None,
) -> Decided:
    """Merges the record into a candidate, with its calls.

    An empty field of the candidate is filled from the record; a filled one is kept, unless `take` names its column or
    `choices`, which go before `take`, say otherwise.
    A candidate that is itself a waiting record of the batch is approved as new first, in the same transaction.
    Raises DecisionRefusedError.
    """
    with making_somebody(record_id, candidate_id) if kind == Kind.STAGED else transaction.atomic():
        if kind == Kind.STAGED:
            lock_in_queue_order(record_id, candidate_id)
        record, status_before = claim(record_id, Decision.MERGE, reviewer)
        if kind == Kind.STAGED:
            person, also = _person_of_staged(record, candidate_id, reviewer)
        else:
            person, also = person_on_side(record, candidate_id), None
        decided = merge_claimed(
            record,
            person,
            reviewer,
            status_before,
            chosen=(kind, candidate_id),
            choices=choices or Choices.of(take=take),
            bulk_run=bulk_run,
            key=key,
        )
        return take_along(decided, [also]) if also else decided


def skip(
    record_id: uuid.UUID,
    reviewer: AbstractBaseUser,
    *,
    bulk_run: BulkRun | None = None,
    key: uuid.UUID | None = None,
) -> Decided:
    """Leaves the record out for now; a later pull that changes it brings it back."""
    return _set_aside(record_id, Decision.SKIP, reviewer, bulk_run, key)


def reject(
    record_id: uuid.UUID,
    reviewer: AbstractBaseUser,
    *,
    bulk_run: BulkRun | None = None,
    key: uuid.UUID | None = None,
) -> Decided:
    """Turns the record down. It is kept for audit."""
    return _set_aside(record_id, Decision.REJECT, reviewer, bulk_run, key)


# ---------------------------------------------------------------- parts of a decision, within its transaction


def approve_claimed(
    record_id: uuid.UUID,
    reviewer: AbstractBaseUser,
    bulk_run: BulkRun | None = None,
    choices: Choices | None = None,
    key: uuid.UUID | None = None,
) -> Decided:
    """Claims the record and makes somebody of it. Raises DecisionRefusedError."""
    record, status_before = claim(record_id, Decision.NEW, reviewer)
    refuse_if_in_the_portal(record)
    offer = offer_of(record, choices=choices)
    person = create_person(record, offer)
    attached = became(record, person)
    done = decisions.Done(person, None, offer, attached)
    decision = decisions.note(record, reviewer, status_before, done=done, bulk_run=bulk_run, key=key)
    log(reviewer, record, CHANGE, f"Approved as new: {person}, {_calls_in_words(attached.count)}.")
    corrected = corrections_in_words(offer)
    log(reviewer, person, ADDITION, f"Made from the staged record {record.pk}. {' '.join(corrected)}".strip())
    return Decided(record, person, attached.count, decision)


def merge_claimed(
    record: StagedRecord,
    person: SalesProspect | Contact,
    reviewer: AbstractBaseUser,
    status_before: str,
    *,
    chosen: tuple[str, uuid.UUID] | None,
    choices: Choices,
    bulk_run: BulkRun | None = None,
    key: uuid.UUID | None = None,
) -> Decided:
    """Brings a record that this reviewer has claimed to a person who is locked. `chosen`: the candidate gone by."""
    steps_before = decisions.note_edits_before(person)
    before = state_of(person)
    offer = offer_of(record, person, choices.about(before))
    changes = join(person, before, offer)
    attached = became(record, person)
    done = decisions.Done(person, before, offer, attached, steps_before)
    decision = decisions.note(record, reviewer, status_before, chosen=chosen, done=done, bulk_run=bulk_run, key=key)
    log(reviewer, record, CHANGE, f"Merged into {person}, {_calls_in_words(attached.count)}.")
    log(reviewer, person, CHANGE, f"Merged from the staged record {record.pk}. {' '.join(changes)}".strip())
    return Decided(record, person, attached.count, decision)


def take_along(leading: Decided, others: Iterable[Decided]) -> Decided:
    """Notes that others were decided along with a decision: undoing that one undoes them too."""
    along = list(others)
    for one in along:
        one.decision.together_with = leading.decision
        one.decision.save(update_fields=["together_with", "updated_at"])
    return replace(leading, also_decided=tuple(one.record for one in along))


def _set_aside(
    record_id: uuid.UUID,
    decision: StagedRecord.Decision,
    reviewer: AbstractBaseUser,
    bulk_run: BulkRun | None,
    key: uuid.UUID | None,
) -> Decided:
    with transaction.atomic():
        record, status_before = claim(record_id, decision, reviewer, also_errors=True)
        noted = decisions.note(record, reviewer, status_before, bulk_run=bulk_run, key=key)
        log(reviewer, record, CHANGE, f"{decision.label}.")
        return Decided(record, None, 0, noted)


def log(reviewer: AbstractBaseUser, row: models.Model, flag: int, message: str) -> None:
    """A line in the row's history."""
    LogEntry.objects.log_actions(
        user_id=reviewer.pk, queryset=[row], action_flag=flag, change_message=message, single_object=True
    )


def _calls_in_words(count: int) -> str:
    return f"with {count} call{'' if count == 1 else 's'}"


def _person_of_staged(
    record: StagedRecord, other_id: uuid.UUID, reviewer: AbstractBaseUser
) -> tuple[SalesProspect | Contact, Decided | None]:
    """Whom another record of the batch is, or becomes: undecided, it is approved as new together with this one."""
    other = StagedRecord.objects.select_for_update().filter(pk=other_id, batch=record.batch).first()
    if other is None:
        raise DecisionRefusedError("The other record of this batch is no longer there.")
    if obstacle := obstacle_to_joining(other, set(record.candidates.values_list("candidate_id", flat=True))):
        raise DecisionRefusedError(f"{other}: {obstacle}")
    if other.imported_person is not None:
        return person_on_side(record, other.imported_person.pk), None
    decided = approve_claimed(other.pk, reviewer)
    assert decided.person is not None  # noqa: S101  an approval always makes a person
    return person_on_side(record, decided.person.pk), decided  # their calls came along, and were counted
