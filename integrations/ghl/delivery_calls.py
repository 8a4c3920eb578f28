"""Reading a phone call out of a delivery."""

import math
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from integrations.ghl import delivery_aliases as names
from integrations.ghl.call_payloads import CallStatus, Sentence, call_status
from integrations.ghl.delivery_fields import DeliveryFields, Told, decoded, is_absent, plain_name, text_of
from integrations.ghl.delivery_payloads import CallDelivery, CallNews, ContactHint
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.json_values import clean, duration_of, instant_of

VOICEMAIL_TYPES = ("10", "voicemail", "typevoicemail", "campaignvoicemail", "typecampaignvoicemail")
NOT_LEFT = (CallStatus.FAILED, CallStatus.CANCELED, CallStatus.PENDING)  # a voicemail drop that left no message
NOBODY_THERE = (CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.FAILED, CallStatus.CANCELED)
CARRIER_ID = re.compile(r"CA[0-9a-f]{32}")  # the carrier's own, which people send as "call id" too
SPOKEN_LENGTH = re.compile(  # "3 min 34 sec", "1h 2m 5s"
    r"(?:(\d{1,3}) ?h(?:ours?|rs?)?)? ?(?:(\d{1,3}) ?m(?:in(?:ute)?s?)?)? ?(?:(\d{1,5}) ?s(?:ec(?:ond)?s?)?)?"
)
ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
DEEPEST_SUMMARY = 10
FIRST_YEAR, LAST_YEAR = 2000, 2100  # a call outside was not dated but misread


def read_call(fields: DeliveryFields, kind: CallNews, location_id: str = "") -> CallDelivery:
    """The call that a delivery tells of. `location_id`: whose delivery it is, if it does not say so itself.

    Raises UnexpectedPayload when no location is known, or nothing to find the call by: a message id, a contact id or a
    phone number.
    """
    status, as_sent = _status(fields)
    call = CallDelivery(  # in this order: what was odd is known when all is read
        kind=kind,
        location_id=fields.first_id(names.LOCATION_ID) or location_id,
        message_id=_message_id(fields, kind),
        alt_id=_alt_id(fields),
        contact_id=fields.first_id(names.CONTACT_ID),
        conversation_id=fields.first_id(names.CONVERSATION_ID),
        status=status,
        status_as_sent=as_sent,
        direction=_direction(fields),
        duration=_duration(fields, status),
        placed_at=fields.first(names.PLACED_AT, _instant, "a date that makes sense"),
        from_number=fields.text(names.FROM_NUMBER),
        to_number=fields.text(names.TO_NUMBER),
        user_id=fields.first_id(names.USER_ID),
        agent_name=_agent_name(fields),
        # Where the BDR's pick is why the workflow ran, a contact's custom field that holds it is fresh.
        disposition_as_sent=fields.text(names.DISPOSITION, labels=kind is CallNews.DISPOSITION),
        notes=fields.text(names.NOTES, labels=kind is CallNews.DISPOSITION),
        transcript=fields.first(names.TRANSCRIPT, _transcript, "a transcript") or "",
        recording_url=fields.first(names.RECORDING_URL, _address, "an http address") or "",
        ai_summary=fields.first(names.AI_SUMMARY, _summary, "an object"),
        contact=_hint(fields),
        remarks=fields.remarks,
    )
    if not call.location_id:
        raise UnexpectedPayload(detail="the call delivery names no location (locationId, location_id or location.id)")
    if not (call.message_id or call.contact_id or call.contact_phone or call.from_number or call.to_number):
        raise UnexpectedPayload(
            detail="the call delivery names neither the call (messageId) nor the contact (contact_id) nor a phone"
        )
    return call


def says_how_it_ended(fields: DeliveryFields) -> bool:
    """Whether any status told is one of a call's."""
    return any(call_status(word) is not CallStatus.OTHER for word in _status_words(fields))


# ---------------------------------------------------------------- which call, and how it went


def _message_id(fields: DeliveryFields, kind: CallNews) -> str:
    """GHL's id of the call. Root `id` is one only in the app's deliveries: in a workflow's it is an opportunity's."""
    last = ("id",) if kind is CallNews.MESSAGE else ()
    found = chain(fields.ids(names.MESSAGE_ID), fields.ids(names.CALL_ID), fields.ids(last))
    return next((value for value in found if not CARRIER_ID.fullmatch(value)), "")


def _alt_id(fields: DeliveryFields) -> str:
    strays = (value for value in fields.ids(names.CALL_ID) if CARRIER_ID.fullmatch(value))
    return fields.first_id(names.ALT_ID) or next(strays, "")


def _status_words(fields: DeliveryFields) -> list[str]:
    """`callStatus` first: an outbound call that reached a voicemail box has status "completed" beside it
    (highlevel-api-docs, OutboundMessage).
    """
    told = [*fields.values(names.CALL_STATUS), *fields.values(names.STATUS)]
    return [word for word in (text_of(each.value) for each in told) if word]


def _status(fields: DeliveryFields) -> tuple[CallStatus | None, str]:
    words = _status_words(fields)
    # A word that says how it ended beats one that says it goes on, and any word we know beats one we do not.
    words.sort(key=lambda word: {CallStatus.OTHER: 2, CallStatus.PENDING: 1}.get(call_status(word), 0))
    as_sent = words[0] if words else ""
    status = call_status(as_sent) if as_sent else None
    if status not in NOT_LEFT and any(_is_voicemail(told) for told in fields.values(names.MESSAGE_TYPE)):
        status = CallStatus.VOICEMAIL
    return status, as_sent


def _is_voicemail(told: Told) -> bool:
    return plain_name(text_of(told.value) or "") in VOICEMAIL_TYPES


def _direction(fields: DeliveryFields) -> str:
    """`direction` before `type`: InboundMessage has been seen with outbound calls and the other way round."""
    told = fields.first(names.DIRECTION, _direction_word, "inbound or outbound")
    return told or fields.first(names.TYPE, lambda value: _direction_word(value) or "", "text") or ""


def _direction_word(value: Any) -> str | None:
    return names.CALL_DIRECTIONS.get(plain_name(text_of(value) or ""))


def _duration(fields: DeliveryFields, status: CallStatus | None) -> timedelta | None:
    """How long it lasted. GHL has sent 0 for long calls, so 0 counts only where nobody picked up."""
    zero: timedelta | None = None
    for told in fields.values(names.DURATION):
        if (length := _length(told.value)) is None:
            fields.remark(told.path, "not a length of time that makes sense, ignored")
        elif length:
            return length
        else:
            zero = length
    return zero if status in NOBODY_THERE else None


def _length(value: Any) -> timedelta | None:
    if (told := duration_of(value)) is not None or not isinstance(value, str):
        return told
    spoken = SPOKEN_LENGTH.fullmatch(clean(value).lower().replace(",", ""))
    if spoken is None or not any(spoken.groups()):
        return None
    hours, minutes, seconds = (int(part or 0) for part in spoken.groups())
    return duration_of(hours * 3600 + minutes * 60 + seconds)


def _instant(value: Any) -> datetime | None:
    instant = instant_of(value)
    return instant if instant is not None and FIRST_YEAR <= instant.year < LAST_YEAR else None


# ---------------------------------------------------------------- who, and what was said


def _agent_name(fields: DeliveryFields) -> str:
    return fields.text(names.AGENT_NAME) or " ".join(
        part for part in (fields.text(["userfirstname"]), fields.text(["userlastname"])) if part
    )


def _hint(fields: DeliveryFields) -> ContactHint:
    first, last = fields.text(names.FIRST_NAME), fields.text(names.LAST_NAME)
    return ContactHint(
        first_name=first,
        last_name=last,
        full_name=fields.text(names.FULL_NAME) or f"{first} {last}".strip(),
        email=fields.text(names.EMAIL).lower(),
        phone=fields.text(names.PHONE),
        company=fields.text(names.COMPANY),
    )


def _transcript(value: Any) -> str | None:
    """A text as it is; sentences, in any shape the API sends them, one to a line."""
    value = decoded(value)
    if isinstance(value, str | int | float):
        return text_of(value)
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        lines = [text_of(line) or "" for line in value]
    else:
        lines = [sentence.text for sentence in Sentence.parse_all(value)]
    return "\n".join(line for line in lines if line) or None


def _address(value: Any) -> str | None:
    return next((text for text in _texts(value) if ADDRESS.fullmatch(text)), None)


def _texts(value: Any) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        inner = item.get("url") if isinstance(item, Mapping) else item
        yield from (text_of(inner) or "").replace(",", " ").split()


def _summary(value: Any) -> dict[str, Any] | None:
    found = decoded(value)
    return _storable(dict(found), DEEPEST_SUMMARY) if isinstance(found, Mapping) and not is_absent(found) else None


def _storable(value: Any, levels: int) -> Any:
    """What a database keeps of a JSON value: NUL and what is no number go, and so does what lies too deep."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list | Mapping) and not levels:
        return None
    if isinstance(value, list):
        return [_storable(item, levels - 1) for item in value]
    if isinstance(value, Mapping):
        return {clean(str(key)): _storable(item, levels - 1) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value
