"""A person's decisions about staged records: claimed in the database, done once, never half.

One decision is one transaction, with its line in the admin history. The row is claimed by a conditional update first,
so that of two reviewers at one row the second is told, and nothing is done twice.
"""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, models, transaction
from django.utils import timezone

from imports.attaching import bring_calls_along, linked_people, people_of_contacts
from imports.comparing import label_of
from imports.csv_files import columns_of
from imports.matching import Side
from imports.models import ImportBatch, MatchCandidate, StagedRecord
from imports.recheck import note_newcomers, obstacle_to_joining
from integrations.ghl.payloads import ContactRecord
from prospects.models import IDENTITY_COLUMNS, Contact, Person, SalesProspect

Decision, Status, Kind = StagedRecord.Decision, StagedRecord.Status, MatchCandidate.Kind

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


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did. `person` is the prospect or contact that was created or merged into, if any."""

    record: StagedRecord
    person: SalesProspect | Contact | None
    calls_added: int
    also_decided: tuple[StagedRecord, ...] = ()


def approve_as_new(record_id: uuid.UUID, reviewer: AbstractBaseUser) -> Decided:
    """Creates the prospect or contact, with its calls.

    Raises DecisionRefusedError; its kind SomebodyNewError once, when the portal has a likely duplicate that the
    record was never compared with: asked again, the reviewer has been shown it.
    """
    _look_again(record_id)
    with transaction.atomic():
        return _approve(record_id, reviewer)


def merge(
    record_id: uuid.UUID,
    reviewer: AbstractBaseUser,
    *,
    kind: str,
    candidate_id: uuid.UUID,
    take: Iterable[str] = (),
) -> Decided:
    """Merges the record into a candidate, with its calls.

    An empty field of the candidate is filled from the record; a filled one is kept, unless `take` names its column.
    A candidate that is itself a waiting record of the batch is approved as new first, in the same transaction.
    Raises DecisionRefusedError.
    """
    if kind == Kind.STAGED:
        _look_again(record_id, candidate_id)
    with transaction.atomic():
        if kind == Kind.STAGED:
            _lock_in_queue_order(record_id, candidate_id)
        record = _claim(record_id, Decision.MERGE, reviewer)
        if kind == Kind.STAGED:
            person, also = _person_of_staged(record, candidate_id, reviewer)
        else:
            person, also = _person_on_side(record, candidate_id), ()
        changes = _fill(person, record, set(take))
        calls = _became(record, person)
        _log(reviewer, record, CHANGE, f"Merged into {person}, {_calls_in_words(calls)}.")
        _log(reviewer, person, CHANGE, f"Merged from the staged record {record.pk}. {' '.join(changes)}".strip())
        return Decided(record, person, calls, also)


def skip(record_id: uuid.UUID, reviewer: AbstractBaseUser) -> Decided:
    """Leaves the record out for now; a later pull that changes it brings it back."""
    return _set_aside(record_id, Decision.SKIP, reviewer)


def reject(record_id: uuid.UUID, reviewer: AbstractBaseUser) -> Decided:
    """Turns the record down. It is kept for audit."""
    return _set_aside(record_id, Decision.REJECT, reviewer)


def _approve(record_id: uuid.UUID, reviewer: AbstractBaseUser) -> Decided:
    record = _claim(record_id, Decision.NEW, reviewer)
    _refuse_if_in_the_portal(record)
    person = _create_person(record)
    calls = _became(record, person)
    _log(reviewer, record, CHANGE, f"Approved as new: {person}, {_calls_in_words(calls)}.")
    _log(reviewer, person, ADDITION, f"Made from the staged record {record.pk}.")
    return Decided(record, person, calls)


def _set_aside(record_id: uuid.UUID, decision: StagedRecord.Decision, reviewer: AbstractBaseUser) -> Decided:
    with transaction.atomic():
        record = _claim(record_id, decision, reviewer, also_errors=True)
        _log(reviewer, record, CHANGE, f"{decision.label}.")
        return Decided(record, None, 0)


def _log(reviewer: AbstractBaseUser, row: models.Model, flag: int, message: str) -> None:
    LogEntry.objects.log_actions(
        user_id=reviewer.pk, queryset=[row], action_flag=flag, change_message=message, single_object=True
    )


def _calls_in_words(count: int) -> str:
    return f"with {count} call{'' if count == 1 else 's'}"


# ---------------------------------------------------------------- the claim


def _claim(
    record_id: uuid.UUID, decision: StagedRecord.Decision, reviewer: AbstractBaseUser, *, also_errors: bool = False
) -> StagedRecord:
    """Makes the decision this reviewer's, if nobody else's it is. The database is the referee."""
    now = timezone.now()
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
        raise _refusal(record, reviewer)
    return record


def _refusal(record: StagedRecord, reviewer: AbstractBaseUser) -> DecisionRefusedError:
    if record.status == Status.ERROR:
        return DecisionRefusedError(f"This record cannot be imported: {record.error_message}")
    if record.decision == Decision.SUPERSEDED:
        return AlreadyDecidedError("A later pull brought a newer version of this record; decide about that one.")
    who = "you" if record.reviewed_by == reviewer else f"{record.reviewed_by}"
    what = record.get_decision_display().lower()
    return AlreadyDecidedError(f"{record} has been decided about already: {what} by {who}. Nothing was done twice.")


def _lock_in_queue_order(*record_ids: uuid.UUID) -> None:
    """Two rows are always locked in the queue's order, as the detection does: nobody waits for each other in a ring."""
    rows = StagedRecord.objects.select_for_update().filter(pk__in=record_ids).order_by("position", "id")
    list(rows.values_list("pk", flat=True))


def _look_again(*record_ids: uuid.UUID) -> None:
    """Refuses once when somebody likely the same is in the portal whom the reviewer was not shown.

    Before the transaction, so that what was found stays when the decision is refused.
    """
    records = StagedRecord.objects.filter(pk__in=record_ids, status__in=StagedRecord.WAITING)
    for record in records.select_related("batch__integration"):
        if newcomers := note_newcomers(record):
            raise SomebodyNewError(
                f"{'; '.join(str(person) for person in newcomers[:3])} came into the portal after {record} was "
                "compared and is likely the same person. Look at the two side by side and decide again."
            )


# ---------------------------------------------------------------- the person


def _refuse_if_in_the_portal(record: StagedRecord) -> None:
    """One GHL contact is one person: linked to somebody, or merged into somebody earlier."""
    if not record.ghl_contact_id:
        return
    people = people_of_contacts(record.batch.integration, [record.ghl_contact_id])
    for person in people.values():
        raise DecisionRefusedError(
            f"This GHL contact is in the portal already, as {person}. Merge into that one instead of making a second."
        )


def _create_person(record: StagedRecord) -> SalesProspect | Contact:
    integration = record.batch.integration
    columns = columns_of(record.raw_data) if record.batch.source == ImportBatch.Source.CSV else {}
    values = {
        **{name: getattr(record, name) for name in IDENTITY_COLUMNS},
        "tags": record.tag_list,
        "source": columns.get("source", "")[:255] or record.batch.source_name,
        "notes": columns.get("notes", ""),
        "engagement_level": "new",
        **_link_to_ghl(record),
        **_ban_on_calls(record),
    }
    try:
        with transaction.atomic():
            if integration.is_internal:
                return SalesProspect.objects.create(**values)
            return Contact.objects.create(**{"client_id": integration.client_id, **values})
    except IntegrityError:
        raise DecisionRefusedError(
            "Somebody linked this GHL contact to a person just now. Open the record again and merge into that person."
        ) from None


def _link_to_ghl(record: StagedRecord) -> dict[str, object]:
    if not record.ghl_contact_id:
        return {}
    return {
        "ghl_values": {name: value for name in IDENTITY_COLUMNS if (value := getattr(record, name))},
        "ghl_contact_id": record.ghl_contact_id,
        "ghl_location_id": record.batch.integration.location_id,
        "ghl_synced_at": timezone.now(),
    }


def _ban_on_calls(record: StagedRecord) -> dict[str, object]:
    """GHL's do-not-disturb, which a person keeps whoever they are merged into."""
    if record.batch.source == ImportBatch.Source.CSV or not ContactRecord.parse(record.raw_data).dnd_call:
        return {}
    return {"do_not_call": True, "do_not_call_since": timezone.now()}


def _person_on_side(record: StagedRecord, person_id: uuid.UUID) -> SalesProspect | Contact:
    """The candidate, locked; only from the side that the batch belongs to."""
    person = Side.of(record.batch).people.select_for_update().filter(pk=person_id).first()
    if not isinstance(person, SalesProspect | Contact):
        raise DecisionRefusedError("The person to merge into is no longer there. Choose another or approve as new.")
    return person


def _person_of_staged(
    record: StagedRecord, other_id: uuid.UUID, reviewer: AbstractBaseUser
) -> tuple[SalesProspect | Contact, tuple[StagedRecord, ...]]:
    """Whom another record of the batch is, or becomes: undecided, it is approved as new together with this one."""
    other = StagedRecord.objects.select_for_update().filter(pk=other_id, batch=record.batch).first()
    if other is None:
        raise DecisionRefusedError("The other record of this batch is no longer there.")
    if obstacle := obstacle_to_joining(other, set(record.candidates.values_list("candidate_id", flat=True))):
        raise DecisionRefusedError(f"{other}: {obstacle}")
    if other.imported_person is not None:
        return _person_on_side(record, other.imported_person.pk), ()
    decided = _approve(other.pk, reviewer)
    assert decided.person is not None  # noqa: S101  an approval always makes a person
    return decided.person, (decided.record,)


def _fill(person: Person, record: StagedRecord, take: set[str]) -> list[str]:
    """Brings over what the person lacks, and what the reviewer chose to take; never empty over full.

    Returns a sentence for each change, with the value that was replaced, for the person's history.
    """
    changes = []
    for column in IDENTITY_COLUMNS:
        new, old = getattr(record, column), getattr(person, column)
        if new and new != old and (column in take or not old):
            setattr(person, column, new)
            replaced = f" in place of “{old}”" if old else ""
            changes.append(f"{label_of(column)}: “{new}”{replaced}.")
    person.tags = list(dict.fromkeys([*person.tag_list, *record.tag_list]))
    link = _link_to_ghl(record)
    taken = link and linked_people(record.batch.integration).filter(ghl_contact_id=record.ghl_contact_id)
    if not link or person.ghl_contact_id or (taken and taken.exists()):
        link = {}
    ban = {} if person.do_not_call else _ban_on_calls(record)
    for name, value in {**link, **ban}.items():
        setattr(person, name, value)
    person.save()
    return changes


def _became(record: StagedRecord, person: SalesProspect | Contact) -> int:
    """Notes whom the record became, and brings its calls along. Returns how many call rows are new."""
    if isinstance(person, SalesProspect):
        record.imported_prospect = person
    else:
        record.imported_contact = person
    record.save(update_fields=["imported_prospect", "imported_contact", "updated_at"])
    contact_ids = [record.ghl_contact_id] if record.ghl_contact_id else []
    return bring_calls_along(record.batch.integration, person, contact_ids)
