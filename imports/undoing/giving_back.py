"""Giving calls back: what a decision did to calls is taken back when the decision is undone.

A call that the decision brought out of the staged calls goes back there. One that came in by itself stays, and is an
unknown caller's again, or whoever's it is by GHL contact or phone. No call that anybody wrote to since is deleted.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils import timezone

from calls import cadence
from calls.callers import calls_of, link_of, person_called
from calls.models import Direction
from imports.attaching import plain
from imports.models import ReviewDecision, StagedCall, StagedRecord
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, e164


@dataclass(slots=True)
class GivenBack:
    """How many calls went back to the staged ones, became an unknown caller's, or stay with the person."""

    staged: int = 0
    unknown: int = 0
    stayed: int = 0
    loose: list[Any] = field(default_factory=list)


def give_back(undone: Sequence[ReviewDecision], person: AnyPerson | None, heirs: Sequence[ReviewDecision]) -> GivenBack:
    """Takes back what these decisions did to calls, in the transaction that undoes them.

    `heirs` are the other decisions about the person that stand: a call that one of them would have brought along as
    well stays, and is that one's from now on. The rows in `loose` belong to nobody afterwards: see `find_owners`.
    """
    integration = undone[0].staged_record.batch.integration
    told = GivenBack()
    entries = [entry for decision in undone for entry in decision.calls]
    rows = _locked(integration, person, undone, entries)
    touched = list(rows.values())
    link = f"{link_of(integration)}_id"
    owners = {person.pk if person else None, *(getattr(row, link) for row in touched)}
    for entry in entries:
        row = rows.pop(uuid.UUID(entry["id"]), None)
        if row is None:
            continue
        if heir := next((one for one in heirs if _brings(one.staged_record, row)), None):
            heir.calls = [*heir.calls, entry]
            heir.save(update_fields=["calls", "updated_at"])
            told.stayed += 1
            continue
        _take_back(row, entry, link, told)
    for row in rows.values():  # came in since, for this GHL contact: the person's only because of what is undone
        if any(_brings(one.staged_record, row) for one in heirs):
            continue
        _set(row, {link: None})
        told.unknown += 1
        told.loose.append(row)
    _recount(integration, owners | {getattr(row, link) for row in touched})
    return told


def calls_since(undone: Sequence[ReviewDecision], person: AnyPerson | None) -> Any:
    """Calls that came to the person by themselves, after the decision, since it made their GHL contact this person."""
    integration = undone[0].staged_record.batch.integration
    contact_ids = {one.staged_record.ghl_contact_id for one in undone} - {""}
    known = [entry["id"] for one in undone for entry in one.calls]
    if person is None:
        return calls_of(integration).none()
    theirs = calls_of(integration).filter(**{link_of(integration): person}, ghl_contact_id__in=contact_ids)
    return theirs.filter(created_at__gt=min(one.decided_at for one in undone)).exclude(pk__in=known)


def find_owners(integration: GHLIntegration, calls: Iterable[Any]) -> None:
    """Gives calls of nobody to whoever they are with by GHL contact or phone, as if they had just come in."""
    link = f"{link_of(integration)}_id"
    found: dict[uuid.UUID, AnyPerson] = {}
    for row in calls:
        number = row.from_number if row.direction == Direction.INBOUND else row.to_number
        owner = person_called(integration, contact_id=row.ghl_contact_id, phone=number)
        if owner is not None:
            found[row.pk] = owner
    for pk, owner in found.items():
        calls_of(integration).filter(pk=pk).update(**{link: owner.pk}, updated_at=timezone.now())
    _recount(integration, {owner.pk for owner in found.values()})


def _take_back(row: Any, entry: Mapping[str, Any], link: str, told: GivenBack) -> None:
    if entry["made"] and plain(row.updated_at) == entry["written"] and not _has_more(row):
        row.delete()
        told.staged += 1
    elif entry["made"]:
        _set(row, {link: None})
        told.unknown += 1
        told.loose.append(row)
        return  # the call has its row; its staged one has nothing left to bring
    else:
        was = {
            name: value for name, value in entry["before"].items() if plain(getattr(row, name)) == entry["after"][name]
        }
        _set(row, {name: row._meta.get_field(name).to_python(value) for name, value in _of_the_living(row, was)})
        told.staged += entry["staged"] is not None
        told.unknown += link in was and was[link] is None
    if entry["staged"] is not None:
        StagedCall.objects.filter(pk=entry["staged"]).update(recorded_at=None)


def _has_more(row: Any) -> bool:
    """Whether other rows belong to the call, a summary for one: they would go with it."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: row}).exists()
        for relation in row._meta.related_objects
    )


def _of_the_living(row: Any, was: Mapping[str, Any]) -> Iterable[tuple[str, Any]]:
    """Without a link to somebody who is gone."""
    for name, value in was.items():
        column = row._meta.get_field(name)
        if value and column.is_relation and not column.related_model.objects.filter(pk=value).exists():
            yield name, None
        else:
            yield name, value


def _locked(
    integration: GHLIntegration,
    person: AnyPerson | None,
    undone: Sequence[ReviewDecision],
    entries: Sequence[Mapping[str, Any]],
) -> dict[uuid.UUID, Any]:
    ids = [entry["id"] for entry in entries]
    since = calls_since(undone, person).values("pk")
    rows = calls_of(integration).filter(Q(pk__in=ids) | Q(pk__in=since))
    return {row.pk: row for row in rows.select_for_update().order_by("external_call_id")}


def _brings(record: StagedRecord, row: Any) -> bool:
    """Whether approving or merging this record brings the call along."""
    if row.ghl_contact_id:
        return bool(row.ghl_contact_id == record.ghl_contact_id)
    number = row.from_number if row.direction == Direction.INBOUND else row.to_number
    return bool(number) and number == e164(record.contact_phone)


def _set(row: Any, columns: Mapping[str, Any]) -> None:
    if columns:
        type(row)._default_manager.filter(pk=row.pk).update(**columns, updated_at=timezone.now())
        for name, value in columns.items():
            setattr(row, name, value)


def _recount(integration: GHLIntegration, people: Collection[Any]) -> None:
    if integration.is_internal:
        cadence.recount({person_id for person_id in people if person_id is not None})
