"""Making a decision about a staged record one reviewer's own: the database is the referee."""

import uuid
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from django.contrib.auth.models import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from imports.duplicates.key_index import hashed
from imports.matching.recheck import newcomers, note_newcomers
from imports.models import StagedRecord
from imports.side import Side

Decision, Status = StagedRecord.Decision, StagedRecord.Status

STATUS_OF = {
    Decision.NEW: Status.IMPORTED,
    Decision.MERGE: Status.IMPORTED,
    Decision.SKIP: Status.SKIPPED,
    Decision.REJECT: Status.REJECTED,
}


class DecisionRefusedError(Exception):
    """A decision cannot be carried out as asked; the text tells the reviewer why and what to do."""


class AlreadyDecidedError(DecisionRefusedError):
    """Somebody decided first."""


class SomebodyNewError(DecisionRefusedError):
    """The portal has people now, likely the same, whom the reviewer was not shown; they are candidates from now on."""


def claim(
    record_id: uuid.UUID, decision: StagedRecord.Decision, reviewer: AbstractBaseUser, *, also_errors: bool = False
) -> tuple[StagedRecord, str]:
    """Makes the decision this reviewer's, if nobody else's it is. The database is the referee.

    Returns the record with the status that it had before.
    """
    now = timezone.now()
    so_far = StagedRecord.objects.select_for_update().filter(pk=record_id).values_list("status", flat=True).first()
    open_statuses = StagedRecord.UNDECIDED if also_errors else StagedRecord.WAITING
    claimed = StagedRecord.objects.filter(pk=record_id, status__in=open_statuses).update(
        status=STATUS_OF[decision], decision=decision, reviewed_by=reviewer, reviewed_at=now, updated_at=now
    )
    record = (
        StagedRecord.objects.select_related("batch__integration", "reviewed_by", "changes").filter(pk=record_id).first()
    )
    if record is None:
        raise DecisionRefusedError("This record is no longer there.")
    if not claimed:
        raise refusal_of(record, reviewer)
    return record, so_far or ""


def refusal_of(record: StagedRecord, reviewer: AbstractBaseUser) -> DecisionRefusedError:
    """Why a record that does not wait cannot be decided about."""
    if record.status == Status.ERROR:
        return DecisionRefusedError(f"This record cannot be imported: {record.error_message}")
    if record.decision == Decision.SUPERSEDED:
        return AlreadyDecidedError("A later pull brought a newer version of this record; decide about that one.")
    who = "you" if record.reviewed_by == reviewer else f"{record.reviewed_by}"
    what = record.get_decision_display().lower()
    return AlreadyDecidedError(f"{record} has been decided about already: {what} by {who}. Nothing was done twice.")


def lock_in_queue_order(*record_ids: uuid.UUID) -> None:
    """Rows are always locked in the queue's order, as the detection does: nobody waits for each other in a ring."""
    rows = StagedRecord.objects.select_for_update().filter(pk__in=record_ids).order_by("position", "id")
    list(rows.values_list("pk", flat=True))


@contextmanager
def making_somebody(*record_ids: uuid.UUID, as_written: Mapping[str, str] | None = None) -> Iterator[None]:
    """The transaction of a decision that may make somebody of these records.

    Refuses once, with SomebodyNewError, when somebody likely the same is in the portal whom the reviewer was not
    shown; they are candidates from then on. `as_written`: values of the reviewer's own, compared in place of the
    record's. On one side nobody else is made meanwhile, so that two records of one new person, approved at the same
    moment, do not become two people.
    """
    look_again(*record_ids, as_written=as_written)
    try:
        with transaction.atomic():
            _nobody_else_makes_anybody_of(record_ids)
            if any(newcomers(record) for record in _waiting(record_ids, as_written)):
                raise _MadeThisMomentError
            yield
    except _MadeThisMomentError:
        look_again(*record_ids, as_written=as_written)  # once more, outside, so that what it notes stays
        raise SomebodyNewError("Somebody else is deciding about these people right now. Decide again.") from None


class _MadeThisMomentError(Exception):
    """Since the look before the transaction, somebody was made who is likely the same."""


def look_again(*record_ids: uuid.UUID, as_written: Mapping[str, str] | None = None) -> None:
    """Refuses once when somebody likely the same is in the portal whom the reviewer was not shown.

    Before the transaction of the decision, so that what was found stays when it is refused.
    """
    for record in _waiting(record_ids, as_written):
        if people := note_newcomers(record):
            how = "fits what you wrote" if as_written else f"came into the portal after {record} was compared"
            raise SomebodyNewError(
                f"{'; '.join(str(person) for person in people[:3])} {how} and is likely the same person. "
                "Look at the two side by side and decide again."
            )


def _waiting(record_ids: Collection[uuid.UUID], as_written: Mapping[str, str] | None) -> Iterator[StagedRecord]:
    records = StagedRecord.objects.filter(pk__in=record_ids, status__in=StagedRecord.WAITING)
    for record in records.select_related("batch__integration"):
        for column, value in (as_written or {}).items():
            setattr(record, column, value)
        yield record


def _nobody_else_makes_anybody_of(record_ids: Collection[uuid.UUID]) -> None:
    """Nor of their sides, until the transaction ends. On SQLite who writes is alone from the beginning (IMMEDIATE)."""
    if connection.vendor != "postgresql":
        return
    records = StagedRecord.objects.filter(pk__in=record_ids).select_related("batch__integration__client")
    with connection.cursor() as cursor:
        for side in sorted({Side.of(record.batch).name for record in records}):
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [hashed(f"people made of {side}")])
