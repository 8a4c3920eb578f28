"""Calls and transcripts as GHL really sends them, and as nobody should send them."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.payloads import CallMessage, CallStatus, Sentence
from integrations.tests.ghl_cast import payload
from integrations.tests.test_ghl_contact_payloads import JSON

CALL_KEYS = [
    *payload("message_get_call")["message"],
    "callStatus",
    "callDuration",
    "messageId",
    "from",
    "to",
    "attachments",
]


def call(**changes):
    return CallMessage.parse({"id": "m1", **changes})


def test_a_call_of_the_conversations_api_is_read():
    message = CallMessage.parse(payload("message_get_call")["message"])
    assert message == CallMessage(
        message_id="m1Ab2Cd3Ef4Gh5Ij6Kl7",
        contact_id="c9HtR4mVx2QpLs7KdZ1B",
        conversation_id="v5RbN1zXq8HdGk3LpT7Y",
        location_id="Lk7PqZ3vT9sYb2NcXw5R",
        direction="outbound",
        status=CallStatus.COMPLETED,
        status_as_sent="completed",
        duration=timedelta(seconds=214),
        placed_at=datetime(2026, 10, 1, 15, tzinfo=UTC),
        user_id="u2MsF6yKc4VjPa9XeQ8D",
        alt_id="CA7001c9f7e0e6570da7d205418ffa7330",
    )


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("completed", "completed"),
        ("Answered", "completed"),
        ("answered ", "completed"),
        ("connected", "completed"),
        ("No answer", "no-answer"),
        ("no_answer", "no-answer"),
        ("NOT ANSWERED", "no-answer"),
        ("Missed", "no-answer"),
        ("Busy", "busy"),
        ("Failed", "failed"),
        ("canceled", "canceled"),
        ("cancelled", "canceled"),
        ("Voicemail", "voicemail"),
        ("Ringing", "pending"),
        ("in_progress", "pending"),
        ("pending", "pending"),
        ("teleported", "other"),
        ("", "other"),
    ],
)
def test_each_word_for_a_status_has_one_of_ours(word, status):
    message = call(status=word)
    assert (message.status, message.status_as_sent) == (status, word.strip())


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"status": "completed", "callStatus": "voicemail"}, "voicemail"),  # an outbound call that met a voicemail box
        ({"status": "completed", "meta": {"call": {"status": "no-answer"}}}, "no-answer"),
        ({"status": "completed", "meta": {"call": {"status": "ringing"}}}, "completed"),
        ({"status": "busy", "callStatus": "teleported"}, "busy"),
        ({"status": "sent", "meta": {"callStatus": "busy"}}, "busy"),
    ],
)
def test_the_most_telling_status_wins(said, status):
    assert call(**said).status == status


@pytest.mark.parametrize(
    ("fields", "seconds"),
    [
        ({"meta": {"call": {"duration": 37}}}, 37),
        ({"meta": {"call": {"duration": "37"}}}, 37),
        ({"meta": {"call": {"duration": 0}}}, 0),
        ({"meta": {"callDuration": "120"}}, 120),
        ({"callDuration": 61.5}, 61.5),
        ({"callDuration": "1:05"}, 65),
        ({"callDuration": "01:02:05"}, 3725),
        ({"callDuration": ""}, None),
        ({"callDuration": None, "meta": None}, None),
        ({"callDuration": -3}, None),
        ({"callDuration": float("inf")}, None),
        ({"callDuration": 10**400}, None),
        ({"callDuration": "long"}, None),
        ({"callDuration": "1_0"}, None),  # a number to Python only
        ({"meta": {"call": {"duration": []}}, "callDuration": 5}, 5),
    ],
)
def test_the_duration_is_found_wherever_it_is(fields, seconds):
    assert call(**fields).duration == (None if seconds is None else timedelta(seconds=seconds))


def test_a_flat_call_of_a_marketplace_delivery_is_read_too():
    raw = {
        "messageId": "m9",
        "attachments": ["https://example.com/r.wav", "call recording url"],
        "from": "+12025550143",
    }
    message = CallMessage.parse({**raw, "to": {}, "direction": "Inbound"})
    assert (message.message_id, message.direction, message.to_number) == ("m9", "inbound", "")
    assert (message.from_number, message.recording_urls) == ("+12025550143", ("https://example.com/r.wav",))


@pytest.mark.parametrize(
    ("raw", "is_call"),
    [
        ({"messageType": "TYPE_CALL"}, True),
        ({"messageType": "CALL"}, True),
        ({"messageType": "TYPE_IVR_CALL"}, True),
        ({"messageType": "TYPE_CAMPAIGN_CALL"}, True),
        ({"messageType": "TYPE_CAMPAIGN_MANUAL_CALL"}, True),
        ({"messageType": "TYPE_CUSTOM_CALL"}, True),
        ({"messageType": "TYPE_CAMPAIGN_VOICEMAIL"}, True),
        ({"messageType": "VoiceMail"}, True),
        ({"messageType": "TYPE_SMS", "type": 1}, False),
        ({"messageType": "TYPE_ACTIVITY_OPPORTUNITY"}, False),
        ({"messageType": 1}, True),
        ({"type": 1}, True),
        ({"type": "24"}, True),
        ({"type": 10}, True),
        ({"type": 2}, False),
        ({"type": float("inf")}, False),
        ({"type": "OutboundMessage", "messageType": "CALL"}, True),
        ({"type": "OutboundMessage"}, False),
        ({"messageType": None, "type": None}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_call_is_told_from_other_messages(raw, is_call):
    assert CallMessage.is_call(raw) is is_call


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": ""}, {"id": []}])
def test_without_an_id_it_is_no_call(raw):
    with pytest.raises(UnexpectedPayload, match="call message"):
        CallMessage.parse(raw)


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(CALL_KEYS), JSON) | JSON)
def test_whatever_comes_as_a_call_is_read_or_refused_by_name(raw):
    CallMessage.is_call(raw)
    try:
        CallMessage.parse(raw)
    except UnexpectedPayload:
        return


def test_a_transcript_is_read_in_the_order_it_was_spoken():
    sentences = Sentence.parse_all(list(reversed(payload("transcription_200"))))
    assert [sentence.index for sentence in sentences] == [0, 1, 2, 3]
    assert sentences[0] == Sentence(0, "Hello?", 1, 2, 1.12, 1.84, 0.61)


@pytest.mark.parametrize("wrapper", ["transcription", "transcripts", "transcript"])
def test_a_wrapped_transcript_is_unwrapped(wrapper):
    assert len(Sentence.parse_all({wrapper: payload("transcription_200")})) == 4


def test_the_single_sentence_of_the_published_spec_is_read():
    assert [sentence.text for sentence in Sentence.parse_all(payload("transcription_200")[0])] == ["Hello?"]


@pytest.mark.parametrize("raw", [None, [], {}, [None, "x", {"transcript": " "}]])
def test_a_transcript_without_a_word_is_empty(raw):
    assert Sentence.parse_all(raw) == []


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(list(payload("transcription_200")[0])), JSON)) | JSON)
def test_whatever_comes_as_a_transcript_is_read_or_refused_by_name(raw):
    try:
        Sentence.parse_all(raw)
    except UnexpectedPayload:
        return
