"""The one reader for every dialect of a GHL webhook, from marketplace apps and from workflows.

Marketplace-app deliveries are flat and camelCase, with a `type` and a `webhookId`. Workflow deliveries have neither:
GHL's free action sends the contact in snake_case with blocks inside, its paid one whatever somebody typed.
"""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from typing import Any

from integrations.ghl import delivery_aliases as names
from integrations.ghl.call_payloads import CALL_NUMBERS, CallStatus, call_status
from integrations.ghl.delivery_calls import read_call, says_how_it_ended
from integrations.ghl.delivery_fields import DeliveryFields, is_absent, plain_name, text_of
from integrations.ghl.delivery_payloads import (
    CallDelivery,
    CallNews,
    ContactDelivery,
    ContactHint,
    ContactNews,
    OtherDelivery,
)
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.json_values import JsonObject, clean, kind_of, whole_number_of
from integrations.ghl.payloads import NO_CALLS, ContactRecord

__all__ = [
    "CallDelivery",
    "CallNews",
    "ContactDelivery",
    "ContactHint",
    "ContactNews",
    "OtherDelivery",
    "delivery_key",
    "read_delivery",
]

CONTACT_EVENTS: Mapping[str, ContactNews] = {
    "contactcreate": ContactNews.CREATED,
    "contactupdate": ContactNews.UPDATED,
    "contactdelete": ContactNews.DELETED,
    "contacttagupdate": ContactNews.TAGS,
    "contactdndupdate": ContactNews.DND,
}
MESSAGE_EVENTS = ("inboundmessage", "outboundmessage")
APP_ENVELOPE = ("webhookid", "appid", "versionid")
CALL_TYPES = ("call", "voicemail", "phone")  # in the name of a type of message
CALL_EVENTS = (*CALL_TYPES, "disposition", "dial")  # in the name of an event
# Blocks that a workflow adds only when something of that kind set it off.
OTHER_BLOCKS: Mapping[str, str] = {
    "calendar": "appointment",
    "appointment": "appointment",
    "order": "order",
    "invoice": "invoice",
    "task": "task",
    "pipelineid": "opportunity",
    "pipelinestage": "opportunity",
    "piplelinestage": "opportunity",
}
LONGEST_ID, LONGEST_TYPE = 64, 64


def read_delivery(raw: Any, *, location_id: str = "") -> CallDelivery | ContactDelivery | OtherDelivery:
    """Reads a delivery, in whatever dialect: camelCase or snake_case, nested or flat, typed by GHL or by a person.

    `location_id` is for deliveries whose sender is known to belong to one location: it counts where none is named.
    The same call told in two dialects comes out the same. Voicemail drops are calls; SMS and e-mail are OtherDelivery,
    as is every event the portal does not handle. Raises UnexpectedPayload, and nothing else, when `raw` is no object,
    or when it is a call or a contact but lacks what is needed; the error names the field.
    """
    if not isinstance(raw, Mapping):
        raise UnexpectedPayload(detail=f"a delivery should be an object, but this is {kind_of(raw)}")
    fields = DeliveryFields(raw)
    event = plain_name(fields.root("type"))
    if event in CONTACT_EVENTS:
        return _contact(fields, CONTACT_EVENTS[event], location_id)
    if event in MESSAGE_EVENTS:
        other = (
            "" if _is_call_message(fields) else f"{fields.root('type')} {next(_texts(fields, names.MESSAGE_TYPE), '')}"
        )
        kind = CallNews.MESSAGE
    elif any(fields.root(name) for name in APP_ENVELOPE):
        other = fields.root("type") or "no type"
        kind = CallNews.MESSAGE
    else:
        kind = CallNews.DISPOSITION if _is_disposition(fields) else CallNews.COMPLETED
        other = _other_news(fields)
    if other:
        return OtherDelivery(other.strip()[:LONGEST_TYPE], fields.first_id(names.LOCATION_ID) or location_id)
    return read_call(fields, kind, location_id)


def delivery_key(raw_body: bytes, parsed: Any) -> str:
    """What a repeat has in common with the first: GHL's `webhookId` ("app:…"), else the body's digest ("sha256:…").

    At most 76 characters. A workflow gives no id of the delivery, so two hits with the same body are one.
    """
    given = parsed if isinstance(parsed, Mapping) else {}
    told = next((value for key, value in given.items() if plain_name(str(key)) == "webhookid"), None)
    webhook_id = told.strip() if isinstance(told, str) and not is_absent(told) else ""
    if webhook_id and len(webhook_id) <= LONGEST_ID and webhook_id.isprintable():
        return f"app:{webhook_id}"
    return f"sha256:{sha256(raw_body).hexdigest()}"


# ---------------------------------------------------------------- is it a call?


def _is_call_message(fields: DeliveryFields) -> bool:
    """Whether an app's message is a call: by its type in words or numbers; without one, by what only calls have."""
    types = list(_texts(fields, names.MESSAGE_TYPE))
    if types:
        return any(_is_call_type(word) for word in types)
    return fields.has((*names.CALL_STATUS, *names.CALL_DURATION))


def _is_call_type(word: str) -> bool:
    number, plain = whole_number_of(word), plain_name(word).removeprefix("type")
    if number is not None:
        return number in CALL_NUMBERS
    return not plain.startswith("activity") and any(part in plain for part in CALL_TYPES)


def _is_disposition(fields: DeliveryFields) -> bool:
    said = _texts(fields, (*names.SOURCE, *names.TYPE))
    return any("disposition" in plain_name(word) for word in said) or fields.has(names.DISPOSITION)


def _other_news(fields: DeliveryFields) -> str:
    """What a workflow's delivery is about, if not a call; "" for a call.

    Workflows post to an address for calls, so one that says nothing at all about itself is taken for a call.
    """
    if _is_disposition(fields) or fields.has((*names.CALL_STATUS, *names.CALL_DURATION)):
        return ""
    if types := list(_texts(fields, names.MESSAGE_TYPE)):
        return "" if any(_is_call_type(word) for word in types) else f"message {types[0]}"
    words = list(_texts(fields, names.TYPE))
    has_direction, has_ended = fields.has(names.DIRECTION), says_how_it_ended(fields)
    if any(_names_a_call(word) for word in words) or (has_direction and has_ended):
        return ""
    if words:
        return words[0]
    if has_direction or has_ended or fields.has(names.DURATION):
        return ""
    return next((kind for block, kind in OTHER_BLOCKS.items() if fields.has([block])), "")


def _names_a_call(event: str) -> bool:
    plain = plain_name(event)
    if whole_number_of(event) is not None:
        return _is_call_type(event)
    is_direction = plain in names.CALL_DIRECTIONS and plain not in MESSAGE_EVENTS
    return is_direction or call_status(event) is not CallStatus.OTHER or any(part in plain for part in CALL_EVENTS)


def _texts(fields: DeliveryFields, aliases: Iterable[str]) -> Iterator[str]:
    return (word for told in fields.values(aliases) if (word := text_of(told.value)))


# ---------------------------------------------------------------- contacts


def _contact(fields: DeliveryFields, kind: ContactNews, location_id: str) -> ContactDelivery:
    told = {key: next(fields.values(aliases), None) for key, aliases in names.CONTACT_KEYS.items()}
    record = {key: first.value for key, first in told.items() if first is not None}
    record["id"] = fields.first_id(names.CONTACT_KEYS["id"])
    record["locationId"] = fields.first_id(names.LOCATION_ID) or location_id
    contact = ContactRecord.parse(record)
    if not contact.location_id:
        raise UnexpectedPayload(detail="the contact delivery names no location (locationId)")
    return ContactDelivery(kind=kind, contact=contact, dnd_call=contact.dnd_call, dnd=_dnd(record))


def _dnd(record: Mapping[str, Any]) -> str:
    if JsonObject(record, "contact").flag("dnd"):
        return "all channels"
    settings = record.get("dndSettings")
    channels = settings.items() if isinstance(settings, Mapping) else ()
    return ", ".join(clean(str(name)) for name, setting in channels if _is_active(setting))


def _is_active(setting: Any) -> bool:
    status = setting.get("status") if isinstance(setting, Mapping) else None
    return isinstance(status, str) and status.strip().lower() in NO_CALLS
