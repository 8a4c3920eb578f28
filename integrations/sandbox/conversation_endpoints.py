"""/conversations: search, messages, the export of calls, recordings and transcripts."""

from bisect import bisect_left, bisect_right

from integrations.sandbox import shapes
from integrations.sandbox.answers import Answer, Refusal, joined, ok, unprocessable
from integrations.sandbox.clock import parse_iso
from integrations.sandbox.exports import Position
from integrations.sandbox.records import CHANNELS, Conversation, Message
from integrations.sandbox.routing import ApiCall, route
from integrations.sandbox.store import Location, Row
from integrations.sandbox.transcripts import sentences, spoken_lines, wav

SORTS = {"createdAt": "date_added", "updatedAt": "date_updated"}
QUESTION = ("channel", "sortBy", "sortOrder", "conversationId", "contactId", "startDate", "endDate")
HIT_FILTERS = ("lastMessageType", "lastMessageDirection", "startDate", "endDate")
EXPORTED = tuple(kind for kinds in CHANNELS.values() for kind in kinds if kind != "TYPE_EMAIL")


def search_conversations(call: ApiCall) -> Answer:
    """Latest first unless ``sort=asc``; the next page starts after ``startAfterDate``, the last hit's ``sort[0]``."""
    location = call.queried_location()
    limit = call.number("limit", 20, 1, 100)
    ascending = call.request.query.get("sort") == "asc"
    hits = _hits(call, location, ascending)
    page = _after(hits, call.number("startAfterDate", 0, 0, 10**15), ascending)[:limit]
    shown = [(each, location.contacts.get(each.contact_id)) for each in page]
    records = [shapes.dump(shapes.conversation_shape(each, contact)) for each, contact in shown if contact]
    return joined("conversations", records, {"total": len(hits)})


def _hits(call: ApiCall, location: Location, ascending: bool) -> list[Conversation]:
    query = call.request.query

    def find() -> list[Conversation]:
        hits = [each for each in location.conversations.values() if _wanted(call, each)]
        return sorted(hits, key=lambda each: each.messages[-1].date_added, reverse=not ascending)

    if query.get("contactId"):
        conversation = location.conversation_with(query["contactId"])
        return [conversation] if conversation and _wanted(call, conversation) else []
    return location.derived(("conversations", ascending, *(query.get(name) for name in HIT_FILTERS)), find)


def _wanted(call: ApiCall, conversation: Conversation) -> bool:
    query, last, first = call.request.query, conversation.messages[-1], conversation.messages[0]
    return (
        query.get("lastMessageType", last.kind) == last.kind
        and query.get("lastMessageDirection", last.direction) == last.direction
        and call.number("startDate", 0, 0, 10**15) <= first.date_added <= call.number("endDate", 10**15, 0, 10**15)
    )


def _after(hits: list[Conversation], date: int, ascending: bool) -> list[Conversation]:
    if not date:
        return hits
    if ascending:
        return [each for each in hits if each.messages[-1].date_added > date]
    return [each for each in hits if each.messages[-1].date_added < date]


def list_messages(call: ApiCall, conversation_id: str) -> Answer:
    """Newest first, nested in ``messages.messages``; goes on after ``lastMessageId`` while ``nextPage``."""
    limit = call.number("limit", 20, 1, 100)
    kinds = [kind for kind in call.request.query.get("type", "").split(",") if kind]
    messages = [
        each for each in reversed(_conversation(call, conversation_id).messages) if not kinds or each.kind in kinds
    ]
    after = call.request.query.get("lastMessageId")
    ids = [each.id for each in messages]
    start = 0 if not after else ids.index(after) + 1 if after in ids else len(ids)
    page = messages[start : start + limit]
    shown = [shapes.message_shape(each) for each in page]
    last_id = page[-1].id if page else after
    more = start + limit < len(messages)
    return ok({"messages": {"lastMessageId": last_id, "nextPage": more, "messages": shown}})


def _conversation(call: ApiCall, conversation_id: str) -> Conversation:
    for location in call.all_locations.values():
        if conversation_id in location.conversations:
            return call.location(location.id).conversations[conversation_id]
    raise Refusal(400, f"Conversation with id {conversation_id} not found", error="Bad Request")


def get_message(call: ApiCall, message_id: str) -> Answer:
    _, message = call.message(message_id)
    return ok({"message": shapes.message_shape(message)})


def export_messages(call: ApiCall) -> Answer:
    """All messages of a channel, newest first unless told. The dates bound ``dateAdded`` whatever it is sorted by."""
    location = call.queried_location()
    query = call.request.query
    limit = call.number("limit", 100, 10, 500)
    if query.get("sortBy", "createdAt") not in SORTS or query.get("sortOrder", "desc") not in ("asc", "desc"):
        raise unprocessable("sortBy must be createdAt or updatedAt", "sortOrder must be asc or desc")
    rows = _exported_rows(call, location)
    descending = query.get("sortOrder", "desc") == "desc"
    question = tuple(query.get(name, "") for name in QUESTION)
    if cursor := query.get("cursor"):
        row = call.cursors.resume(cursor, location.id, question)
        rest = rows[: bisect_left(rows, row)] if descending else rows[bisect_right(rows, row) :]
    else:
        rest = rows
    page = rest[-limit:][::-1] if descending else rest[:limit]
    more = len(rest) > limit
    next_cursor = call.cursors.issue(Position(location.id, question, page[-1])) if more else None
    messages = [message for _, message_id in page if (message := location.messages.get(message_id))]
    records = [shapes.message_json(message) for message in messages]
    return joined("messages", records, {"nextCursor": next_cursor, "total": len(rows)})


def _exported_rows(call: ApiCall, location: Location) -> list[Row]:
    query = call.request.query
    channel = query.get("channel")
    if channel and channel not in ("Call", "SMS", "Email", "WhatsApp", "Instagram", "Facebook"):
        raise unprocessable("channel must be one of the following values: Call, SMS, Email, WhatsApp")
    kinds = CHANNELS.get(channel, ()) if channel else EXPORTED
    start, end = _instant(query, "startDate", 0), _instant(query, "endDate", 10**15)
    by = SORTS[query.get("sortBy", "createdAt")]

    def wanted(message: Message | None) -> bool:
        return message is not None and message.kind in kinds and start <= message.date_added <= end

    def find() -> list[Row]:
        return [row for row in location.message_rows(by) if wanted(location.messages.get(row[1]))]

    if query.get("contactId") or query.get("conversationId"):
        messages = _messages_of(location, query.get("contactId"), query.get("conversationId"))
        return sorted((getattr(each, by), each.id) for each in messages if wanted(each))
    return location.derived(("export", kinds, start, end, by), find)


def _messages_of(location: Location, contact_id: str | None, conversation_id: str | None) -> list[Message]:
    conversation = location.conversations.get(conversation_id) if conversation_id else None
    if contact_id and not conversation_id:
        conversation = location.conversation_with(contact_id)
    if conversation is None or contact_id not in (None, "", conversation.contact_id):
        return []
    return conversation.messages


def _instant(query: dict[str, str], name: str, default: int) -> int:
    try:
        return parse_iso(query[name]) if query.get(name) else default
    except ValueError:
        raise unprocessable(f"{name} must be a valid ISO 8601 date string") from None


def get_recording(call: ApiCall, message_id: str, location_id: str) -> Answer:
    """The call as sound; 422 when it was not recorded."""
    message = _message_in(call, location_id, message_id)
    if not message.recorded:
        raise unprocessable("Recording not found for this message")
    return Answer(200, wav(), "audio/x-wav")


def get_transcription(call: ApiCall, location_id: str, message_id: str) -> Answer:
    """A JSON array of sentences, times in seconds; 400 when there is none, be it not yet or never."""
    return Answer(200, shapes.dump(sentences(_transcript(call, location_id, message_id))))


def download_transcription(call: ApiCall, location_id: str, message_id: str) -> Answer:
    """Plain text as an attachment. How GHL lays out the lines is not known."""
    lines = [f"Speaker {speaker}: {text}" for speaker, text in _transcript(call, location_id, message_id)]
    disposition = {"Content-Disposition": 'Attachment; filename="transcription.txt"'}
    return Answer(200, "\n".join(lines).encode(), "text/plain; charset=utf-8", disposition)


def _transcript(call: ApiCall, location_id: str, message_id: str) -> list[tuple[int, str]]:
    message = _message_in(call, location_id, message_id)
    if not message.transcript:
        raise Refusal(400, "Transcription does not exist", canonicalCode="CONVERSATIONS_MSG_RECORDING_NOT_FOUND")
    location = call.all_locations[location_id]
    return spoken_lines(message, location.contacts.get(message.contact_id))


def _message_in(call: ApiCall, location_id: str, message_id: str) -> Message:
    location = call.location(location_id)
    message = location.messages.get(message_id)
    if message is None:
        raise Refusal(400, f"Message with id {message_id} not found", error="Bad Request")
    return message


ROUTES = [
    route("GET", "/conversations/search", search_conversations),
    route("GET", "/conversations/messages/export", export_messages),
    route("GET", "/conversations/messages/{message_id}", get_message),
    route("GET", "/conversations/messages/{message_id}/locations/{location_id}/recording", get_recording),
    route("GET", "/conversations/locations/{location_id}/messages/{message_id}/transcription", get_transcription),
    route(
        "GET", "/conversations/locations/{location_id}/messages/{message_id}/transcription/download",
        download_transcription,
    ),
    route("GET", "/conversations/{conversation_id}/messages", list_messages),
]  # fmt: skip
