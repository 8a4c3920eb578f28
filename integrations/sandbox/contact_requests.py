"""What POST and PUT /contacts accept, and how a request becomes the fields of a contact."""

import re
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.answers import Refusal, unprocessable

TEXTS = {
    "firstName": "first_name", "lastName": "last_name", "phone": "phone", "email": "email",
    "companyName": "company_name", "source": "source", "assignedTo": "assigned_to", "address1": "address1",
    "city": "city", "state": "state", "postalCode": "postal_code", "country": "country", "website": "website",
    "timezone": "timezone", "dateOfBirth": "date_of_birth",
}  # fmt: skip
UPDATE_PROPERTIES = frozenset(TEXTS) - {"companyName"} | {
    "name", "dnd", "dndSettings", "inboundDndSettings", "tags", "customFields",
}  # fmt: skip
CREATE_PROPERTIES = UPDATE_PROPERTIES | {"locationId", "companyName", "gender"}
EMAIL = re.compile(r"[^@\s<>,;]+@[^@\s<>,;.]+(\.[^@\s<>,;.]+)+")
CUSTOM_FIELD_PROPERTIES = frozenset({"id", "key", "field_value", "fieldValue"})


def checked(body: dict[str, Any], properties: frozenset[str]) -> None:
    """Raises Refusal (422) listing every property that is unknown or of the wrong kind."""
    wrong = [f"property {name} should not exist" for name in body if name not in properties]
    for name in (*TEXTS, "name", "locationId", "gender"):
        if body.get(name) is not None and not isinstance(body[name], str):
            wrong.append(f"{name} must be a string")
    email = body.get("email")
    if isinstance(email, str) and not EMAIL.fullmatch(email):
        wrong.append("email must be an email")
    tags = body.get("tags")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        wrong.append("each value in tags must be a string")
    wrong += _wrong_custom_fields(body.get("customFields"))
    if wrong:
        raise unprocessable(*wrong)


def _wrong_custom_fields(items: Any) -> list[str]:
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        return ["customFields must be an array"]
    wrong = []
    for number, item in enumerate(items):
        unknown = item.keys() - CUSTOM_FIELD_PROPERTIES
        wrong += [f"customFields.{number}.property {name} should not exist" for name in sorted(unknown)]
        if not item.get("id"):
            wrong.append(f"customFields.{number}.id should not be empty")
    return wrong


def contact_fields(body: dict[str, Any]) -> dict[str, Any]:
    """The ``Contact`` fields that a checked request sets. Raises Refusal (400) for a phone that is none."""
    fields: dict[str, Any] = {TEXTS[name]: value or None for name, value in body.items() if name in TEXTS}
    if body.get("name") and not fields.get("first_name"):
        first, _, last = body["name"].partition(" ")
        fields |= {"first_name": first, "last_name": fields.get("last_name") or last or None}
    if fields.get("phone"):
        fields["phone"] = stored_phone(fields["phone"])
    if "tags" in body:
        fields["tags"] = tuple(dict.fromkeys(tag.strip().lower() for tag in body["tags"] or ()))
    if "customFields" in body:
        fields["custom_fields"] = tuple(
            (item["id"], item.get("field_value", item.get("fieldValue"))) for item in body["customFields"] or ()
        )
    if "dnd" in body:
        fields["dnd"] = bool(body["dnd"])
    if "dndSettings" in body:
        fields["dnd_settings"] = body["dndSettings"] or {}
    return fields


def stored_phone(text: str) -> str:
    """E.164, as every phone in GHL's lists is; ten digits are North American. The refusal's text is not sourced."""
    digits = re.sub(r"\D", "", text)
    if not 7 <= len(digits) <= 15:
        raise Refusal(400, "The string supplied did not seem to be a phone number", error="Bad Request")
    return f"+1{digits}" if len(digits) == 10 and not text.strip().startswith("+") else f"+{digits}"


def merged(known: Sequence[tuple[str, Any]], new: Sequence[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """Custom fields after an update: those named in it are replaced, the others stay."""
    return tuple({**dict(known), **dict(new)}.items())
