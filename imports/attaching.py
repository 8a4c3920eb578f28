"""Bringing staged calls to the people they belong to."""

import uuid
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from calls.callers import calls_of
from calls.ingest import calls_of_nobody, link_calls_of, record_calls
from imports.models import StagedCall, StagedRecord
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration
from prospects.finding import people_of_ghl_contacts, people_on_side_of
from prospects.models import Contact, PersonQuerySet, SalesProspect

CHUNK = 1_000  # contacts at a time
OF_THE_ROW = ("id", "created_at", "updated_at")  # columns that say nothing of the call


@dataclass(frozen=True, slots=True)
class Attached:
    """What bringing calls along did. `count` rows are new to the person.

    `entries` is one for each call row, enough to take it back: its id, the staged call it is from (if any), whether it
    was made, the changed columns `before` and `after`, and when the row was written.
    """

    count: int
    entries: tuple[dict[str, Any], ...]


def unrecorded_calls(integration: GHLIntegration) -> QuerySet[StagedCall]:
    return StagedCall.objects.filter(integration=integration, recorded_at__isnull=True, error_message="")


def bring_calls_along(
    integration: GHLIntegration, person: SalesProspect | Contact, ghl_contact_ids: Iterable[str]
) -> int:
    """Gives a person the staged calls of these GHL contacts, and those that came in while nobody was known for them.

    Returns how many call rows are new to the person. Safe to repeat.
    """
    contact_ids = list(ghl_contact_ids)
    with transaction.atomic():
        staged = list(unrecorded_calls(integration).filter(ghl_contact_id__in=contact_ids).select_for_update())
        created = record_calls(integration, person, (CallMessage.parse(call.raw_data) for call in staged))
        StagedCall.objects.filter(pk__in=[call.pk for call in staged]).update(recorded_at=timezone.now())
        linked = link_calls_of(integration, person, contact_ids)
    return created + linked


def attach(integration: GHLIntegration, person: SalesProspect | Contact, ghl_contact_ids: Collection[str]) -> Attached:
    """Does what `bring_calls_along` does, and tells what became of each call."""
    with transaction.atomic():
        staged = unrecorded_calls(integration).filter(ghl_contact_id__in=ghl_contact_ids).select_for_update()
        of_key = dict(staged.values_list("external_call_id", "pk"))
        strangers = list(calls_of_nobody(integration, person, ghl_contact_ids).values_list("pk", flat=True))
        if not of_key and not strangers:
            return Attached(0, ())
        before = _columns(calls_of(integration).filter(Q(external_call_id__in=of_key) | Q(pk__in=strangers)))
        count = bring_calls_along(integration, person, ghl_contact_ids)
        after = _columns(calls_of(integration).filter(Q(external_call_id__in=of_key) | Q(pk__in=before)))
    return Attached(count, tuple(_entry(row, before.get(pk), of_key) for pk, row in after.items()))


def plain(value: Any) -> Any:
    """A column's value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _columns(calls: Any) -> dict[Any, dict[str, Any]]:
    return {row["id"]: row for row in calls.order_by("external_call_id").values()}


def _entry(row: dict[str, Any], was: dict[str, Any] | None, of_key: dict[str, int]) -> dict[str, Any]:
    changed = [] if was is None else [name for name in row if row[name] != was[name] and name not in OF_THE_ROW]
    return {
        "id": str(row["id"]),
        "staged": of_key.get(row["external_call_id"]),
        "made": was is None,
        "before": {name: plain(was[name]) for name in changed} if was else {},
        "after": {name: plain(row[name]) for name in changed},
        "written": plain(row["updated_at"]),
    }


def record_calls_of_known_people(integration: GHLIntegration, *, after_chunk: Callable[[], None]) -> int:
    """Records the staged calls of contacts whose people are in the portal already: nothing there is left to decide.

    `after_chunk` is called between chunks of people and may raise to stop.
    """
    created = 0
    waiting = unrecorded_calls(integration).exclude(ghl_contact_id="").values_list("ghl_contact_id", flat=True)
    last = ""
    while contact_ids := list(waiting.filter(ghl_contact_id__gt=last).order_by("ghl_contact_id").distinct()[:CHUNK]):
        for contact_id, person in people_of_contacts(integration, contact_ids).items():
            created += bring_calls_along(integration, person, [contact_id])
        last = contact_ids[-1]
        after_chunk()
    return created


def people_of_contacts(integration: GHLIntegration, contact_ids: Iterable[str]) -> dict[str, SalesProspect | Contact]:
    """Whom these GHL contacts of a location are in the portal: linked to them, or merged from them."""
    wanted = list(contact_ids)
    people: dict[str, SalesProspect | Contact] = {}
    merged = StagedRecord.objects.filter(
        batch__integration=integration, ghl_contact_id__in=wanted, status=StagedRecord.Status.IMPORTED
    )
    for record in merged.select_related("imported_prospect", "imported_contact").defer("raw_data"):
        if record.imported_person is not None:
            people[record.ghl_contact_id] = record.imported_person
    return people | people_of_ghl_contacts(integration, wanted)


def linked_people(integration: GHLIntegration) -> PersonQuerySet:
    """The people of a location's side that carry one of its contact ids."""
    of_location: PersonQuerySet = people_on_side_of(integration).filter(ghl_location_id=integration.location_id)
    return of_location
