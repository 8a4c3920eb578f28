"""The same call told in any dialect: cases, separators, nesting, types, and names that people made up."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.ghl.deliveries import CallDelivery, CallNews, ContactDelivery, ContactHint, read_delivery

TOLD = CallDelivery(
    kind=CallNews.DISPOSITION,
    location_id="loc1",
    message_id="msg1",
    contact_id="con1",
    conversation_id="cnv1",
    status=None,
    direction="outbound",
    duration=timedelta(seconds=65),
    placed_at=datetime(2026, 10, 1, 15, 0, tzinfo=UTC),
    from_number="+12025550100",
    to_number="+12025550143",
    user_id="usr1",
    agent_name="Sam Carter",
    disposition_as_sent="Left VM",
    notes="Try on Friday",
    transcript="Hello.\nHi.",
    recording_url="https://example.com/r.wav",
    ai_summary={"disposition": "Voicemail"},
    contact=ContactHint("Dana", "Reed", "Dana Reed", "dana@example.com", "+12025550143", "Reed LLP"),
)
CAMEL = {
    "source": "disposition_workflow",
    "locationId": "loc1",
    "messageId": "msg1",
    "contactId": "con1",
    "conversationId": "cnv1",
    "direction": "outbound",
    "callDuration": 65,
    "startedAt": "2026-10-01T15:00:00.000Z",
    "from": "+12025550100",
    "to": "+12025550143",
    "userId": "usr1",
    "agentName": "Sam Carter",
    "disposition": "Left VM",
    "notes": "Try on Friday",
    "transcript": "Hello.\nHi.",
    "recordingUrl": "https://example.com/r.wav",
    "aiSummary": {"disposition": "Voicemail"},
    "firstName": "Dana",
    "lastName": "Reed",
    "fullName": "Dana Reed",
    "email": "Dana@Example.com",
    "phone": "+12025550143",
    "companyName": "Reed LLP",
}
SNAKE = {
    "source": "disposition_workflow",
    "location_id": "loc1",
    "message_id": "msg1",
    "contact_id": "con1",
    "conversation_id": "cnv1",
    "direction": "OUTBOUND",
    "call_duration": "65",
    "started_at": 1790866800000,
    "from_number": "+12025550100",
    "to_number": "+12025550143",
    "user_id": "usr1",
    "agent_name": "Sam Carter",
    "call_disposition": "Left VM",
    "call_notes": "Try on Friday",
    "call_transcript": [{"speaker": 0, "transcript": "Hello."}, {"speaker": 1, "transcript": "Hi."}],
    "recording_url": "https://example.com/r.wav",
    "ai_summary": '{"disposition": "Voicemail"}',
    "first_name": "Dana",
    "last_name": "Reed",
    "email": "dana@example.com",
    "phone": "+12025550143",
    "company_name": "Reed LLP",
}
NESTED = {
    "location": {"id": "loc1", "name": "Our own"},
    "contact": {
        "id": "con1",
        "firstName": "Dana",
        "lastName": "Reed",
        "email": "dana@example.com",
        "phone": "+12025550143",
        "companyName": "Reed LLP",
    },
    "conversation": {"id": "cnv1"},
    "user": {"id": "usr1", "firstName": "Sam", "lastName": "Carter"},
    "phone_call": {"direction": "Outgoing", "duration": "1:05", "start_time": 1790866800, "from": "+12025550100"},
    "message": {"id": "msg1", "type": 1, "to": "+12025550143", "attachments": ["https://example.com/r.wav"]},
    "note": {"body": "Try on Friday"},
    "disposition": {"name": "Left VM"},
    "transcription": ["Hello.", "Hi."],
    "callSummary": {"disposition": "Voicemail"},
    "customData": {"source": "Disposition Workflow"},
}
WORKFLOW = {
    "contact_id": "con1",
    "first_name": "Dana",
    "last_name": "Reed",
    "full_name": "Dana Reed",
    "email": "dana@example.com",
    "phone": "+12025550143",
    "company_name": "Reed LLP",
    "tags": "prospect,batch 12",
    "date_created": "2020-01-01T00:00:00.000Z",
    "date_added": "2020-01-01T00:00:00.000Z",
    "Call Status": "busy",
    "Disposition": "Not Interested",
    "Notes": "of an earlier call",
    "location": {"id": "loc1", "name": "Our own"},
    "workflow": {"id": "w1", "name": "Disposition"},
    "triggerData": {},
    "customData": {
        "SOURCE": "disposition_workflow",
        "Message ID": "msg1",
        "conversation-id": "cnv1",
        "Direction": "Outbound",
        "phone_call_duration": "65",
        "Call Start Time": "2026-10-01T17:00:00+02:00",
        "From Number": "+12025550100",
        "To Number": "+12025550143",
        "User Id": "usr1",
        "BDR": "Sam Carter",
        "Call Outcome": "Left VM",
        "Call Notes": "Try on Friday",
        "callTranscript": "Hello.\nHi.",
        "Recording": "https://example.com/r.wav",
        "AI Summary": {"disposition": "Voicemail"},
        "status": "{{phone_call.status}}",
    },
}
DOTTED = {
    **{key: value for key, value in SNAKE.items() if key not in ("location_id", "contact_id", "call_duration")},
    "location.id": "loc1",
    "contact.id": "con1",
    "phone_call.duration": 65.0,
}


@pytest.mark.parametrize(
    "told", [CAMEL, SNAKE, NESTED, WORKFLOW, DOTTED], ids=["camel", "snake", "nested", "workflow", "dotted"]
)
def test_the_same_call_told_in_any_dialect_is_the_same(told):
    assert read_delivery(told) == TOLD


@pytest.mark.parametrize("wrapper", ["customData", "custom_data", "triggerData", "data", "payload", "body"])
def test_what_a_wrapper_holds_counts_as_if_it_stood_outside(wrapper):
    assert read_delivery({wrapper: CAMEL}) == TOLD


def test_custom_data_may_be_its_own_json_text():
    assert read_delivery({"locationId": "loc1", "customData": '{"contact_id": "con1", "duration": 5}'}) == call(
        {"duration": 5}
    )


def call(fields: dict[str, Any]) -> CallDelivery:
    delivery = read_delivery({"location_id": "loc1", "contact_id": "con1", **fields})
    assert isinstance(delivery, CallDelivery)
    return delivery


@pytest.mark.parametrize(
    "name", ["duration", "call_duration", "callDuration", "phone_call_duration", "Call Duration", "CALL-DURATION"]
)
def test_a_person_may_call_the_duration_what_they_like(name):
    assert call({"customData": {name: "214"}}).duration == timedelta(seconds=214)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (37, 37), (37.5, 37.5), ("37", 37), (" 37 ", 37), ("1:05", 65), ("01:02:05", 3725),
        ("3 min 34 sec", 214), ("3m 34s", 214), ("1 hour, 2 minutes", 3720), ("45s", 45),
        ("", None), ("{{phone_call.duration}}", None), ("null", None), ("undefined", None), (None, None), ([], None),
        (-3, None), ("long", None), (True, None), (float("nan"), None), (10**400, None), ("99999999", None),
    ],
)  # fmt: skip
def test_a_duration_comes_as_number_text_or_clock(value, seconds):
    assert call({"status": "completed", "duration": value}).duration == (seconds and timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("status", "seconds"), [("completed", None), ("voicemail", None), ("", None), ("no-answer", 0), ("busy", 0)]
)
def test_a_duration_of_zero_counts_only_where_nobody_picked_up(status, seconds):
    assert call({"callStatus": status, "duration": 0}).duration == (None if seconds is None else timedelta(0))


def test_a_duration_without_a_number_is_none():
    assert call({"callStatus": "busy", "duration": ","}).duration is None


def test_a_real_duration_anywhere_beats_a_zero():
    assert call({"customData": {"duration": "0"}, "callDuration": 214}).duration == timedelta(seconds=214)


@pytest.mark.parametrize(
    "value", ["2026-10-01T15:00:00Z", "2026-10-01 15:00:00", "2026-10-01T11:00:00-04:00", 1790866800, "1790866800000"]
)
def test_an_instant_comes_as_iso_text_or_as_epoch(value):
    assert call({"started_at": value}).placed_at == datetime(2026, 10, 1, 15, 0, tzinfo=UTC)


@pytest.mark.parametrize("value", ["10/01/2026 3 PM", 214, "soon", 10**30, "0001-01-01T00:00:00+14:00"])
def test_an_instant_that_makes_no_sense_is_left_out_with_a_remark(value):
    told = call({"started_at": value})
    assert told.placed_at is None
    assert [remark.split(":")[0] for remark in told.remarks] == ["started_at"]


@pytest.mark.parametrize(
    ("told", "status", "as_sent"),
    [
        ({"callStatus": "Answered"}, "completed", "Answered"),
        ({"call_status": "NO ANSWER"}, "no-answer", "NO ANSWER"),
        ({"status": "Missed"}, "no-answer", "Missed"),
        ({"status": "completed", "callStatus": "Voicemail"}, "voicemail", "Voicemail"),
        ({"call": {"status": "busy"}, "status": "completed"}, "busy", "busy"),
        ({"status": "completed", "callStatus": "ringing"}, "completed", "completed"),
        ({"status": "open", "message": {"status": "failed", "type": 1}}, "failed", "failed"),
        ({"callStatus": "teleported"}, "other", "teleported"),
        ({"callStatus": "{{phone_call.status}}"}, None, ""),
        ({}, None, ""),
        ({"messageType": "VOICEMAIL", "status": "completed"}, "voicemail", "completed"),
        ({"messageTypeId": 10}, "voicemail", ""),
        ({"messageType": "VoiceMail", "status": "failed"}, "failed", "failed"),
    ],
)
def test_the_most_telling_status_wins_and_its_word_is_kept(told, status, as_sent):
    assert (call(told).status, call(told).status_as_sent) == (status, as_sent)


@pytest.mark.parametrize(
    ("told", "direction"),
    [
        ({"direction": "Inbound"}, "inbound"),
        ({"direction": "outgoing"}, "outbound"),
        ({"type": "OutboundMessage", "messageType": "CALL", "direction": "inbound"}, "inbound"),
        ({"type": "OutboundMessage", "messageType": "CALL"}, "outbound"),
        ({"type": "OutboundMessage", "messageType": "CALL", "direction": "sideways"}, "outbound"),
        ({"call_direction": "inbound"}, "inbound"),
        ({}, ""),
    ],
)
def test_the_direction_told_is_trusted_more_than_the_type(told, direction):
    assert call(told).direction == direction


@pytest.mark.parametrize(
    "nothing", ["", " ", "null", "undefined", "{{contact.first_name}}", "{{a}} {{b}}", None, [], {}]
)
def test_what_an_empty_merge_field_leaves_behind_is_absent(nothing):
    empty = dict.fromkeys(("first_name", "disposition", "status", "message_id", "notes", "to", "duration"), nothing)
    assert call(empty) == call({})


def test_somebody_may_be_called_null():
    assert call({"last_name": "Null"}).contact.last_name == "Null"


def test_the_root_id_of_an_opportunity_is_neither_a_contact_nor_a_call():
    told = call({"id": "opp1", "pipeline_id": "p1", "status": "open", "customData": {"status": "busy"}, "workflow": {}})
    assert (told.contact_id, told.message_id, told.status) == ("con1", "", "busy")


def test_the_root_status_and_source_of_an_opportunity_are_not_the_call_s():
    opportunity = {"pipeline_id": "p1", "status": "completed", "source": "disposition_workflow"}
    told = call({**opportunity, "customData": {"duration": 5, "event": "call"}})
    assert (told.status, told.kind) == (None, "completed")


def test_the_app_may_give_the_call_s_id_as_its_own():
    message = {"type": "OutboundMessage", "messageType": "CALL", "locationId": "loc1"}
    delivery = read_delivery({**message, "id": "msg1"})
    assert isinstance(delivery, CallDelivery)
    assert delivery.message_id == "msg1"


def test_the_carrier_s_id_is_not_taken_for_ghl_s():
    carrier = "CA" + "0f" * 16
    told = call({"call_id": carrier, "message": {"id": "msg1"}})
    assert (told.message_id, told.alt_id) == ("msg1", carrier)
    assert call({"call_id": carrier}).message_id == ""


def test_the_message_s_id_counts_before_any_call_id_and_ghl_s_own_before_a_typed_one():
    told = call(
        {"customData": {"call_id": "other", "messageId": "typed"}, "message": {"id": "msg1"}, "callId": "third"}
    )
    assert told.message_id == "msg1"
    assert call({"customData": {"call_id": "msg1"}}).message_id == "msg1"


def test_a_workflow_s_root_id_is_not_taken_for_the_call_s():
    assert call({"id": "x1", "callStatus": "busy"}).message_id == ""


def test_what_ghl_says_of_its_own_accord_names_the_contact_before_what_was_typed():
    told = call({"customData": {"contact_id": "typed wrong", "contactId": "con9"}})
    assert told.contact_id == "con1"


@pytest.mark.parametrize("unusable", ["two words", "x" * 65, {"a": 1}, True])
def test_an_id_that_cannot_be_one_is_not_taken(unusable):
    assert call({"message_id": unusable}).message_id == ""


def test_what_was_typed_for_us_tells_of_the_call_before_what_ghl_adds():
    told = call({"direction": "inbound", "customData": {"direction": "outbound"}, "message": {"direction": "inbound"}})
    assert told.direction == "outbound"


def test_a_block_is_no_label_however_it_is_written():
    assert read_delivery({"Location": {"id": "loc1"}, "Contact": {"id": "con1"}, "customData": {"a": 1}}) == call({})


def test_custom_fields_of_the_contact_are_not_facts_of_a_call():
    labels = {"Disposition": "Not Interested", "Call Status": "busy", "Notes": "old", "Call Duration": 9}
    assert call({**labels, "workflow": {"id": "w1"}}) == call({"workflow": {"id": "w1"}})


def test_but_the_disposition_workflow_may_send_its_word_as_one():
    told = call({"Call Disposition": "Left VM", "customData": {"source": "disposition_workflow"}})
    assert (told.kind, told.disposition_as_sent) == ("disposition", "Left VM")


def test_the_date_the_contact_was_added_is_not_when_the_call_was():
    assert call({"date_added": "2020-01-01T00:00:00Z", "workflow": {"id": "w1"}}).placed_at is None
    assert call({"dateAdded": "2026-10-01T15:00:00Z"}).placed_at == TOLD.placed_at


def test_empty_numbers_of_custom_providers_are_absent():
    told = call({"from": {}, "to": {"phoneNumber": "+12025550143"}})
    assert (told.from_number, told.to_number) == ("", "+12025550143")


@pytest.mark.parametrize(
    ("told", "phone"),
    [
        ({"phone": "(202) 555-0143", "direction": "outbound", "to": "+12025550199"}, "(202) 555-0143"),
        ({"direction": "outbound", "from": "+12025550100", "to": "+12025550143"}, "+12025550143"),
        ({"direction": "inbound", "from": "+12025550143", "to": "+12025550100"}, "+12025550143"),
        ({"from": "+12025550143", "to": "+12025550100"}, ""),
        ({"user": {"phone": "+12025550100"}}, ""),
    ],
)
def test_the_contact_s_number_is_their_own_or_the_other_end_of_the_call(told, phone):
    assert call(told).contact_phone == phone


@pytest.mark.parametrize(
    "value",
    [
        "https://example.com/r.wav",
        ["call recording url", "https://example.com/r.wav"],
        [{"url": "https://example.com/r.wav"}],
        {"url": "https://example.com/r.wav"},
        "https://example.com/r.wav, https://example.com/s.wav",
    ],
)
def test_a_recording_is_an_http_address_in_any_wrapping(value):
    assert call({"recording": value}).recording_url == "https://example.com/r.wav"


@pytest.mark.parametrize("value", ["javascript:alert(1)", "file:///etc/passwd", "call recording url", 5, [[]], [None]])
def test_anything_else_is_no_recording(value):
    assert call({"recording_url": value}).recording_url == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Hello.\nHi.", "Hello.\nHi."),
        ([{"transcript": "Hi.", "sentenceIndex": 1}, {"transcript": "Hello.", "sentenceIndex": 0}], "Hello.\nHi."),
        ({"transcripts": [{"text": "Hello."}]}, "Hello."),
        ('[{"transcript": "Hello."}]', "Hello."),
        ("[inaudible] hello", "[inaudible] hello"),
        ([], ""),
        (["Hello.", ""], "Hello."),
        (True, ""),
    ],
)
def test_a_transcript_is_a_text_or_sentences(value, text):
    assert call({"transcript": value}).transcript == text


@pytest.mark.parametrize(
    ("value", "summary"),
    [({"a": 1}, {"a": 1}), ('{"a": 1}', {"a": 1}), ("A good call", None), ("{broken", None), ([1], None), ({}, None)],
)
def test_a_summary_is_an_object_or_nothing(value, summary):
    assert call({"ai_summary": value}).ai_summary == summary


def test_a_summary_is_made_such_that_every_database_keeps_it():
    deep: list[Any] = []
    for _ in range(50):
        deep = [deep]
    told = call({"ai_summary": '{"a": "\\u0000x\\ud800", "b": [NaN, 1e999], "c": 0.5}'}).ai_summary
    assert told == {"a": "x", "b": [None, None], "c": 0.5}
    assert str(call({"ai_summary": {"a": deep}}).ai_summary).count("[") < 20


def test_remarks_name_fields_and_never_values():
    told = call({"customData": {"duration": "secret", "started_at": "secret"}, "direction": "secret"})
    assert len(told.remarks) == 3
    assert "secret" not in " ".join(told.remarks)
    assert "customData.duration: not a length of time that makes sense, ignored" in told.remarks


def test_a_delivery_that_names_neither_call_nor_time_cannot_be_told_from_the_next():
    assert not call({"status": "completed"}).tells_its_call_apart
    assert call({"message_id": "msg1"}).tells_its_call_apart
    assert call({"started_at": 1790866800}).tells_its_call_apart


@pytest.mark.parametrize("tags", ["prospect, batch 12", ["prospect", "batch 12"]])
def test_a_contact_s_event_is_read_in_any_dialect_too(tags):
    snake = {"type": "contact_update", "location_id": "loc1", "contact_id": "con1", "first_name": "Dana", "tags": tags}
    delivery = read_delivery(snake)
    assert isinstance(delivery, ContactDelivery)
    assert (delivery.kind, delivery.contact.id, delivery.contact.first_name) == ("updated", "con1", "Dana")
    assert delivery.contact.tags == ("prospect", "batch 12")


@pytest.mark.parametrize(
    ("told", "dnd_call", "words"),
    [
        ({"dnd": True}, True, "all channels"),
        ({"dndSettings": {"Call": {"status": "active"}, "SMS": {"status": "Permanent"}}}, True, "Call, SMS"),
        ({"dndSettings": {"Email": {"status": "active"}, "Call": {"status": "inactive"}}}, False, "Email"),
        ({"dnd": False, "dndSettings": {"Call": None, "SMS": "active", "FB": []}}, False, ""),
        ({"dnd": "no", "dndSettings": "Call"}, False, ""),
    ],
)
def test_what_must_not_be_done_to_a_contact_is_told_in_words(told, dnd_call, words):
    delivery = read_delivery({"type": "ContactDndUpdate", "locationId": "loc1", "id": "con1", **told})
    assert isinstance(delivery, ContactDelivery)
    assert (delivery.dnd_call, delivery.dnd) == (dnd_call, words)
