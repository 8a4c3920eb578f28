"""Telling a single pair apart: a reviewer says that a waiting record is not one of its candidates.

The record stays in the queue, the candidate goes, and later pulls do not bring it back until what was compared
changes. It can be undone at any time.
"""

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from imports.deciding.claims import AlreadyDecidedError, DecisionRefusedError, lock_in_queue_order
from imports.matching.not_duplicates import remember_pair
from imports.matching.written_matches import note_best
from imports.models import MatchCandidate, StagedRecord, ToldApart
from prospects.models import Contact, SalesProspect

Kind = MatchCandidate.Kind
SHOWN_WITH = ("staged_record__batch__integration", "said_by", "undone_by")


class AlreadyToldError(DecisionRefusedError):
    """Somebody took it back first."""


def tell_apart(record_id: uuid.UUID, reviewer: AbstractBaseUser, *, kind: str, candidate_id: uuid.UUID) -> ToldApart:
    """Takes a candidate off a waiting record, and remembers that the two are two people.

    Raises DecisionRefusedError.
    """
    by: Any = reviewer
    with transaction.atomic():
        lock_in_queue_order(record_id, candidate_id)  # a person's id locks no record
        record = _waiting(record_id)
        row = record.candidates.filter(candidate_kind=kind, candidate_id=candidate_id).first()
        if row is None:
            raise DecisionRefusedError(
                "The two are not shown side by side any more, so there is nothing to tell apart."
            )
        other = _somebody(kind, candidate_id)
        if record.ghl_contact_id and getattr(other, "ghl_contact_id", None) == record.ghl_contact_id:
            raise DecisionRefusedError(
                f"GHL has one contact for both, so {record} and {other} are one person. Mend the link on the person "
                "first if it is wrong."
            )
        told = ToldApart.objects.create(
            staged_record=record,
            candidate_kind=kind,
            candidate_id=candidate_id,
            candidate_name=str(other or "")[:800],
            score=row.score,
            band=row.band,
            reasons=row.reasons,
            said_by=by,
            said_at=timezone.now(),
        )
        remember_pair(told, record)
        touched = _rows_of(told)
        touched.delete()
        _note_best_of(_waiting_ones(told))
        _log(reviewer, record, f"Told apart from {told.candidate_name}.")
    return told


def take_back(told_apart_id: uuid.UUID, by: AbstractBaseUser) -> ToldApart:
    """Forgets that the two are two people. Where the record still waits, the candidate is back as it was.

    Raises DecisionRefusedError.
    """
    with transaction.atomic():
        told = ToldApart.objects.select_related(*SHOWN_WITH).filter(pk=told_apart_id).first()
        if told is None:
            raise DecisionRefusedError("Nobody told these two apart.")
        lock_in_queue_order(told.staged_record_id, told.candidate_id)
        now = timezone.now()
        rows = ToldApart.objects.filter(pk=told_apart_id, undone_at__isnull=True)
        if not rows.update(undone_at=now, undone_by=by, updated_at=now):
            raise AlreadyToldError(f"This was undone already, by {told.undone_by}. Nothing was done twice.")
        told.refresh_from_db()
        if _somebody(told.candidate_kind, told.candidate_id) is not None:
            waiting = _waiting_ones(told)
            _put_back(told, waiting)
            _note_best_of(waiting)
        _log(by, told.staged_record, f"Undone: told apart from {told.candidate_name}.")
    return told


def _waiting(record_id: uuid.UUID) -> StagedRecord:
    record = StagedRecord.objects.select_related("batch__integration__client").filter(pk=record_id).first()
    if record is None:
        raise DecisionRefusedError("This record is no longer there.")
    if not record.is_waiting:
        raise AlreadyDecidedError(f"{record} does not wait for a decision any more: {record.get_status_display()}.")
    return record


def _somebody(kind: str, candidate_id: uuid.UUID) -> SalesProspect | Contact | StagedRecord | None:
    tables: dict[str, Any] = {Kind.PROSPECT: SalesProspect, Kind.CONTACT: Contact, Kind.STAGED: StagedRecord}
    table = tables.get(kind)
    found: SalesProspect | Contact | StagedRecord | None = table and table.objects.filter(pk=candidate_id).first()
    return found


def _waiting_ones(told: ToldApart) -> list[StagedRecord]:
    """The record, and its twin where it is told apart from one: those of them that wait."""
    ids = [told.staged_record_id, *([told.candidate_id] if told.candidate_kind == Kind.STAGED else [])]
    rows = StagedRecord.objects.filter(pk__in=ids, status__in=StagedRecord.WAITING).order_by("position", "id")
    return list(rows.defer("raw_data"))


def _rows_of(told: ToldApart) -> QuerySet[MatchCandidate]:
    """The pair among the candidates. Of two records of a batch each names the other; a decided one keeps its own."""
    rows = MatchCandidate.objects.filter(
        staged_record=told.staged_record_id, candidate_kind=told.candidate_kind, candidate_id=told.candidate_id
    )
    if told.candidate_kind != Kind.STAGED:
        return rows
    return rows | MatchCandidate.objects.filter(
        staged_record=told.candidate_id,
        staged_record__status__in=StagedRecord.WAITING,
        candidate_kind=Kind.STAGED,
        candidate_id=told.staged_record_id,
    )


def _put_back(told: ToldApart, waiting: Collection[StagedRecord]) -> None:
    other_of = {told.staged_record_id: told.candidate_id}
    if told.candidate_kind == Kind.STAGED:
        other_of[told.candidate_id] = told.staged_record_id
    MatchCandidate.objects.bulk_create(
        [
            MatchCandidate(
                staged_record=record,
                candidate_kind=told.candidate_kind,
                candidate_id=other_of[record.pk],
                score=told.score,
                band=told.band,
                reasons=told.reasons,
            )
            for record in waiting
        ],
        ignore_conflicts=True,  # a detection found the two again, since one of them had changed
    )


def _note_best_of(records: Collection[StagedRecord]) -> None:
    """Writes onto each record which of its candidates is the best now."""
    own = {record.pk: _own_candidates(record) for record in records}
    note_best(own, list(own))


def _own_candidates(record: StagedRecord) -> list[MatchCandidate]:
    """Without later records of its batch: only the later one of two is a duplicate of the other."""
    rows = list(record.candidates.all())
    twins = {row.candidate_id for row in rows if row.candidate_kind == Kind.STAGED}
    places = StagedRecord.objects.filter(pk__in=twins).values_list("position", "pk")
    earlier = {pk for position, pk in places if (position, pk) < (record.position, record.pk)}
    return [row for row in rows if row.candidate_kind != Kind.STAGED or row.candidate_id in earlier]


def _log(by: AbstractBaseUser, record: StagedRecord, message: str) -> None:
    LogEntry.objects.log_actions(
        user_id=by.pk, queryset=[record], action_flag=CHANGE, change_message=message, single_object=True
    )
