"""From one contact as GHL sent it to the columns that staff see: pure, and never stopped by a bad record."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from imports.full_names import split_name
from imports.storable import Storable, storable
from integrations.custom_fields import labelled
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.payloads import ContactRecord, CustomField
from prospects.identity import person_number

# Lengths of the identity columns; a longer value is no name or address but an accident worth a look.
LONGEST = {
    "firm_name": 500,
    "contact_first_name": 255,
    "contact_last_name": 255,
    "contact_title": 500,
    "contact_email": 320,
    "contact_phone": 255,
    "contact_linkedin": 1000,
    "person_number": 255,
}
WORDS = {
    "firm_name": "firm",
    "contact_first_name": "first name",
    "contact_last_name": "last name",
    "contact_title": "title",
    "contact_email": "e-mail",
    "contact_phone": "phone",
    "contact_linkedin": "LinkedIn address",
    "person_number": "bar or candidate number",
}
LONGEST_ID = 64

IdentityColumns = dict[str, str]


@dataclass(frozen=True, slots=True)
class FieldMap:
    """Which custom field of a location holds LinkedIn address, title, bar or candidate number; empty: it has none."""

    linkedin_id: str = ""
    title_id: str = ""
    number_id: str = ""

    @classmethod
    def of(cls, mapping: Mapping[str, Any], fields: Iterable[CustomField]) -> "FieldMap":
        """The location's own mapping first; what it leaves out is found by the field's label or key."""
        known = list(fields)

        def id_of(name: str) -> str:
            mapped = mapping.get(name) if isinstance(mapping, Mapping) else None
            return str(mapped or next((field.id for field in labelled(name, known)), ""))

        return cls(linkedin_id=id_of("linkedin_url"), title_id=id_of("job_title"), number_id=id_of("person_number"))


@dataclass(frozen=True, slots=True)
class ReadRecord:
    """One contact, read: `error` says why it cannot be reviewed; `raw_data` is what goes into the database."""

    record_key: str
    raw_data: Storable
    ghl_contact_id: str = ""
    columns: IdentityColumns = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    content_digest: str = ""
    error: str = ""
    remarks: tuple[str, ...] = ()


def read_contact(raw: Any, fields: FieldMap) -> ReadRecord:
    """Reads one element of a contacts page, whatever it is."""
    stored = storable(raw)
    remarks = ("Characters that no database can keep were replaced by �.",) if stored.was_replaced else ()
    try:
        contact = ContactRecord.parse(stored.value)
        if len(contact.id) > LONGEST_ID:
            raise UnexpectedPayload(detail=f"the contact's id has {len(contact.id):,} characters")
    except UnexpectedPayload as problem:
        return ReadRecord(
            record_key=digest_key(stored.value),
            raw_data=stored.as_object(),
            error=f"GHL sent something that is not a contact: {problem}",
            remarks=remarks,
        )
    columns = identity_columns(contact, fields)
    kept, too_long = shortened(columns)
    return ReadRecord(
        record_key=contact.id,
        raw_data=stored,
        ghl_contact_id=contact.id,
        columns=kept,
        tags=contact.tags,
        content_digest=_content_digest(contact, kept["person_number"]),
        error=complaint(columns, too_long),
        remarks=(*remarks, *contact.remarks),
    )


def identity_columns(contact: ContactRecord, fields: FieldMap) -> IdentityColumns:
    """The columns that say who somebody is, out of a GHL contact."""
    first, last = contact.first_name, contact.last_name
    if not first and not last:
        first, last = split_name(contact.name)
    return {
        "firm_name": contact.company,
        "contact_first_name": first,
        "contact_last_name": last,
        "contact_title": _text(contact.custom_values.get(fields.title_id)),
        "contact_email": contact.email,
        "contact_phone": contact.phone,
        "contact_linkedin": _linkedin(contact, fields),
        "person_number": _text(contact.custom_values.get(fields.number_id)),
    }


def shortened(columns: IdentityColumns) -> tuple[IdentityColumns, list[str]]:
    """The columns cut to what they can hold, and the names of those that were longer."""
    too_long = [name for name, value in columns.items() if len(value) > LONGEST[name]]
    return {name: value[: LONGEST[name]] for name, value in columns.items()}, too_long


def complaint(columns: IdentityColumns, too_long: Iterable[str] = (), *, where: str = "GHL") -> str:
    """Why a person cannot be reviewed as they are; empty when they can. `where` it is to be mended."""
    if name := next(iter(too_long), ""):
        return (
            f"The {WORDS[name]} is {len(columns[name]):,} characters long; at most {LONGEST[name]} can be kept. "
            f"Shorten it in {where} and bring it in again. The whole value is in the raw data below."
        )
    tells_apart = ("contact_first_name", "contact_last_name", "contact_email", "contact_phone", "contact_linkedin")
    if any(columns.get(name) for name in tells_apart) or person_number(columns.get("person_number", "")):
        return ""
    return (
        "Nothing to tell this person by: no name, no e-mail, no phone, no LinkedIn address and no bar or candidate "
        f"number. Complete it in {where} and bring it in again."
    )


def digest_key(value: Any) -> str:
    """A stable name for a record that has no id of its own."""
    return "no-id:" + sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:40]


def _content_digest(contact: ContactRecord, number: str) -> str:
    """The contact's own, and which of its values is the number: whoever was staged before that was known is staged
    again. Without a number it is the contact's own alone, as it has been kept all along."""
    own = contact.content_digest()
    return sha256(f"{own} {number}".encode()).hexdigest() if number else own


def _linkedin(contact: ContactRecord, fields: FieldMap) -> str:
    mapped = _text(contact.custom_values.get(fields.linkedin_id))
    if mapped:
        return mapped
    # Without a mapping, an address of a LinkedIn profile says by itself what it is.
    texts = (contact.website, *(_text(value) for value in contact.custom_values.values()))
    return next((text for text in texts if "linkedin.com/in/" in text.lower()), "")


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_text(item) for item in value)
    return str(value).strip() if value is not None else ""
