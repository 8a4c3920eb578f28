"""The client's conversation and call methods against GHL's example answers."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
import responses
from responses.matchers import query_param_matcher

from integrations.ghl.errors import GarbledAnswer, RequestRejected, ServerFault
from integrations.tests.ghl_cast import API, LOCATION, Clock, new_client, payload

MESSAGES = f"{API}/conversations/v1/messages"
SEARCH = f"{API}/conversations/search"
EXPORT = f"{API}/conversations/messages/export"
TRANSCRIPT = f"{API}/conversations/locations/{LOCATION}/messages/m1/transcription"
RECORDING = f"{API}/conversations/messages/m1/locations/{LOCATION}/recording"
NONE_YET = payload("transcription_400_none")


@pytest.fixture
def client(tmp_path):
    with new_client(tmp_path, Clock()) as client:
        yield client


@pytest.fixture
def wire():
    with responses.RequestsMock() as wire:
        yield wire


def asked(**params):
    return [query_param_matcher({key: value for key, value in params.items() if value is not None})]


def conversation(number, date):
    return {"id": f"v{number}", "sort": [date]}


def test_the_conversations_of_a_contact_are_found(client, wire):
    wire.get(SEARCH, json=payload("conversations_search"))
    assert client.conversation_ids_of("c9HtR4mVx2QpLs7KdZ1B") == ["v5RbN1zXq8HdGk3LpT7Y"]


def test_all_pages_of_conversations_are_read_and_each_conversation_once(client, wire):
    first = {"conversations": [conversation(1, 900), conversation(2, 800)], "total": 3}
    second = {"conversations": [conversation(2, 800), conversation(3, 700)], "total": 3}
    base = {"locationId": LOCATION, "contactId": "c1", "limit": "100"}
    wire.get(SEARCH, json=first, match=asked(**base))
    wire.get(SEARCH, json=second, match=asked(**base, startAfterDate="800"))
    assert client.conversation_ids_of("c1") == ["v1", "v2", "v3"]


def test_a_search_that_repeats_itself_ends(client, wire):
    wire.get(SEARCH, json={"conversations": [conversation(1, 900)], "total": 9})
    assert client.conversation_ids_of("c1") == ["v1"]


def test_a_full_page_that_has_nothing_new_to_say_ends_the_search_too(client, wire):
    dates = iter(range(900, 0, -1))

    def answer(_):
        date = next(dates)
        return 200, {}, json.dumps({"conversations": [conversation(n, date) for n in range(100)]})

    wire.add_callback("GET", SEARCH, answer)
    assert len(client.conversation_ids_of("c1")) == 100
    assert client.requests_made == 2


def test_messages_are_read_nested_and_flat(client, wire):
    nested = payload("conversation_messages_page")
    wire.get(MESSAGES, json=nested)
    wire.get(MESSAGES, json=nested["messages"])
    assert client.messages_page("v1") == client.messages_page("v1")


def message(number, kind="TYPE_CALL"):
    return {"id": f"m{number}", "messageType": kind}


def test_all_pages_of_messages_are_read_for_calls_of_every_kind(client, wire):
    first = [message(1), message(2, "TYPE_SMS"), message(3, "TYPE_IVR_CALL")]
    wire.get(
        MESSAGES,
        json={"messages": {"lastMessageId": "m3", "nextPage": True, "messages": first}},
        match=asked(limit="100"),
    )
    wire.get(
        MESSAGES,
        json={"messages": {"lastMessageId": "m4", "nextPage": False, "messages": [message(3), message(4), "odd"]}},
        match=asked(limit="100", lastMessageId="m3"),
    )
    assert [call["id"] for call in client.call_messages("v1")] == ["m1", "m3", "m4"]


def test_a_conversation_that_repeats_its_page_for_ever_ends(client, wire):
    wire.get(MESSAGES, json={"messages": {"lastMessageId": "m1", "nextPage": True, "messages": [message(1)]}})
    assert len(client.call_messages("v1")) == 1


def test_the_export_asks_for_calls_oldest_first_between_two_instants(client, wire):
    asked_for = {
        "locationId": LOCATION,
        "channel": "Call",
        "limit": "500",
        "sortBy": "createdAt",
        "sortOrder": "asc",
        "startDate": "2026-03-26T22:30:00.000Z",
        "endDate": "2026-03-28T00:00:00.000Z",
    }
    wire.get(EXPORT, json=payload("messages_export_calls"), match=asked(**asked_for))
    start = datetime(2026, 3, 27, tzinfo=timezone(timedelta(hours=1, minutes=30)))
    page = client.export_calls_page(start=start, end=datetime(2026, 3, 28, tzinfo=UTC))
    assert (len(page.items), page.cursor, page.total) == (4, "a748514c-f49e-4fa8-9954-b53afc78d81d", 4)


def test_the_last_page_of_the_export_has_no_cursor(client, wire):
    wire.get(EXPORT, json=payload("messages_export_last_page"))
    assert client.export_calls_page(cursor="x").cursor is None


@pytest.mark.parametrize("answer", [payload("message_get_call"), payload("message_get_call")["message"]])
def test_a_message_is_read_wrapped_and_bare(client, wire, answer):
    wire.get(f"{API}/conversations/messages/m1", json=answer)
    assert client.message("m1")["id"] == "m1Ab2Cd3Ef4Gh5Ij6Kl7"


@pytest.mark.parametrize("answer", [{}, {"message": None}, {"message": "gone"}, []])
def test_an_answer_without_a_message_is_garbled(client, wire, answer):
    wire.get(f"{API}/conversations/messages/m1", json=answer)
    with pytest.raises(GarbledAnswer):
        client.message("m1")


def test_a_transcript_comes_as_sentences(client, wire):
    wire.get(TRANSCRIPT, json=payload("transcription_200"))
    sentences = client.transcription("m1")
    assert sentences is not None
    assert sentences[1].text == "Hi, this is Sam calling about the quote you asked for."


NO_TRANSCRIPT = [
    {"json": NONE_YET, "status": 400},
    {"json": {"message": "Transcription does not exist"}, "status": 400},
    {"json": {"message": "nope"}, "status": 404},
    {"json": {"message": ["nope"]}, "status": 422},
    {"json": []},
    {"json": {"transcripts": []}},
]


@pytest.mark.parametrize("answer", NO_TRANSCRIPT)
def test_no_transcript_yet_is_none_and_asked_once(client, wire, answer):
    wire.get(TRANSCRIPT, **answer)
    assert client.transcription("m1") is None
    assert client.requests_made == 1


def test_another_refusal_is_not_taken_for_no_transcript(client, wire):
    wire.get(TRANSCRIPT, json={"message": "locationId must be a string"}, status=400)
    with pytest.raises(RequestRejected, match="locationId must be a string"):
        client.transcription("m1")


@pytest.mark.parametrize("answer", [{"json": "words"}, {"json": 3}, {"body": "<html>", "content_type": "text/html"}])
def test_a_transcript_that_is_none_of_the_known_shapes_is_garbled(client, wire, answer):
    wire.get(TRANSCRIPT, **answer)
    with pytest.raises(GarbledAnswer):
        client.transcription("m1")


def test_a_transcript_can_be_had_as_plain_text(client, wire):
    wire.get(f"{TRANSCRIPT}/download", body="Sam: Hello?\n", content_type="text/plain")
    assert client.transcription_text("m1") == "Sam: Hello?"


@pytest.mark.parametrize("answer", [{"json": NONE_YET, "status": 400}, {"body": " "}, {"body": "", "status": 404}])
def test_no_plain_text_yet_is_none(client, wire, answer):
    wire.get(f"{TRANSCRIPT}/download", **answer)
    assert client.transcription_text("m1") is None


def test_a_recording_arrives_piece_by_piece(client, wire):
    wire.get(RECORDING, body=b"RIFF" + bytes(200_000), content_type="audio/x-wav")
    with client.recording("m1") as recording:
        pieces = list(recording.chunks)
    assert recording.content_type == "audio/x-wav"
    assert (len(pieces) > 1, len(b"".join(pieces))) == (True, 200_004)


@pytest.mark.parametrize("status", [404, 422])
def test_a_call_without_a_recording_has_none(client, wire, status):
    wire.get(RECORDING, json={"message": "no recording"}, status=status)
    with client.recording("m1") as recording:
        assert recording is None


@pytest.mark.parametrize("kind", ["text/html; charset=utf-8", "application/json"])
def test_a_page_is_not_taken_for_a_recording(client, wire, kind):
    wire.get(RECORDING, body="{}", content_type=kind)
    with pytest.raises(GarbledAnswer, match="no recording"), client.recording("m1"):
        pass


def test_trouble_with_a_recording_is_not_taken_for_its_absence(client, wire):
    wire.get(RECORDING, status=500)
    with pytest.raises(ServerFault), client.recording("m1"):
        pass
