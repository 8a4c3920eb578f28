"""What GHL sends about people, read once at the door: from here on, no vendor keys and no surprises of type."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Self

from integrations.ghl.call_payloads import CallMessage, CallStatus, Sentence
from integrations.ghl.json_values import JsonObject, clean, kind_of, number_as_text

__all__ = ["CallMessage", "CallStatus", "ContactRecord", "CustomField", "CustomValue", "Sentence"]

CustomValue = str | list[Any] | dict[str, Any]

CUSTOM_VALUE_KEYS = ("value", "fieldValue", "field_value")  # answers; v3; requests
NO_CALLS = ("active", "permanent")  # GHL's dndSettings: an *active* setting forbids the channel


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """A GHL contact, the same whether it came by list, by search or alone (highlevel-api-docs, contacts).

    `email` is lower-case; `phone` is as sent (GHL answers in E.164). `custom_values` goes by the custom field's id; its
    values are texts (numbers too), lists or objects. `dnd_call` means: do not call this person. `remarks` names the
    fields that were odd and how they were taken, without their values.
    """

    id: str
    location_id: str = ""
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    company: str = ""
    email: str = ""
    phone: str = ""
    additional_emails: tuple[str, ...] = ()
    additional_phones: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    source: str = ""
    country: str = ""
    website: str = ""
    dnd_call: bool = False
    custom_values: dict[str, CustomValue] = field(default_factory=dict)
    date_added: datetime | None = None
    date_updated: datetime | None = None
    remarks: tuple[str, ...] = ()

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """Reads one element of a contacts answer.

        Raises UnexpectedPayload when it is no object or has no usable id; nothing else about it can stop it.
        """
        given = JsonObject(raw, "contact")
        contact_id = given.identifier("id")
        # The list spells names in lower case and keeps the real spelling in the Raw twin; search and get-one keep the
        # case in `firstName` itself (5,453 listed contacts; highlevel-api-docs issue 289).
        first = given.text("firstNameRaw", "firstName", "firstNameLowerCase")
        last = given.text("lastNameRaw", "lastName", "lastNameLowerCase")
        return cls(
            id=contact_id,
            location_id=given.text("locationId"),
            first_name=first,
            last_name=last,
            name=f"{first} {last}".strip() or given.text("contactName", "name", "fullNameLowerCase"),
            company=given.text("companyName"),
            email=given.text("email").lower(),
            phone=given.text("phone"),
            additional_emails=tuple(text.lower() for text in given.texts("additionalEmails", "email")),
            additional_phones=given.texts("additionalPhones", "phone", "number", "phoneNumber"),
            tags=given.texts("tags", "name"),
            source=given.text("source"),
            country=given.text("country"),
            website=given.text("website"),
            dnd_call=_forbids_calls(given),
            custom_values=_custom_values(given),
            date_added=given.instant("dateAdded"),
            date_updated=given.instant("dateUpdated"),
            remarks=given.remarks,
        )

    def content_digest(self) -> str:
        """SHA-256 (hex) of what the contact says, the same for the same content whichever endpoint it came by.

        Names go in without their case, because some answers have only lower case; dates stay out. So do the
        additional phones: the list does not show them at all.
        """
        content = {
            "names": [self.first_name.casefold(), self.last_name.casefold(), self.name.casefold()],
            "company": self.company,
            "emails": [self.email, *sorted(self.additional_emails)],
            "phone": "".join(character for character in self.phone if character.isalnum()),
            "tags": sorted({tag.casefold() for tag in self.tags}),
            "custom_values": self.custom_values,
            "dnd_call": self.dnd_call,
            "source": self.source,
            "country": self.country,
            "website": self.website,
        }
        return sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of a location: `key` is like "contact.linkedin_url", `data_type` like "TEXT"."""

    id: str
    name: str = ""
    key: str = ""
    data_type: str = ""

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """Raises UnexpectedPayload when `raw` is no object or has no usable id."""
        given = JsonObject(raw, "custom field")
        return cls(
            id=given.identifier("id"),
            name=given.text("name"),
            key=given.text("fieldKey", "key"),
            data_type=given.text("dataType", "type"),
        )


def _forbids_calls(given: JsonObject) -> bool:
    settings = given.get("dndSettings")
    calls: Any = None
    if isinstance(settings, Mapping):  # "Call" in the versions of 2021, "call" in v3
        calls = next((value for key, value in settings.items() if str(key).lower() == "call"), None)
    elif settings is not None:
        given.remark("dndSettings", f"expected an object, ignored {kind_of(settings)}")
    status = calls.get("status") if isinstance(calls, Mapping) else None
    return given.flag("dnd") or (isinstance(status, str) and status.strip().lower() in NO_CALLS)


def _custom_values(given: JsonObject) -> dict[str, CustomValue]:
    """Custom values by field id. API v1 called the list `customField`, and sometimes made it an object."""
    name = "customFields" if given.get("customFields") is not None else "customField"
    listed = given.get(name)
    if isinstance(listed, dict):
        listed = [{"id": key, "value": value} for key, value in listed.items()]
    if listed is not None and not isinstance(listed, list):
        given.remark(name, f"expected a list, ignored {kind_of(listed)}")
    values: dict[str, CustomValue] = {}
    for item in listed if isinstance(listed, list) else ():
        field_id = clean(item["id"]) if isinstance(item, dict) and isinstance(item.get("id"), str) else ""
        if not field_id:
            given.remark(name, "ignored an entry without an id")
            continue
        raw_value = next((item[key] for key in CUSTOM_VALUE_KEYS if item.get(key) is not None), None)
        value = _custom_value(raw_value)
        if value not in ("", [], {}):  # an empty field is left out by some answers and sent as empty by others
            values[field_id] = value
    return values


def _custom_value(value: Any) -> CustomValue:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return value
    return number_as_text(value) or ""
