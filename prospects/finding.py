"""Who in the portal a GHL contact or a phone number is: on the location's own side, and nowhere else."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from integrations.models import GHLIntegration
from prospects.identity import phones_in
from prospects.models import DIGITS_OF_A_KEY, Contact, SalesProspect

AnyPerson = SalesProspect | Contact
MOST_SHARERS = 20  # of one number: more is a switchboard, which tells nobody apart


def people_on_side_of(integration: GHLIntegration) -> Any:
    """The people that a location's calls can belong to: prospects, or its client's contacts."""
    if integration.is_internal:
        return SalesProspect.objects.all()
    return Contact.objects.filter(client_id=integration.client_id)  # type: ignore[misc]  # has one


def people_of_ghl_contacts(integration: GHLIntegration, contact_ids: Iterable[str]) -> dict[str, AnyPerson]:
    """The people that are linked to these GHL contacts of the location, by contact id."""
    wanted = {contact_id for contact_id in contact_ids if contact_id}
    if not wanted:
        return {}
    linked = people_on_side_of(integration).filter(
        ghl_location_id=integration.location_id, ghl_contact_id__in=sorted(wanted)
    )
    return {person.ghl_contact_id: person for person in linked}


def people_with_phone(integration: GHLIntegration, phone: str) -> list[AnyPerson]:
    """Everybody of the side who has this number, in whatever form; those of another location are left out."""
    number = e164(phone)
    if not number:
        return []
    rows = people_on_side_of(integration).filter(
        Q(ghl_location_id="") | Q(ghl_location_id=integration.location_id), phone_key=number[-DIGITS_OF_A_KEY:]
    )
    return [person for person in rows.order_by("id")[:MOST_SHARERS] if number == e164(person.contact_phone)]


def e164(phone: str) -> str:
    """The first valid number of a text in E.164; "" when there is none."""
    return next((found.e164 for found in phones_in(phone) if found.is_valid), "")
