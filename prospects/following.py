"""Keeping people current with their GHL contacts, without overwriting what staff changed.

A column follows GHL while it says what GHL said last, or nothing; once a person has written something else there, that
stays, and GHL's other value is only noted. What GHL said last is in `ghl_values`; before it has said anything, the
column itself counts, as people come from GHL. An empty value of GHL's empties nothing: its deliveries leave fields out.
Tags are GHL's list, but the campaign's own tag stays, and so does what was added or taken away here and GHL was not
told of yet (`outbound.changes`). Nobody is deleted, and a link to GHL is never given up.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from integrations.events import Handled, Outcome
from integrations.ghl.deliveries import ContactDelivery, ContactNews
from integrations.ghl.payloads import ContactRecord
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, e164, people_on_side_of
from prospects.identity import person_number
from prospects.models import IDENTITY_COLUMNS, SalesProspect, ToldPerson

LINKEDIN_PROFILE = "linkedin.com/in/"


@dataclass(slots=True)
class _Following:
    """One person being brought up to date: what changed, and what a person should know."""

    person: Any
    changed: set[str] = field(default_factory=set)
    flags: list[str] = field(default_factory=list)

    def set(self, column: str, value: Any) -> None:
        if getattr(self.person, column) != value:
            setattr(self.person, column, value)
            self.changed.add(column)


def follow(integration: GHLIntegration, delivery: ContactDelivery, received_at: datetime) -> Handled:
    """Brings the person of a GHL contact up to date. Safe to repeat; what is older than what is held is left.

    What a delivery does not date happened when it was received, however late it is handed over.
    """
    with transaction.atomic():
        person = _person_of(integration, delivery.contact)
        if person is None:
            return Handled(Outcome.IGNORED, "Nobody in the portal is this GHL contact. New contacts come with a pull.")
        following = _Following(person)
        told_at = delivery.contact.date_updated
        _do_not_call(following, delivery, told_at, received_at)
        is_old = told_at is not None and person.ghl_updated_at is not None and told_at < person.ghl_updated_at
        if not is_old:
            _take_over(following, integration, delivery, told_at, received_at)
        if following.changed:
            person.save(update_fields=[*following.changed, "updated_at"])
        words = "Older than what the portal has from GHL." if is_old else _in_words(following.changed)
        outcome = Outcome.IGNORED if is_old and not following.changed else Outcome.DONE
        return Handled(outcome, words, row=(person._meta.db_table, person.pk), flags=tuple(following.flags))


def columns_told(contact: ContactRecord, mapping: Mapping[str, Any]) -> dict[str, str]:
    """The identity columns as GHL has them, empty where it says nothing. `mapping`: our field names to field ids."""
    return {
        "firm_name": contact.company,
        "contact_first_name": contact.first_name,
        "contact_last_name": contact.last_name,
        "contact_title": _text(contact.custom_values.get(_field_id(mapping, "job_title"))),
        "contact_email": contact.email,
        "contact_phone": contact.phone,
        "contact_linkedin": _linkedin(contact, mapping),
        "person_number": _text(contact.custom_values.get(_field_id(mapping, "person_number"))),
    }


def note_own_words(person: AnyPerson, before: Mapping[str, Any]) -> None:
    """Notes what columns said `before` a person changed them, so that GHL's next word does not undo the change.

    The caller saves the person.
    """
    if person.ghl_contact_id:
        said = {column: value for column, value in before.items() if column in IDENTITY_COLUMNS}
        person.ghl_values = {**said, **(person.ghl_values or {})}


# ---------------------------------------------------------------- one delivery


def _person_of(integration: GHLIntegration, contact: ContactRecord) -> AnyPerson | None:
    linked = (
        people_on_side_of(integration)
        .select_for_update(no_key=True)
        .filter(ghl_location_id=integration.location_id, ghl_contact_id=contact.id)
    )
    person: AnyPerson | None = linked.first()
    return person


def _take_over(
    following: _Following,
    integration: GHLIntegration,
    delivery: ContactDelivery,
    told_at: datetime | None,
    received_at: datetime,
) -> None:
    contact = delivery.contact
    if told_at is not None:
        following.set("ghl_updated_at", told_at)
    if delivery.kind is ContactNews.DELETED:
        if following.person.ghl_deleted_at is None:
            following.set("ghl_deleted_at", told_at or received_at)
        following.flags.append("The contact was deleted in GHL. The person stays in the portal.")
        return
    following.set("ghl_deleted_at", None)
    _identity(following, columns_told(contact, integration.custom_field_mapping))
    if contact.tags or delivery.kind is ContactNews.TAGS:  # only then does an empty list mean that there are none
        following.set("tags", _tags(following.person, contact.tags, _known_tags(following.person, contact)))


def _identity(following: _Following, told: Mapping[str, str]) -> None:
    person = following.person
    said_before: dict[str, str] = person.ghl_values if isinstance(person.ghl_values, dict) else {}
    for column, value in told.items():
        held, last = getattr(person, column), said_before.get(column)
        label = person._meta.get_field(column).verbose_name
        if not value or say_the_same(column, value, held):
            continue
        if len(value) > person._meta.get_field(column).max_length:
            following.flags.append(f"GHL’s {label} is too long to be kept.")
        elif not held or last is None or say_the_same(column, held, last):
            following.set(column, value)
        elif not say_the_same(column, value, last):
            following.flags.append(f"The {label} was changed in the portal, so GHL’s was not taken over.")
    following.set("ghl_values", {**said_before, **{column: value for column, value in told.items() if value}})


def _known_tags(person: Any, contact: ContactRecord) -> list[str] | None:
    """The tags that GHL was known to have before this; None where nobody noted them. Notes those that it has now."""
    told = ToldPerson.objects.filter(**{_link_of(person): person}, ghl_contact_id=contact.id)
    known = told.values_list("tags", flat=True).first()
    if known is not None:
        told.update(tags=list(contact.tags))
    return known


def _tags(person: Any, told: Iterable[str], known: Iterable[str] | None) -> list[str]:
    """GHL's tags, in the portal's spelling (GHL writes them in lower case), the campaign's own, and what was changed
    here since GHL's were `known`.
    """
    held = {tag.casefold(): tag for tag in person.tag_list}
    wanted = {tag.casefold(): held.get(tag.casefold(), tag) for tag in told}
    if known is not None:
        before = {tag.casefold() for tag in known}
        wanted = {folded: tag for folded, tag in wanted.items() if folded in held or folded not in before}
        wanted |= {folded: tag for folded, tag in held.items() if folded not in before}
    campaign = person.campaign.name if isinstance(person, SalesProspect) and person.campaign else ""
    if campaign and campaign.casefold() in held:
        wanted.setdefault(campaign.casefold(), held[campaign.casefold()])
    return list(wanted.values())


def _link_of(person: Any) -> str:
    return "prospect" if isinstance(person, SalesProspect) else "contact"


def _do_not_call(
    following: _Following, delivery: ContactDelivery, told_at: datetime | None, received_at: datetime
) -> None:
    """Anything that forbids calls counts; only GHL's own event about it, if none later is known, allows them again.

    Other events carry "dnd: false" though calls alone are forbidden.
    """
    person = following.person
    says_so = delivery.dnd_call or delivery.kind is ContactNews.DND
    if not says_so or (told_at and person.do_not_call_told_at and told_at < person.do_not_call_told_at):
        return
    if told_at is not None:
        following.set("do_not_call_told_at", told_at)
    if delivery.dnd_call != person.do_not_call:
        following.set("do_not_call", delivery.dnd_call)
        following.set("do_not_call_since", (told_at or received_at) if delivery.dnd_call else None)


# ---------------------------------------------------------------- values


def say_the_same(column: str, one: str, other: str) -> bool:
    """Whether two values say the same: GHL writes names, e-mails and phones in its own way."""
    if column == "contact_phone" and e164(one):
        return e164(one) == e164(other)
    if column == "person_number" and person_number(one):
        return person_number(one) == person_number(other)
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _linkedin(contact: ContactRecord, mapping: Mapping[str, Any]) -> str:
    mapped = _text(contact.custom_values.get(_field_id(mapping, "linkedin_url")))
    texts = (mapped, contact.website, *(_text(value) for value in contact.custom_values.values()))
    return mapped or next((text for text in texts if LINKEDIN_PROFILE in text.lower()), "")


def _field_id(mapping: Mapping[str, Any], name: str) -> str:
    """The location's own field for it. Those found by their label are read with the next pull: here nobody is asked."""
    return str(mapping.get(name) or "") if isinstance(mapping, Mapping) else ""


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _in_words(changed: set[str]) -> str:
    seen = sorted(column for column in changed if column not in ("ghl_values", "ghl_updated_at", "do_not_call_told_at"))
    if not seen:
        return "Nothing that the portal did not know."
    return f"Brought up to date: {', '.join(seen)}."
