"""Whom a call was with, as far as the portal knows: by GHL contact, by that contact's other calls, or by phone."""

from typing import Any

from calls.models import Call, SalesCall
from integrations.ghl.deliveries import ContactHint
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, people_of_ghl_contacts, people_with_phone


def calls_of(integration: GHLIntegration) -> Any:
    """The location's call rows: those of its own side, and no other location's."""
    table: Any = SalesCall if integration.is_internal else Call
    return table.objects.filter(integration=integration)


def link_of(integration: GHLIntegration) -> str:
    """The column that names the person."""
    return "prospect" if integration.is_internal else "contact"


def person_called(
    integration: GHLIntegration, *, contact_id: str, phone: str = "", hint: ContactHint | None = None
) -> AnyPerson | None:
    """Who it was, or None: somebody the portal does not know yet, or cannot tell from others with the same number."""
    linked = people_of_ghl_contacts(integration, [contact_id])
    return linked.get(contact_id) or _of_earlier_calls(integration, contact_id) or _by_phone(integration, phone, hint)


def _of_earlier_calls(integration: GHLIntegration, contact_id: str) -> AnyPerson | None:
    """A GHL contact that a reviewer merged into somebody has no link of its own, but its calls went along."""
    if not contact_id:
        return None
    link = link_of(integration)
    of_contact = calls_of(integration).filter(ghl_contact_id=contact_id, **{f"{link}__isnull": False})
    row = of_contact.select_related(link).order_by("-started_at", "id").first()
    person: AnyPerson | None = getattr(row, link) if row else None
    return person


def _by_phone(integration: GHLIntegration, phone: str, hint: ContactHint | None) -> AnyPerson | None:
    sharing = people_with_phone(integration, phone)
    return sharing[0] if len(sharing) == 1 and not _is_somebody_else(sharing[0], hint) else None


def _is_somebody_else(person: AnyPerson, hint: ContactHint | None) -> bool:
    """Two colleagues may share a number: one who is another GHL contact and has another last name is not meant."""
    if hint is None or not person.ghl_contact_id:
        return False
    told = hint.last_name or hint.full_name.rpartition(" ")[2]
    return bool(told and person.contact_last_name and told.casefold() != person.contact_last_name.casefold())
