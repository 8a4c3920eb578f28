"""Bringing staged calls to the people they belong to."""

from collections.abc import Callable, Iterable

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from calls.ingest import link_calls_of, record_calls
from imports.models import StagedCall, StagedRecord
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration
from prospects.finding import people_of_ghl_contacts, people_on_side_of
from prospects.models import Contact, PersonQuerySet, SalesProspect

CHUNK = 200


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
