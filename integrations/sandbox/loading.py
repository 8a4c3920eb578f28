"""Reads a folder's contacts.json: contacts as GHL returns them, with the location's custom fields."""

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from integrations.sandbox.clock import parse_iso
from integrations.sandbox.contact_requests import TEXTS
from integrations.sandbox.records import Contact, stable_id


class UnreadableData(Exception):
    """The folder holds no usable contacts.json; the text says what is wrong with it."""


def read_contacts(folder: Path) -> tuple[list[dict[str, Any]], dict[str, list[Contact]]]:
    """The custom fields, and the contacts by location id, in the order of the file. Raises UnreadableData."""
    path = folder / "contacts.json"
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        found: dict[str, list[Contact]] = defaultdict(list)
        for number, raw in enumerate(content["contacts"]):
            contact = _contact(raw, number)
            found[contact.location_id].append(contact)
        fields = list(content.get("customFields") or [])
    except OSError as exc:
        raise UnreadableData(f"Cannot read {path}: {exc.strerror}.") from exc
    except (ValueError, KeyError, TypeError, AttributeError) as exc:
        raise UnreadableData(
            f'{path} is not what the sandbox serves ({type(exc).__name__}: {exc}). It wants {{"customFields": [...], '
            '"contacts": [...]}, each contact with a locationId and ISO dates.'
        ) from exc
    if not found:
        raise UnreadableData(f"{path} holds no contacts, so the sandbox does not know which location to serve.")
    return fields, dict(found)


def _contact(raw: dict[str, Any], number: int) -> Contact:
    texts = {name: raw[key] for key, name in TEXTS.items() if raw.get(key)}
    texts |= {
        name: raw[key] for key, name in (("firstNameRaw", "first_name"), ("lastNameRaw", "last_name")) if raw.get(key)
    }
    added = parse_iso(raw["dateAdded"]) if raw.get("dateAdded") else 0
    return Contact(
        id=raw.get("id") or stable_id("contact", raw["locationId"], number),
        location_id=raw["locationId"],
        date_added=added,
        date_updated=parse_iso(raw["dateUpdated"]) if raw.get("dateUpdated") else added,
        tags=tuple(raw.get("tags") or ()),
        custom_fields=tuple((field["id"], field.get("value")) for field in raw.get("customFields") or ()),
        type=raw.get("type") or "lead",
        dnd=bool(raw.get("dnd")),
        dnd_settings=raw.get("dndSettings") or {},
        additional_emails=tuple(
            each["email"] if isinstance(each, dict) else each for each in raw.get("additionalEmails") or ()
        ),
        **texts,
    )
