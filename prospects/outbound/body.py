"""What GHL is sent to create one of our people: pure.

Keys are those of GHL's CreateContactDto (highlevel-api-docs, apps/contacts.json); it rejects any other. What is empty
is left out: an empty e-mail is refused, an empty custom field id too. `locationId` is the client's to add.
"""

from collections.abc import Mapping
from typing import Any

from prospects.finding import AnyPerson
from prospects.models import SalesProspect
from prospects.outbound.eligibility import usable_email, usable_phone

SOURCE = "Portal Sync"
AT_FIRST: Mapping[str, Any] = {
    "cadence_stage": "active", "dial_attempts": 0, "no_answer_count": 0, "voicemail_count": 0, "callback_attempts": 0,
}  # fmt: skip


def body_of(person: AnyPerson, mapping: Any, *, campaign: str = "") -> dict[str, Any]:
    """The request. `mapping`: our field names to the location's custom field ids; names it lacks are left out.

    `campaign` is the campaign's name: a tag, and the custom field market_name. Contacts of a client have neither
    campaign nor cadence of their own, so they begin with those that everybody begins with.
    """
    columns = {
        "firstName": person.contact_first_name.strip(),
        "lastName": person.contact_last_name.strip(),
        "name": " ".join(person.full_name.split()),
        "email": usable_email(person.contact_email),
        "phone": usable_phone(person.contact_phone),
        "companyName": person.firm_name.strip(),
        "source": SOURCE,
        "tags": tags_of(person, campaign),
        "customFields": _custom_fields(person, mapping, campaign),
    }
    return {name: value for name, value in columns.items() if value}


def tags_of(person: AnyPerson, campaign: str = "") -> list[str]:
    """The person's tags and the campaign's name, each once whatever its case (GHL writes them in lower case)."""
    wanted: dict[str, str] = {}
    for tag in (*person.tag_list, campaign):
        if tag.strip():
            wanted.setdefault(tag.strip().casefold(), tag.strip())
    return list(wanted.values())


def field_values(person: AnyPerson, campaign: str = "") -> dict[str, Any]:
    """What each of the mapped fields says of a person, by our names; counts are numbers, the rest is text."""
    own = {name: getattr(person, name) for name in AT_FIRST} if isinstance(person, SalesProspect) else {}
    return {
        "linkedin_url": person.contact_linkedin.strip(),
        "job_title": person.contact_title.strip(),
        "person_number": person.person_number.strip(),
        "market_name": campaign.strip(),
        **AT_FIRST,
        **{name: value for name, value in own.items() if value not in ("", None)},
    }


def _custom_fields(person: AnyPerson, mapping: Any, campaign: str) -> list[dict[str, Any]]:
    ids = mapping if isinstance(mapping, Mapping) else {}
    known = ((ids.get(name), value) for name, value in field_values(person, campaign).items())
    return [
        {"id": field_id.strip(), "field_value": value}
        for field_id, value in known
        if isinstance(field_id, str) and field_id.strip() and value != ""
    ]
