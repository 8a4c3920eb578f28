"""Undoing decisions, whichever and whenever: as if the decision had never been made.

The record goes back into the queue, calls go back where they came from, and the person says what the other decisions
about them, and whatever others entered, say without this one. Nothing that somebody wrote since is lost without being
asked about, and nothing is changed in GHL. An undo is one transaction and is done once, whoever asks for it.
"""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.models import CHANGE, DELETION, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from imports.attaching import linked_people
from imports.deciding.person_history import AnyPerson, set_columns, state_of
from imports.deciding.replay import COLUMNS, FIELDS, LINK, NOBODY, replay, same_link, tags_in
from imports.models import ReviewDecision, StagedRecord
from imports.undoing.giving_back import find_owners, give_back
from imports.undoing.rematching import forget_person, forget_second_looks, is_match_there, note_best_again, waiting_with
from imports.undoing.undo_plan import UndoPlan, plan_of
from prospects.models import Contact, SalesProspect

Decision, Status = StagedRecord.Decision, StagedRecord.Status


class UndoRefusedError(Exception):
    """The undo cannot be carried out; the text tells why."""


class AlreadyUndoneError(UndoRefusedError):
    """Somebody undid the decision first."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo did. `person` is None when they left the portal, or the decision had to do with nobody."""

    records: list[StagedRecord]
    person: AnyPerson | None
    words: str


def undo(
    decision_id: uuid.UUID, by: AbstractBaseUser, *, put_back: Collection[str] = (), remove_person: bool = False
) -> Undone:
    """Undoes a decision, and those that were taken along with it.

    A field that somebody changed since keeps today's value, unless `put_back` names its column. A person whom the
    decision made, and on whom something was entered since, stays, unless `remove_person`. Raises UndoRefusedError.
    """
    with transaction.atomic():
        _lock(decision_id)
        plan = plan_of(_standing(decision_id, by))  # only now: whoever came first has done what they did
        _claim(plan.undone, by)
        words = _undo_person(plan, put_back, remove_person)
        for one in plan.undone:
            _restore(one, plan.newer.get(one.staged_record_id))
        person = None if words.is_gone else plan.person
        for one in plan.undone:
            if words.text:
                ReviewDecision.objects.filter(pk=one.pk).update(undo_note=words.text)
            _log(by, one.staged_record, CHANGE, f"Undone: {one.get_decision_display().lower()}. {words.text}".strip())
        if plan.person is not None:
            _log(
                by, plan.person, DELETION if words.is_gone else CHANGE, f"Undone: {plan.leading}. {words.text}".strip()
            )
    return Undone([one.staged_record for one in plan.undone], person, words.text)


@dataclass(frozen=True, slots=True)
class _Words:
    text: str = ""
    is_gone: bool = False


def _find(decision_id: uuid.UUID) -> ReviewDecision:
    rows = ReviewDecision.objects.select_related("staged_record__batch__integration", "undone_by", "reviewer")
    decision = rows.filter(pk=decision_id).first()
    if decision is None:
        raise UndoRefusedError("This decision is no longer in the log.")
    return decision


def _standing(decision_id: uuid.UUID, by: AbstractBaseUser) -> ReviewDecision:
    decision = _find(decision_id)
    if not decision.stands:
        who = "you" if decision.undone_by == by else f"{decision.undone_by}"
        raise AlreadyUndoneError(f"{decision} has been undone already, by {who}. Nothing was done twice.")
    return decision


def _lock(decision_id: uuid.UUID) -> None:
    """The rows that may change, in the order that everybody keeps: records, then people.

    Records are those that go back into the queue, and those that wait with the person as a candidate.
    """
    named = Q(pk=decision_id) | Q(together_with=decision_id, undone_at__isnull=True)
    undone = list(ReviewDecision.objects.filter(named).only("staged_record", "person_id", "person_kind", "calls"))
    ids = {one.staged_record_id for one in undone}
    people = {one.person_id for one in undone if one.person_id}
    ids |= {record_id for person_id in people for record_id in waiting_with(person_id)}
    rows = StagedRecord.objects.select_for_update().filter(pk__in=ids).order_by("position", "id")
    list(rows.values_list("pk", flat=True))
    before = (entry["before"] for one in undone for entry in one.calls)
    people |= {uuid.UUID(value) for was in before for name in ("prospect_id", "contact_id") if (value := was.get(name))}
    for table in {one.person_kind: _table(one) for one in undone if one.person_id}.values():
        list(table._default_manager.select_for_update().filter(pk__in=people).order_by("pk").values_list("pk"))


def _table(decision: ReviewDecision) -> type[SalesProspect] | type[Contact]:
    return SalesProspect if decision.person_kind == "salesprospect" else Contact


def _claim(undone: Collection[ReviewDecision], by: AbstractBaseUser) -> None:
    """The database is the referee: of two who undo one decision at once, one does."""
    now = timezone.now()
    for one in undone:
        claimed = ReviewDecision.objects.filter(pk=one.pk, undone_at__isnull=True).update(
            undone_at=now, undone_by=by, updated_at=now
        )
        if not claimed:
            _standing(one.pk, by)


# ---------------------------------------------------------------- the person


def _undo_person(plan: UndoPlan, put_back: Collection[str], remove_person: bool) -> _Words:
    person = plan.person
    if plan.leading.person_id is None:
        return _Words()
    if person is None:
        give_back(plan.undone, None, plan.heirs)
        return _Words("The person was not in the portal any more.")
    plan.history.note_edits(plan.edits)
    plan.edits = {}  # they are facts of the history now
    if plan.target is None and (plan.must_stay or (plan.reasons_to_keep and not remove_person)):
        return _keep(plan, person)
    told = give_back(plan.undone, person, plan.heirs)
    if plan.target is None:
        return _remove(plan, person, told.loose)
    chosen = [one.column for one in plan.conflicts if one.column in put_back]
    words = _write(plan, person, chosen)
    find_owners(plan.leading.staged_record.batch.integration, told.loose)
    return _Words(words)


def _keep(plan: UndoPlan, person: AnyPerson) -> _Words:
    """The person stays as they are, with their calls, and is nobody's making any more."""
    last = plan.history.decisions[-1]
    ReviewDecision.objects.filter(pk=last.pk).update(kept=state_of(person))
    why = " ".join([plan.must_stay] if plan.must_stay else plan.reasons_to_keep)
    return _Words(f"{person} stays in the portal, with their calls. {why}")


def _remove(plan: UndoPlan, person: AnyPerson, loose: list[Any]) -> _Words:
    integration = plan.leading.staged_record.batch.integration
    forget_person(person)
    rest = list(person.calls.all())
    name = str(person)
    type(person)._default_manager.filter(pk=person.pk).delete()
    for row in rest:
        row.refresh_from_db()
    find_owners(integration, [*loose, *(row for row in rest if row.integration_id == integration.pk)])
    return _Words(f"{name} left the portal.", is_gone=True)


def _write(plan: UndoPlan, person: AnyPerson, put_back: list[str]) -> str:
    """Brings the person to what the steps that stand say. Returns words for what changed."""
    if put_back:
        _drop_edits(plan, put_back)
    target = replay(plan.history.base, plan.steps_after(put_back)) or {}
    actual = state_of(person)
    changed = {name: target[name] for name in FIELDS if target[name] != actual[name]}
    if set(tags_in(target["tags"])) != set(tags_in(actual["tags"])):
        changed["tags"] = target["tags"]
    if not same_link(target, actual):
        changed |= _free_link(plan, person, target)
    if target["do_not_call"] != actual["do_not_call"] or target["do_not_call_since"] != actual["do_not_call_since"]:
        changed |= {name: target[name] for name in ("do_not_call", "do_not_call_since")}
    if changed:
        set_columns(person, changed)
        person.save(update_fields=[*(name for name in COLUMNS if name in changed), "updated_at"])
        forget_second_looks(person, min(one.decided_at for one in plan.undone))
    kept = [one.label for one in plan.conflicts if one.column not in put_back]
    return f"Kept as changed since: {', '.join(kept)}." if kept else ""


def _free_link(plan: UndoPlan, person: AnyPerson, target: dict[str, Any]) -> dict[str, Any]:
    """The link to GHL that is to be, or none where somebody else has it by now."""
    linked = linked_people(plan.leading.staged_record.batch.integration).exclude(pk=person.pk)
    taken = target["ghl_contact_id"] and linked.filter(
        ghl_contact_id=target["ghl_contact_id"], ghl_location_id=target["ghl_location_id"]
    )
    state = NOBODY if taken and taken.exists() else target
    return {name: state[name] for name in LINK}


def _drop_edits(plan: UndoPlan, columns: list[str]) -> None:
    """What others wrote into these columns since is given up, as was asked for."""
    first = min(one.step or 0 for one in plan.undone)
    for one in plan.history.decisions:
        fields = one.edits_since.get("fields", {})
        if (one.step or 0) >= first and fields.keys() & set(columns):
            kept = {name: value for name, value in fields.items() if name not in columns}
            one.edits_since = {**one.edits_since, "fields": kept}
            one.save(update_fields=["edits_since", "updated_at"])


# ---------------------------------------------------------------- the record


def _restore(decision: ReviewDecision, newer: StagedRecord | None) -> None:
    """Back into the queue as it was; out of it where a later pull has brought a newer version."""
    record, now = decision.staged_record, timezone.now()
    record.status, record.decision, record.reviewed_at = decision.status_before, "", None
    if newer is not None:
        record.status, record.decision, record.reviewed_at = Status.SKIPPED, Decision.SUPERSEDED, now
        StagedRecord.objects.filter(changes=record).update(changes=record.changes_id, updated_at=now)
    record.reviewed_by = record.imported_prospect = record.imported_contact = None
    record.save(
        update_fields=[
            "status", "decision", "reviewed_at", "reviewed_by", "imported_prospect", "imported_contact", "updated_at",
        ]
    )  # fmt: skip
    if record.status == Status.MATCHED and not is_match_there(record):
        note_best_again([record.pk])


def _log(by: AbstractBaseUser, row: models.Model, flag: int, message: str) -> None:
    LogEntry.objects.log_actions(
        user_id=by.pk, queryset=[row], action_flag=flag, change_message=message, single_object=True
    )
