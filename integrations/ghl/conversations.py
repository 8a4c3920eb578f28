"""The conversation endpoints of GHL (highlevel-api-docs, apps/conversations.json), as functions over a Wire."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from integrations.ghl.errors import GarbledAnswer, GHLError, NotFound, RequestRejected, UnexpectedPayload
from integrations.ghl.paging import Page, count_in, walk_is_over
from integrations.ghl.payloads import CallMessage, Sentence
from integrations.ghl.wire import ApiRequest, Wire, is_web_page

VERSION = "2021-04-15"  # the Version that the published spec has for this family, whatever the contacts are asked with

CONVERSATIONS_PAGE = 100
MESSAGES_PAGE = 100
LARGEST_RECORDING = 1024**3  # bytes; about 1 MB a minute
NO_SUCH_THING = (404, 422)  # and 400 with a telling code: the call has no recording, or no transcript (yet)


@dataclass(frozen=True, slots=True)
class Recording:
    """A call's recording, arriving. `chunks` can be read once, inside the `with` that opened it."""

    content_type: str
    size: int | None  # bytes, where GHL says so
    chunks: Iterator[bytes] = field(repr=False)


def of_contact(wire: Wire, location_id: str, contact_id: str) -> list[dict[str, Any]]:
    """GET /conversations/search, all pages: the contact's conversations, each once, latest first."""
    found: dict[str, dict[str, Any]] = {}
    cursor: Any = None
    while True:
        page = _search_page(wire, location_id, contact_id, cursor)
        before = len(found)
        for item in page.items:
            if isinstance(item, Mapping) and isinstance(item.get("id"), str):
                found.setdefault(item["id"], dict(item))
        over = walk_is_over(
            returned=len(page.items) if len(found) > before else 0,  # nothing but known ones is as good as nothing
            limit=CONVERSATIONS_PAGE,
            seen=len(found),
            total=page.total,
            cursor=page.cursor,
            previous_cursor=cursor,
        )
        if over:
            return list(found.values())
        cursor = page.cursor


def _search_page(wire: Wire, location_id: str, contact_id: str, start_after_date: Any) -> Page:
    params: dict[str, Any] = {"locationId": location_id, "contactId": contact_id, "limit": CONVERSATIONS_PAGE}
    if start_after_date is not None:
        params["startAfterDate"] = start_after_date
    request = ApiRequest("GET", "/conversations/search", VERSION, params)
    answer = wire.json_object(request)
    items = _list_in(request, answer, "conversations")
    return Page(items=items, cursor=_date_of_last(items), total=count_in(answer.get("total")))


def _date_of_last(items: list[Any]) -> Any:
    """What `startAfterDate` takes: the last conversation's `sort` value, which the published spec forgets."""
    last = items[-1] if items and isinstance(items[-1], Mapping) else {}
    sort = last.get("sort")
    return sort[0] if isinstance(sort, list) and sort else last.get("lastMessageDate")


def messages_page(wire: Wire, conversation_id: str, last_message_id: str | None) -> Page:
    """GET /conversations/{id}/messages: newest first. The envelope is nested in reality and flat in the spec."""
    params: dict[str, Any] = {"limit": MESSAGES_PAGE}
    if last_message_id is not None:
        params["lastMessageId"] = last_message_id
    request = ApiRequest("GET", f"/conversations/{quote(conversation_id, safe='')}/messages", VERSION, params)
    answer = wire.json_object(request)
    inner = answer.get("messages")
    envelope = inner if isinstance(inner, Mapping) else answer
    items = _list_in(request, envelope, "messages")
    return Page(items=items, cursor=_next_message_id(envelope, items))


def _next_message_id(envelope: Mapping[str, Any], items: list[Any]) -> str | None:
    if envelope.get("nextPage") in (False, "false", 0):
        return None
    last = items[-1] if items and isinstance(items[-1], Mapping) else {}
    cursor = envelope.get("lastMessageId") or last.get("id")
    return cursor if isinstance(cursor, str) else None


def calls_in(wire: Wire, conversation_id: str) -> list[dict[str, Any]]:
    """All pages of a conversation's messages, of which the calls, each once.

    The endpoint's own `type=TYPE_CALL` filter is not used: it would leave out the IVR and campaign calls.
    """
    seen: dict[str, Any] = {}
    cursor: str | None = None
    while True:
        page = messages_page(wire, conversation_id, cursor)
        before = len(seen)
        for place, item in enumerate(page.items, start=before):
            key = item.get("id") if isinstance(item, Mapping) else None
            seen.setdefault(key if isinstance(key, str) else f"without id {place}", item)
        new = len(seen) - before
        if walk_is_over(
            returned=new, limit=None, seen=len(seen), total=None, cursor=page.cursor, previous_cursor=cursor
        ):
            return [dict(item) for item in seen.values() if CallMessage.is_call(item)]
        cursor = page.cursor


def exported_calls(
    wire: Wire,
    location_id: str,
    limit: int,
    cursor: str | None,
    start: datetime | None,
    end: datetime | None,
    sort_by: str,
) -> Page:
    """GET /conversations/messages/export, calls only, oldest first. The cursor dies two minutes after its last use."""
    params: dict[str, Any] = {
        "locationId": location_id,
        "channel": "Call",
        "limit": limit,
        "sortBy": sort_by,
        "sortOrder": "asc",
    }
    asked = {"cursor": cursor, "startDate": _iso(start), "endDate": _iso(end)}
    params |= {name: value for name, value in asked.items() if value is not None}
    request = ApiRequest("GET", "/conversations/messages/export", VERSION, params)
    answer = wire.json_object(request)
    following = answer.get("nextCursor")
    return Page(
        items=_list_in(request, answer, "messages"),
        cursor=following if isinstance(following, str) and following else None,
        total=count_in(answer.get("total")),
    )


def message(wire: Wire, message_id: str) -> dict[str, Any]:
    """GET /conversations/messages/{id}: wrapped in `message` in reality, bare in the spec."""
    request = ApiRequest("GET", f"/conversations/messages/{quote(message_id, safe='')}", VERSION)
    answer = wire.json_object(request)
    inner = answer.get("message", answer)
    if not isinstance(inner, Mapping) or not inner.get("id"):
        raise GarbledAnswer(str(request), detail="it has no message with an id")
    return dict(inner)


def transcription(wire: Wire, location_id: str, message_id: str) -> list[Sentence] | None:
    """The call's transcript; None when there is none, which GHL does not tell from "not yet"."""
    request = ApiRequest("GET", _transcription_path(location_id, message_id), VERSION)
    try:
        return Sentence.parse_all(wire.json(request)) or None
    except UnexpectedPayload as exc:
        raise GarbledAnswer(str(request), detail=exc.detail) from exc
    except (NotFound, RequestRejected) as refusal:
        if _means_none(refusal):
            return None
        raise


def transcription_text(wire: Wire, location_id: str, message_id: str) -> str | None:
    """The call's transcript as the plain text that GHL offers for download; None when there is none (yet)."""
    path = f"{_transcription_path(location_id, message_id)}/download"
    try:
        return wire.text(ApiRequest("GET", path, VERSION, accept="text/plain")).strip() or None
    except (NotFound, RequestRejected) as refusal:
        if _means_none(refusal):
            return None
        raise


@contextmanager
def recording(wire: Wire, location_id: str, message_id: str) -> Iterator[Recording | None]:
    """Opens the call's recording for reading piece by piece; None when the call was not recorded."""
    path = f"/conversations/messages/{quote(message_id, safe='')}/locations/{quote(location_id, safe='')}/recording"
    request = ApiRequest("GET", path, VERSION, accept="*/*")
    try:
        response = wire.open(request)
    except (NotFound, RequestRejected) as refusal:
        if not _means_none(refusal):
            raise
        yield None
        return
    with response:
        content_type = response.headers.get("Content-Type", "").strip()
        if is_web_page(response) or "json" in content_type.lower():
            raise GarbledAnswer(str(request), status=response.status_code, detail="it is no recording")
        size = count_in(response.headers.get("Content-Length"))
        yield Recording(content_type, size, wire.chunks(request, response, LARGEST_RECORDING))


def _means_none(refusal: GHLError) -> bool:
    """A 400 means it only with GHL's code for it, or in so many words; a 404 or 422 always does."""
    said = " ".join(refusal.messages).lower()
    told = refusal.canonical_code.endswith("NOT_FOUND") or "does not exist" in said or "not found" in said
    return refusal.status in NO_SUCH_THING or told


def _transcription_path(location_id: str, message_id: str) -> str:
    return f"/conversations/locations/{quote(location_id, safe='')}/messages/{quote(message_id, safe='')}/transcription"


def _iso(instant: datetime | None) -> str | None:
    """As GHL writes dates: 2024-03-27T00:00:00.000Z."""
    if instant is None:
        return None
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _list_in(request: ApiRequest, envelope: Mapping[str, Any], name: str) -> list[Any]:
    items = envelope.get(name)
    if not isinstance(items, list):
        raise GarbledAnswer(str(request), detail=f"it has no list of {name}")
    return items
