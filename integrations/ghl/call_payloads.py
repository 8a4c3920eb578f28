"""What GHL sends about calls: the call message of the Conversations API and the sentences of its transcript."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self

from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.json_values import JsonObject, clean, duration_of, kind_of, number_of, whole_number_of


class CallStatus(StrEnum):
    """How a call ended. "completed" only means that someone or something picked up, a voicemail box included."""

    COMPLETED = "completed"
    NO_ANSWER = "no-answer"
    BUSY = "busy"
    FAILED = "failed"
    CANCELED = "canceled"
    VOICEMAIL = "voicemail"
    PENDING = "pending"
    OTHER = "other"


# GHL's words for it: the documented enum of meta.callStatus, what real calls carry, the labels of the workflow filter
# and of the call report, and the carrier's own words. Compared in lower case, with "_" and blanks as "-".
STATUS_BY_WORD: Mapping[str, CallStatus] = {
    "completed": CallStatus.COMPLETED,
    "complete": CallStatus.COMPLETED,
    "answered": CallStatus.COMPLETED,
    "connected": CallStatus.COMPLETED,
    "no-answer": CallStatus.NO_ANSWER,
    "not-answered": CallStatus.NO_ANSWER,
    "noanswer": CallStatus.NO_ANSWER,
    "unanswered": CallStatus.NO_ANSWER,
    "missed": CallStatus.NO_ANSWER,
    "missed-call": CallStatus.NO_ANSWER,
    "busy": CallStatus.BUSY,
    "failed": CallStatus.FAILED,
    "undelivered": CallStatus.FAILED,
    "canceled": CallStatus.CANCELED,
    "cancelled": CallStatus.CANCELED,
    "voicemail": CallStatus.VOICEMAIL,
    "voice-mail": CallStatus.VOICEMAIL,
    "pending": CallStatus.PENDING,
    "scheduled": CallStatus.PENDING,
    "queued": CallStatus.PENDING,
    "initiated": CallStatus.PENDING,
    "ringing": CallStatus.PENDING,
    "in-progress": CallStatus.PENDING,
}

CALL_WORDS = frozenset(
    {
        "CALL",
        "VOICEMAIL",
        "IVR_CALL",
        "CUSTOM_CALL",
        "CAMPAIGN_CALL",
        "CAMPAIGN_MANUAL_CALL",
        "CAMPAIGN_VOICEMAIL",
    }
)
CALL_NUMBERS = frozenset({1, 8, 10, 13, 24})  # the same, as GHL numbers them; a custom call's number is not known
MESSAGE_ID = ("messageId", "id")
TRANSCRIPT_WRAPPERS = ("transcription", "transcriptions", "transcripts", "transcript", "sentences")


def call_status(word: str) -> CallStatus:
    """Our word for a call status of GHL; OTHER for one we do not know."""
    return STATUS_BY_WORD.get("-".join(word.lower().replace("_", " ").replace("-", " ").split()), CallStatus.OTHER)


@dataclass(frozen=True, slots=True)
class CallMessage:
    """One phone call, as a message of a conversation (highlevel-api-docs issues 54, 110, 214, 258).

    `duration` is None unless GHL says how long the call lasted, which it does only for calls that were picked up.
    `placed_at` is GHL's `dateAdded` (UTC), `alt_id` the carrier's own id. The numbers, the user who dialled and the
    recording's address are often missing. `status_as_sent` keeps GHL's word when `status` is OTHER, too.
    """

    message_id: str
    contact_id: str = ""
    conversation_id: str = ""
    location_id: str = ""
    direction: str = ""  # "inbound", "outbound" or ""
    status: CallStatus = CallStatus.OTHER
    status_as_sent: str = ""
    duration: timedelta | None = None
    placed_at: datetime | None = None
    user_id: str = ""
    alt_id: str = ""
    from_number: str = ""
    to_number: str = ""
    recording_urls: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def has_ended(self) -> bool:
        """Whether the status is final. A call can be exported while it still rings: read it again later then."""
        return self.status is not CallStatus.PENDING

    @classmethod
    def parse(cls, raw: Any) -> Self:
        """Reads a call from the Conversations API, or the flat one of a marketplace-app delivery.

        Raises UnexpectedPayload when it is no object or has no usable id; nothing else about it can stop it.
        """
        given = JsonObject(raw, "call message")
        meta = given.inner("meta")
        call = meta.inner("call")
        status, as_sent = _status(given, meta, call)
        return cls(
            message_id=given.identifier(*MESSAGE_ID),
            contact_id=given.text("contactId"),
            conversation_id=given.text("conversationId"),
            location_id=given.text("locationId"),
            direction=_direction(given),
            status=status,
            status_as_sent=as_sent,
            duration=_duration(given, meta, call),
            placed_at=given.instant("dateAdded"),
            user_id=given.text("userId"),
            alt_id=given.text("altId"),
            from_number=_number(given, call, "from"),
            to_number=_number(given, call, "to"),
            recording_urls=tuple(text for text in given.texts("attachments", "url") if _is_address(text)),
            remarks=(*given.remarks, *meta.remarks, *call.remarks),
        )

    @staticmethod
    def ids_of(raw: Any) -> tuple[str, str]:
        """The ids of a call and of its contact, as `parse` reads them, in a fifth of the time; raises as it does."""
        given = JsonObject(raw, "call message")
        return given.identifier(*MESSAGE_ID), given.text("contactId")

    @staticmethod
    def is_call(raw: Any) -> bool:
        """Whether a message of a conversation is a phone call of any kind, voicemail included."""
        if not isinstance(raw, Mapping):
            return False
        for key in ("messageType", "messageTypeString", "messageTypeId", "type"):
            value = raw.get(key)
            number = whole_number_of(value)
            if number is not None:
                return number in CALL_NUMBERS
            if isinstance(value, str) and value.strip() and key != "messageTypeId":
                return _type_word(value) in CALL_WORDS
        return False


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a transcript. Times are in seconds from the start (the published spec says milliseconds,
    real answers are seconds). `speaker` 0 is the dialling side; `channel` is the carrier's, 1 being the calling party.
    """

    index: int
    text: str
    speaker: int | None = None
    channel: int | None = None
    start_seconds: float | None = None
    end_seconds: float | None = None
    confidence: float | None = None

    @classmethod
    def parse_all(cls, raw: Any) -> list[Self]:
        """A whole transcript, in the order it was spoken; sentences without text are left out.

        Accepts the list that GHL sends, the single object of its spec and the wrappers that other clients met. Raises
        UnexpectedPayload when it is none of these.
        """
        sentences = [cls._parse(item, place) for place, item in enumerate(_sentences(raw)) if isinstance(item, Mapping)]
        return sorted((sentence for sentence in sentences if sentence.text), key=lambda sentence: sentence.index)

    @classmethod
    def _parse(cls, raw: Mapping[str, Any], place: int) -> Self:
        given = JsonObject(raw, "sentence")
        index = whole_number_of(raw.get("sentenceIndex"))
        return cls(
            index=place if index is None else index,
            text=given.text("transcript", "text", "sentence"),
            speaker=whole_number_of(raw.get("speaker")),
            channel=whole_number_of(raw.get("mediaChannel")),
            start_seconds=number_of(raw.get("startTime")),
            end_seconds=number_of(raw.get("endTime")),
            confidence=number_of(raw.get("confidence")),
        )


def _sentences(raw: Any) -> list[Any]:
    if raw is None:
        return []
    if isinstance(raw, list):
        return raw
    if not isinstance(raw, Mapping):
        raise UnexpectedPayload(detail=f"a transcript should be a list of sentences, but this is {kind_of(raw)}")
    for key in TRANSCRIPT_WRAPPERS:
        if isinstance(raw.get(key), list):
            wrapped: list[Any] = raw[key]
            return wrapped
    return [raw]


def _status(given: JsonObject, meta: JsonObject, call: JsonObject) -> tuple[CallStatus, str]:
    """The most telling of the statuses. An outbound call that reached a voicemail box has status "completed" and
    callStatus "voicemail" (highlevel-api-docs, OutboundMessage), so the call's own word comes first.
    """
    words = (given.text("callStatus"), call.text("status"), meta.text("callStatus"), given.text("status"))
    said = [word for word in words if word]
    # A word that says how it ended beats one that says it goes on, and any word we know beats one we do not.
    said.sort(key=lambda word: {CallStatus.OTHER: 2, CallStatus.PENDING: 1}.get(call_status(word), 0))
    as_sent = said[0] if said else ""
    return call_status(as_sent), as_sent


def _duration(given: JsonObject, meta: JsonObject, call: JsonObject) -> timedelta | None:
    """`meta.call.duration` is what GHL sends, as a number; its spec has `meta.callDuration`, a text."""
    for part, name in ((call, "duration"), (meta, "callDuration"), (given, "callDuration")):
        value = part.get(name)
        if value is None or value == "":
            continue
        duration = duration_of(value)
        if duration is not None:
            return duration
        part.remark(name, "not a length of time that makes sense, ignored")
    return None


def _direction(given: JsonObject) -> str:
    word = given.text("direction").lower()
    if word in ("", "inbound", "outbound"):
        return word
    given.remark("direction", "neither inbound nor outbound, ignored")
    return ""


def _number(given: JsonObject, call: JsonObject, field: str) -> str:
    if given.get(field) == {}:  # custom call providers send empty objects
        return call.text(field)
    return given.text(field) or call.text(field)


def _is_address(text: str) -> bool:
    return text.lower().startswith(("https://", "http://"))


def _type_word(value: str) -> str:
    return clean(value).upper().replace(" ", "_").removeprefix("TYPE_")
