"""How records look on the wire. The same contact has three shapes, and they disagree on purpose, as GHL's do."""

import json
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.clock import iso
from integrations.sandbox.records import TYPE_NUMBERS, Contact, Conversation, Message


def dump(value: object) -> bytes:
    """Compact UTF-8 JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def _lower(text: str | None) -> str | None:
    return text.lower() if text else None


def _custom_fields(contact: Contact) -> list[dict[str, Any]]:
    return [{"id": field_id, "value": value} for field_id, value in contact.custom_fields]


def _attribution(contact: Contact) -> dict[str, Any]:
    if contact.by_api:
        return {"sessionSource": "Third Party", "medium": "integration", "mediumId": None}
    return {"sessionSource": "CRM UI", "medium": "manual", "mediumId": None}


def list_json(contact: Contact) -> bytes:
    """GET /contacts/: names lower-cased, the real spelling in ``…Raw``, empty scalars null. Kept for the next page."""
    if contact.list_json is None:
        contact.list_json = dump(_list_shape(contact))
    return contact.list_json


def _list_shape(contact: Contact) -> dict[str, Any]:
    attribution = _attribution(contact)
    return {
        "id": contact.id,
        "locationId": contact.location_id,
        "contactName": _lower(contact.full_name),
        "firstName": _lower(contact.first_name),
        "lastName": _lower(contact.last_name),
        "firstNameRaw": contact.first_name or None,
        "lastNameRaw": contact.last_name or None,
        "companyName": contact.company_name or None,
        "email": _lower(contact.email),
        "phone": contact.phone or None,
        "dnd": contact.dnd,
        "dndSettings": contact.dnd_settings,
        "type": contact.type,
        "source": contact.source,
        "assignedTo": contact.assigned_to,
        "city": contact.city,
        "state": contact.state,
        "postalCode": contact.postal_code,
        "address1": contact.address1,
        "dateAdded": iso(contact.date_added),
        "dateUpdated": iso(contact.date_updated),
        "dateOfBirth": contact.date_of_birth,
        "businessId": None,
        "tags": list(contact.tags),
        "followers": [],
        "country": contact.country,
        "website": contact.website,
        "timezone": contact.timezone,
        "additionalEmails": [{"email": email} for email in contact.additional_emails],
        "attributions": [
            {"utmSessionSource": attribution["sessionSource"], "isFirst": True, "medium": attribution["medium"]}
        ],
        "customFields": _custom_fields(contact),
    }


def search_json(contact: Contact, search_after: list[Any]) -> bytes:
    """POST /contacts/search: names keep their case, ``address`` for ``address1``, and a cursor in every contact."""
    if contact.search_json is None:
        contact.search_json = dump(_search_shape(contact))[:-1]
    return contact.search_json + b',"searchAfter":' + dump(search_after) + b"}"


def _search_shape(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "phoneLabel": None,
        "country": contact.country,
        "address": contact.address1,
        "source": contact.source,
        "type": contact.type,
        "locationId": contact.location_id,
        "website": contact.website,
        "dnd": contact.dnd,
        "dndSettings": contact.dnd_settings,
        "inboundDndSettings": {},
        "state": contact.state,
        "businessName": None,
        "customFields": _custom_fields(contact),
        "tags": list(contact.tags),
        "dateAdded": iso(contact.date_added),
        "additionalEmails": [{"email": email} for email in contact.additional_emails],
        "additionalPhones": [],
        "phone": contact.phone or None,
        "companyName": contact.company_name or None,
        "dateUpdated": iso(contact.date_updated),
        "city": contact.city,
        "dateOfBirth": contact.date_of_birth,
        "firstName": contact.first_name or None,
        "firstNameLowerCase": _lower(contact.first_name),
        "lastName": contact.last_name or None,
        "lastNameLowerCase": _lower(contact.last_name),
        "contactName": _lower(contact.full_name),
        "email": _lower(contact.email),
        "assignedTo": contact.assigned_to,
        "followers": [],
        "validEmail": None,
        "businessId": None,
        "timezone": contact.timezone,
        "postalCode": contact.postal_code,
        "opportunities": [],
        "attributionSource": _attribution(contact),
        "lastAttributionSource": {},
    }


def contact_body(contact: Contact) -> dict[str, Any]:
    """GET /contacts/{id}: spelling as typed with lower-case twins; a key without a value is absent, not null."""
    texts = {
        "firstName": contact.first_name,
        "firstNameLowerCase": _lower(contact.first_name),
        "fullNameLowerCase": _lower(contact.full_name),
        "lastName": contact.last_name,
        "lastNameLowerCase": _lower(contact.last_name),
        "email": contact.email,
        "emailLowerCase": _lower(contact.email),
        "phone": contact.phone,
        "country": contact.country,
        "companyName": contact.company_name,
        "source": contact.source,
        "assignedTo": contact.assigned_to,
        "address1": contact.address1,
        "city": contact.city,
        "state": contact.state,
        "postalCode": contact.postal_code,
        "website": contact.website,
        "timezone": contact.timezone,
        "dateOfBirth": contact.date_of_birth,
        "dnd": contact.dnd or None,
        "dndSettings": contact.dnd_settings or None,
    }
    return {
        "id": contact.id,
        "dateAdded": iso(contact.date_added),
        "dateUpdated": iso(contact.date_updated),
        "tags": list(contact.tags),
        "type": contact.type,
        "locationId": contact.location_id,
        **{key: value for key, value in texts.items() if value},
        "followers": [],
        "customFields": _custom_fields(contact),
        "attributionSource": _attribution(contact),
        "additionalEmails": [{"email": email} for email in contact.additional_emails],
        "additionalPhones": [],
    }


def created_body(contact: Contact) -> dict[str, Any]:
    """POST /contacts/ answers fewer lists than GET and says who created the contact."""
    body = contact_body(contact)
    for key in ("followers", "additionalEmails", "additionalPhones"):
        del body[key]
    stamp = {"source": "INTEGRATION", "channel": "OAUTH", "sourceId": "sandbox-app", "timestamp": body["dateAdded"]}
    return {**body, "deleted": False, "createdBy": stamp}


def list_meta(
    base_url: str, location_id: str, limit: int, total: int, cursor: tuple[int, str] | None
) -> dict[str, Any]:
    """The list's ``meta``, which never says that it is over: nextPage is always 2 and a next address always there."""
    query: dict[str, Any] = {"limit": limit, "locationId": location_id}
    if cursor:
        query |= {"startAfter": cursor[0], "startAfterId": cursor[1]}
    return {
        "total": total,
        "nextPageUrl": f"{base_url}/contacts/?{urlencode(query)}",
        "startAfterId": cursor[1] if cursor else None,
        "startAfter": cursor[0] if cursor else None,
        "currentPage": 1,
        "nextPage": 2,
        "prevPage": None,
    }


def message_shape(message: Message) -> dict[str, Any]:
    """A message inside a conversation: no attachments, no contentType, no from or to; seconds only when connected."""
    shape: dict[str, Any] = {
        "id": message.id,
        "direction": message.direction,
        "status": message.status,
        "type": TYPE_NUMBERS.get(message.kind, 0),
        "locationId": message.location_id,
        "contactId": message.contact_id,
        "conversationId": message.conversation_id,
        "dateAdded": iso(message.date_added),
        "dateUpdated": iso(message.date_updated),
        "source": message.source,
    }
    if message.is_call:
        duration = {} if message.duration is None else {"duration": message.duration}
        shape["meta"] = {"call": {**duration, "status": message.call_status or message.status}}
    if message.alt_id:
        shape["altId"] = message.alt_id
    shape["messageType"] = message.kind
    if message.user_id:
        shape["userId"] = message.user_id
    if message.body:
        shape["body"] = message.body
    return shape


def message_json(message: Message) -> bytes:
    """The message as an export page has it. Kept for the next page."""
    if message.json is None:
        extra = {"attachments": [], "body": message.body, "contentType": "text/plain"}
        message.json = dump({**message_shape(message), **extra})
    return message.json


def conversation_shape(conversation: Conversation, contact: Contact) -> dict[str, Any]:
    """A hit of GET /conversations/search; ``sort`` is what the next page starts after."""
    first, last = conversation.messages[0], conversation.messages[-1]
    return {
        "id": conversation.id,
        "locationId": contact.location_id,
        "dateAdded": first.date_added,
        "dateUpdated": last.date_updated,
        "lastMessageDate": last.date_added,
        "lastMessageType": last.kind,
        "lastMessageBody": last.body,
        "lastMessageDirection": last.direction,
        "lastOutboundMessageAction": "manual",
        "lastManualMessageDate": last.date_added,
        "unreadCount": 0,
        "contactId": contact.id,
        "fullName": contact.full_name,
        "contactName": contact.full_name,
        "companyName": contact.company_name,
        "email": _lower(contact.email),
        "phone": contact.phone,
        "tags": list(contact.tags),
        "type": "TYPE_PHONE",
        "scoring": [],
        "attributed": None,
        "sort": [last.date_added],
    }
