"""From what GHL tells of a call to exactly one row on the right side, whoever tells of it and however often."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from calls import cadence, needs, outcomes
from calls.callers import calls_of, link_of
from calls.merging import Columns, from_ghl
from calls.models import Direction, DispositionSource, PhoneCall
from calls.summaries import asking
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, e164

MERGED = (
    "call_status", "direction", "from_number", "to_number", "duration", "started_at", "notes", "transcript",
    "recording_url", "ai_summary", "ghl_contact_id", "carrier_call_id", "ghl_user_id", "agent_name", "ghl_told",
    "disposition", "disposition_source", "enrichment_status", "enrichment_attempts", "enrichment_next_at",
    "enrichment_note",
)  # fmt: skip
Merge = Callable[[Mapping[str, Any], Mapping[str, Any]], Columns]


@dataclass(frozen=True, slots=True)
class News:
    """What one source tells of one call: columns, how they meet those of the row, and what somebody chose.

    `person` is who the call was with; `is_their_call` says that this is certain, whoever the row names so far.
    `choices` are dispositions with their source. `at_the_latest` dates a call of which nobody has told the time.
    """

    columns: Columns
    merge: Merge = from_ghl
    choices: tuple[tuple[str, str], ...] = ()
    person: AnyPerson | None = None
    is_their_call: bool = False
    at_the_latest: datetime | None = None


@dataclass(slots=True)
class Written:
    """The rows that were told of, by message id, and which of them are new or changed."""

    rows: dict[str, PhoneCall] = field(default_factory=dict)
    created: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)


def record_calls(integration: GHLIntegration, person: AnyPerson | None, calls: Iterable[CallMessage]) -> int:
    """Writes each call of a person, once: a call that has a row is brought up to date. Returns how many rows are new.

    What a person or another source wrote (disposition, notes, transcript, summary) is never touched, and what GHL
    leaves out this time stays as it was. Safe to repeat, and to do twice at once. Without a person the calls are those
    of somebody the portal does not know yet; a link that a row has already stays.
    """
    news = {call.message_id: News(told_by_ghl(call), person=person, is_their_call=person is not None) for call in calls}
    with transaction.atomic():
        return len(write(integration, news).created)


def told_by_ghl(call: CallMessage) -> Columns:
    """The columns that GHL's own record of a call fills."""
    return {
        "call_status": call.status,
        "direction": call.direction,
        "from_number": number_told(call.from_number),
        "to_number": number_told(call.to_number),
        "duration": None if call.duration is None else int(call.duration.total_seconds()),
        "started_at": call.placed_at,
        "ghl_contact_id": call.contact_id[:64],
        "ghl_user_id": call.user_id[:64],
        "carrier_call_id": call.alt_id[:64],
        "recording_url": next((url for url in call.recording_urls if len(url) <= 1000), ""),
    }


def number_told(text: str) -> str:
    """A phone number in E.164, so that every source spells it alike; as sent where it cannot be read."""
    return e164(text) or text[:64]


def write(integration: GHLIntegration, news: Mapping[str, News]) -> Written:
    """Makes or changes the rows of these calls, by message id, in the transaction that the caller is in.

    The database is the referee: of two that make one row at once, the second finds it made and brings it up to date.
    """
    written = Written()
    if not news:
        return written
    _lock_people(integration, news)  # before the calls, as everybody does
    now = timezone.now()
    known = _locked(integration, news)
    new = {key: _new_row(integration, key, told, now) for key, told in sorted(news.items()) if key not in known}
    calls_of(integration).model.objects.bulk_create(new.values(), ignore_conflicts=True)
    # Whoever records the same call at the same time wins the insert; then the row is known after all.
    rows = _locked(integration, new)
    written.created = {key for key, row in rows.items() if row.pk == new[key].pk}
    known |= {key: row for key, row in rows.items() if key not in written.created}
    written.rows = known | rows
    before = {row.pk: _person_of(integration, row) for row in known.values()}
    heard = {row.pk: row.transcript for row in known.values()}
    written.changed = {key for key, row in known.items() if _change(integration, row, news[key], now)}
    touched = {written.rows[key] for key in written.created | written.changed}
    _recount(integration, {person for row in touched for person in (before.get(row.pk), _person_of(integration, row))})
    asking.note(row for row in touched if row.transcript != heard.get(row.pk, ""))
    return written


def link_calls_of(integration: GHLIntegration, person: AnyPerson, ghl_contact_ids: Iterable[str] = ()) -> int:
    """Gives a person the calls of a location that nobody was known for: those of these GHL contacts, and of their
    phone number where no other contact is named. Returns how many. To be called when people are made or linked.
    """
    strangers = calls_of_nobody(integration, person, ghl_contact_ids)
    news = {row.external_call_id: News({}, person=person) for row in strangers}
    if not news:
        return 0
    with transaction.atomic():
        return len(write(integration, news).changed)


def calls_of_nobody(integration: GHLIntegration, person: AnyPerson, ghl_contact_ids: Iterable[str] = ()) -> Any:
    """The calls that `link_calls_of` would give to this person."""
    ids = {*ghl_contact_ids, person.ghl_contact_id or ""} - {""}
    number = e164(person.contact_phone)
    theirs = Q(ghl_contact_id__in=sorted(ids))
    if number:
        came_in = Q(direction=Direction.INBOUND)
        theirs |= Q(ghl_contact_id="") & (came_in & Q(from_number=number) | ~came_in & Q(to_number=number))
    return calls_of(integration).filter(theirs, **{f"{link_of(integration)}__isnull": True})


def held_by(integration: GHLIntegration, row: PhoneCall) -> Columns:
    """A row's columns as the rules of merging take them."""
    return {name: getattr(row, name) for name in MERGED} | {"person_id": _person_of(integration, row)}


def _new_row(integration: GHLIntegration, key: str, told: News, now: datetime) -> PhoneCall:
    row: PhoneCall = calls_of(integration).model(integration=integration, external_call_id=key)
    for name, value in _changes(integration, row, told, now).items():
        setattr(row, name, value)
    return row


def _change(integration: GHLIntegration, row: PhoneCall, told: News, now: datetime) -> bool:
    changes = _changes(integration, row, told, now)
    for name, value in changes.items():
        setattr(row, name, value)
    if changes:
        type(row)._default_manager.filter(pk=row.pk).update(**changes, updated_at=now)
    return bool(changes)


def _changes(integration: GHLIntegration, row: PhoneCall, told: News, now: datetime) -> Columns:
    """The columns to be written: what is told, then what follows from it."""
    before = held_by(integration, row)
    held = before | told.merge(before, told.columns)
    if told.person is not None and (held["person_id"] is None or told.is_their_call):
        held["person_id"] = told.person.pk
    for disposition, source in told.choices:
        # What a workflow's AI read counts while the row's summary is that one, not when the portal has its own.
        if source != DispositionSource.AI or held["ai_summary"] == told.columns.get("ai_summary"):
            held |= outcomes.with_choice(held, disposition, source)
    held |= outcomes.inferred(held)
    held |= needs.plan(held, now)
    if told.at_the_latest is not None:  # after the plan: GHL is still asked for the call's own time
        held |= told.merge(held, {"started_at": told.at_the_latest})
    changes = {name: value for name, value in held.items() if value != before[name]}
    if "person_id" in changes:
        changes[f"{link_of(integration)}_id"] = changes.pop("person_id")
    return changes


def _locked(integration: GHLIntegration, keys: Iterable[str]) -> dict[str, PhoneCall]:
    """The rows of these calls, locked in an order that everybody keeps."""
    if not (wanted := list(keys)):
        return {}
    rows = calls_of(integration).filter(external_call_id__in=wanted)
    return {row.external_call_id: row for row in rows.select_for_update().order_by("external_call_id")}


def _person_of(integration: GHLIntegration, row: PhoneCall) -> uuid.UUID | None:
    person_id: uuid.UUID | None = getattr(row, f"{link_of(integration)}_id")
    return person_id


def _lock_people(integration: GHLIntegration, news: Mapping[str, News]) -> None:
    """Those who are told of, and those whose calls these were so far."""
    if integration.is_internal:
        so_far = calls_of(integration).filter(external_call_id__in=list(news), prospect__isnull=False)
        told = {each.person.pk for each in news.values() if each.person is not None}
        cadence.lock(told | set(so_far.values_list("prospect", flat=True)))


def _recount(integration: GHLIntegration, people: set[uuid.UUID | None]) -> None:
    if integration.is_internal:
        cadence.recount({person for person in people if person is not None})
