"""Linking a person to their GHL contact: the person's row and the outbound row in one transaction.

The database referees: a contact is one person's (unique keys of both tables), and a person who got another link
meanwhile keeps that one. Either way nothing is overwritten, and a person is told.
"""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.ghl.payloads import ContactRecord
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, people_of_ghl_contacts
from prospects.following import columns_told
from prospects.models import OutboundPerson
from prospects.outbound import states
from prospects.outbound.claims import write
from prospects.outbound.eligibility import NOT_IN_GHL
from prospects.outbound.reasons import Reason
from prospects.outbound.workers import Worker


class _TakenMeanwhileError(Exception):
    """The person was linked to another contact while they were being sent."""


def link(
    integration: GHLIntegration,
    row: OutboundPerson,
    contact: ContactRecord,
    worker: Worker,
    result: OutboundPerson.Result,
) -> OutboundPerson.State | None:
    """Writes that this contact is the person. Returns the state the row came to; None: the worker lost it.

    `ghl_values` becomes what GHL says now, so that a later delivery is told apart from what staff changed, and so that
    what is still to be told to GHL can be seen from the row: the person's own columns stay as they are, and GHL keeps
    its e-mail and phone.
    """
    person, now = row.person, timezone.now()
    values = _values(integration, person, contact)
    try:
        with transaction.atomic():
            if not write(row, worker, states.done(result, now)):
                return None
            _link_person(person, contact.id, values)
    except IntegrityError:
        return _conflict(row, worker, Reason.LINKED_TO_ANOTHER, _words_for_holder(integration, contact, person))
    except _TakenMeanwhileError:
        return _conflict(row, worker, Reason.LINKED_MEANWHILE, _words_for_second(person, contact))
    return states.State.DONE


def links_to_others(
    integration: GHLIntegration, person: AnyPerson, contacts: tuple[ContactRecord, ...]
) -> dict[str, AnyPerson]:
    """Which of these contacts are somebody else in the portal, by their ids."""
    holders = people_of_ghl_contacts(integration, [contact.id for contact in contacts])
    return {contact_id: holder for contact_id, holder in holders.items() if holder.pk != person.pk}


def words_for_holder(contact: ContactRecord, holder: AnyPerson | None, person: AnyPerson) -> str:
    whose = f"{holder} in the portal" if holder is not None else "somebody else in the portal"
    return (
        f"The contact {contact.id} in GoHighLevel fits {person}, but it is linked to {whose}. If the two are one "
        "person, merge them; if not, correct the e-mail or phone that they share. Then try again."
    )


def _values(integration: GHLIntegration, person: AnyPerson, contact: ContactRecord) -> dict[str, Any]:
    """What is written on the person."""
    now = timezone.now()
    told = columns_told(contact, integration.custom_field_mapping)
    values: dict[str, Any] = {
        "ghl_contact_id": contact.id,
        "ghl_location_id": integration.location_id,
        "ghl_synced_at": now,
        "ghl_values": {column: value for column, value in told.items() if value},
        "ghl_updated_at": contact.date_updated,
        "ghl_deleted_at": None,
        "updated_at": now,
    }
    if contact.dnd_call and not person.do_not_call:  # as when a reviewer takes a contact over
        values |= {"do_not_call": True, "do_not_call_since": now}
    return values


def _link_person(person: AnyPerson, contact_id: str, values: dict[str, Any]) -> None:
    rows: Any = type(person)._default_manager.filter(pk=person.pk)
    if not rows.filter(NOT_IN_GHL).update(**values) and not rows.filter(ghl_contact_id=contact_id).exists():
        raise _TakenMeanwhileError


def _conflict(row: OutboundPerson, worker: Worker, reason: Reason, words: str) -> OutboundPerson.State | None:
    held = write(row, worker, states.in_conflict(reason, words, timezone.now()))
    return states.State.CONFLICT if held else None


def _words_for_holder(integration: GHLIntegration, contact: ContactRecord, person: AnyPerson) -> str:
    holder = people_of_ghl_contacts(integration, [contact.id]).get(contact.id)
    return words_for_holder(contact, holder, person)


def _words_for_second(person: AnyPerson, contact: ContactRecord) -> str:
    return (
        f"{person} was linked to another GHL contact while being sent, so GoHighLevel may have them twice: the other "
        f"contact is {contact.id}. Merge the two in GoHighLevel; the portal keeps the link it has."
    )
