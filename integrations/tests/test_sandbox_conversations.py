"""Conversations, the export of calls, recordings and transcripts."""

import io
import wave
from collections.abc import Iterator
from typing import Any

import pytest

from integrations.sandbox.clock import iso
from integrations.sandbox.records import Message
from integrations.tests.sandbox_cast import DANA, LOCATION, Caller, calling

START = 10**12
LINES = ((1, "Hello?"), (0, "Hi {first}, it's me."), (1, "Wrong number."))


@pytest.fixture
def api() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.fixture
def dana(api: Caller) -> str:
    return api.sandbox.location.add_contact(**DANA).id


def ring(api: Caller, contact_id: str, count: int, **fields: Any) -> list[Message]:
    """Calls one second apart, oldest first."""
    add_call = api.sandbox.location.add_call
    return [add_call(contact_id, date_added=START + number * 1000, **fields) for number in range(count)]


def export(api: Caller, **params: Any) -> Any:
    return api.of_location("/conversations/messages/export", channel="Call", **params)


def ids(messages: list[Any]) -> list[str]:
    return [message["id"] if isinstance(message, dict) else message.id for message in messages]


def transcription(message: Message) -> str:
    return f"/conversations/locations/{LOCATION}/messages/{message.id}/transcription"


def recording(message: Message) -> str:
    return f"/conversations/messages/{message.id}/locations/{LOCATION}/recording"


def test_a_contacts_conversation_is_found_by_its_id(api: Caller, dana: str) -> None:
    last = ring(api, dana, 2)[-1]
    answer = api.of_location("/conversations/search", contactId=dana)
    assert (answer["total"], answer["conversations"][0]["id"]) == (1, last.conversation_id)


def test_a_contact_who_was_never_called_has_no_conversation(api: Caller, dana: str) -> None:
    assert api.of_location("/conversations/search", contactId=dana)["conversations"] == []


def test_conversations_page_by_the_last_hits_sort_value(api: Caller) -> None:
    contacts = [api.sandbox.location.add_contact().id for _ in range(3)]
    for number, contact_id in enumerate(contacts):
        api.sandbox.location.add_call(contact_id, date_added=START + number)
    first = api.of_location("/conversations/search", limit=2)["conversations"]
    rest = api.of_location("/conversations/search", limit=2, startAfterDate=first[-1]["sort"][0])["conversations"]
    assert [each["contactId"] for each in first + rest] == contacts[::-1]


def test_more_than_a_hundred_conversations_at_once_are_refused(api: Caller) -> None:
    assert api.of_location("/conversations/search", limit=101)["statusCode"] == 422


def test_messages_are_nested_and_page_by_the_last_message_id(api: Caller, dana: str) -> None:
    calls = ring(api, dana, 3)
    path = f"/conversations/{calls[0].conversation_id}/messages"
    first = api.get(path, limit=2)["messages"]
    second = api.get(path, limit=2, lastMessageId=first["lastMessageId"])["messages"]
    assert ids(first["messages"] + second["messages"]) == ids(calls[::-1])
    assert (first["nextPage"], second["nextPage"]) == (True, False)


def test_a_call_that_did_not_connect_has_no_duration(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, status="no-answer")
    assert api.get(f"/conversations/messages/{call.id}")["message"]["meta"] == {"call": {"status": "no-answer"}}


def test_a_duration_is_a_number_of_seconds(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, duration=37)
    assert api.get(f"/conversations/messages/{call.id}")["message"]["meta"]["call"]["duration"] == 37


def test_an_inbound_call_without_an_agent_has_no_user_id(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, direction="inbound")
    assert "userId" not in api.get(f"/conversations/messages/{call.id}")["message"]


def test_the_export_walks_all_calls_newest_first_and_ends_with_null(api: Caller, dana: str) -> None:
    calls, seen, cursor = ring(api, dana, 25), [], ""
    while cursor is not None:
        page = export(api, limit=10, **({"cursor": cursor} if cursor else {}))
        seen, cursor = seen + ids(page["messages"]), page["nextCursor"]
    assert (seen, page["total"]) == (ids(calls[::-1]), 25)


def test_the_export_of_calls_leaves_out_texts_and_activities(api: Caller, dana: str) -> None:
    (call,) = ring(api, dana, 1)
    ring(api, dana, 1, kind="TYPE_SMS")
    ring(api, dana, 1, kind="TYPE_ACTIVITY_CONTACT")
    assert ids(export(api)["messages"]) == [call.id]


@pytest.mark.parametrize("limit", [9, 501])
def test_an_export_page_has_ten_to_five_hundred_messages(api: Caller, limit: int) -> None:
    assert export(api, limit=limit)["statusCode"] == 422


def test_a_cursor_lives_for_two_minutes_after_its_last_use(api: Caller, dana: str) -> None:
    ring(api, dana, 25)
    cursor = export(api, limit=10)["nextCursor"]
    api.sandbox.clock.advance(119)
    assert len(export(api, limit=10, cursor=cursor)["messages"]) == 10
    api.sandbox.clock.advance(119)
    assert len(export(api, limit=10, cursor=cursor)["messages"]) == 10
    api.sandbox.clock.advance(121)
    assert export(api, limit=10, cursor=cursor)["statusCode"] == 400


def test_the_export_is_bounded_by_dates(api: Caller, dana: str) -> None:
    calls = ring(api, dana, 4)
    page = export(api, startDate=iso(START + 1000), endDate=iso(START + 2000), sortOrder="asc")
    assert ids(page["messages"]) == ids(calls[1:3])


def test_a_call_that_changed_comes_last_by_updated_at(api: Caller, dana: str) -> None:
    calls = ring(api, dana, 3)
    api.sandbox.location.change_call(calls[0].id, status="completed", duration=60)
    page = export(api, sortBy="updatedAt", sortOrder="asc")
    assert page["messages"][-1]["meta"]["call"] == {"duration": 60, "status": "completed"}


def test_the_export_of_one_contact_has_no_others(api: Caller, dana: str) -> None:
    ring(api, api.sandbox.location.add_contact().id, 2)
    calls = ring(api, dana, 2)
    assert ids(export(api, contactId=dana)["messages"]) == ids(calls[::-1])


def test_a_call_that_arrives_during_the_walk_does_not_shift_it(api: Caller, dana: str) -> None:
    calls = ring(api, dana, 20)
    cursor = export(api, limit=10)["nextCursor"]
    api.sandbox.location.add_call(dana)
    assert ids(export(api, limit=10, cursor=cursor)["messages"]) == ids(calls[9::-1])


def test_a_transcript_is_an_array_with_times_in_seconds_in_the_order_of_sentence_index(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, duration=20, transcript=LINES)
    said = api.get(transcription(call))
    assert [(each["sentenceIndex"], each["speaker"]) for each in said] == [(0, 1), (1, 0), (2, 1)]
    assert 0 < said[0]["startTime"] < said[0]["endTime"] < said[1]["startTime"] < 20
    assert said[1]["transcript"] == "Hi Dana, it's me."


def test_a_transcript_downloads_as_plain_text(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, transcript=LINES)
    answer = api("GET", transcription(call) + "/download")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert answer.headers["Content-Disposition"] == 'Attachment; filename="transcription.txt"'
    assert "Wrong number." in answer.text


def test_a_call_without_a_transcript_is_a_400_until_there_is_one(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, duration=172)
    assert api("GET", transcription(call)).status_code == 400
    api.sandbox.location.change_call(call.id, transcript=LINES)
    assert api("GET", transcription(call)).status_code == 200


def test_a_recording_is_a_sound_file(api: Caller, dana: str) -> None:
    call = api.sandbox.location.add_call(dana, recorded=True)
    answer = api("GET", recording(call))
    with wave.open(io.BytesIO(answer.content)) as sound:
        assert (answer.headers["Content-Type"], sound.getnframes()) == ("audio/x-wav", sound.getframerate())


def test_a_call_that_was_not_recorded_is_a_422(api: Caller, dana: str) -> None:
    assert api("GET", recording(api.sandbox.location.add_call(dana))).status_code == 422


def test_a_removed_call_takes_its_empty_conversation_along(api: Caller, dana: str) -> None:
    (call,) = ring(api, dana, 1)
    api.sandbox.location.remove_call(call.id)
    assert api.of_location("/conversations/search", contactId=dana)["total"] == 0
