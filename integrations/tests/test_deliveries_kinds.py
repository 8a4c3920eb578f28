"""What a delivery is about, what is refused, and how a repeat is known."""

from hashlib import sha256
from typing import Any

import pytest

from integrations.ghl.deliveries import CallDelivery, OtherDelivery, delivery_key, read_delivery
from integrations.ghl.errors import UnexpectedPayload

WHO = {"location_id": "loc1", "contact_id": "con1"}


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({}, "completed"),
        ({"callStatus": "Answered"}, "completed"),
        ({"source": "call_workflow", "status": "completed"}, "completed"),
        ({"event": "call.completed"}, "completed"),
        ({"type": "CallFinished"}, "completed"),
        ({"event": "missed"}, "completed"),
        ({"type": "outbound"}, "completed"),
        ({"type": 1}, "completed"),
        ({"messageType": "TYPE_IVR_CALL"}, "completed"),
        ({"messageType": "Phone Call"}, "completed"),
        ({"message": {"type": 24}}, "completed"),
        ({"event": "logged", "direction": "outbound", "status": "busy"}, "completed"),
        ({"calendar": {"id": "cal1"}, "duration": 30}, "completed"),
        ({"event": "tag_added", "callStatus": "busy"}, "completed"),
        ({"customData": {"type": "InboundMessage", "callStatus": "busy"}}, "completed"),
        ({"source": "disposition_workflow"}, "disposition"),
        ({"customData": {"source": "Disposition-Workflow"}}, "disposition"),
        ({"source": "disposition_workflow", "disposition": "{{contact.disposition}}"}, "disposition"),
        ({"event": "disposition_set"}, "disposition"),
        ({"call_disposition": "no_answer"}, "disposition"),
        ({"callStatus": "completed", "disposition": "??"}, "disposition"),
        ({"type": "InboundMessage", "messageType": "CALL"}, "message"),
        ({"type": "OutboundMessage", "messageType": "VoiceMail"}, "message"),
        ({"type": "OUTBOUND_MESSAGE", "messageTypeString": "TYPE_CALL"}, "message"),
        ({"type": "InboundMessage", "messageTypeId": 10}, "message"),
        ({"type": "OutboundMessage", "callDuration": 5}, "message"),
        ({"type": "OutboundMessage", "messageType": "CALL", "disposition": "booked"}, "message"),
        ({"type": "OutboundMessage", "messageType": "CUSTOM_CALL", "webhookId": "w1"}, "message"),
    ],
)
def test_a_call_is_told_by_its_type_its_event_or_what_only_calls_have(told, kind):
    delivery = read_delivery({**WHO, **told})
    assert isinstance(delivery, CallDelivery)
    assert delivery.kind == kind


@pytest.mark.parametrize(
    ("told", "type_"),
    [
        ({"type": "InboundMessage", "messageType": "SMS"}, "InboundMessage SMS"),
        ({"type": "OutboundMessage", "messageType": "Email", "status": "completed"}, "OutboundMessage Email"),
        ({"type": "InboundMessage", "messageTypeId": 2}, "InboundMessage 2"),
        ({"type": "InboundMessage", "messageType": "TYPE_ACTIVITY_CALLED"}, "InboundMessage TYPE_ACTIVITY_CALLED"),
        ({"type": "InboundMessage"}, "InboundMessage"),
        ({"type": "AppointmentCreate", "webhookId": "w1"}, "AppointmentCreate"),
        ({"type": "VoiceAiCallEnd", "appId": "a1", "callId": "x"}, "VoiceAiCallEnd"),
        ({"webhookId": "w1"}, "no type"),
        ({"event": "tag_added"}, "tag_added"),
        ({"type": "AppointmentCreate", "status": "completed"}, "AppointmentCreate"),
        ({"customData": {"type": "InboundMessage"}}, "InboundMessage"),
        ({"message": {"type": 2, "direction": "outbound", "status": "failed"}}, "message 2"),
        ({"messageType": "SMS", "status": "failed", "direction": "outbound"}, "message SMS"),
        ({"calendar": {"appointmentId": "a"}}, "appointment"),
        ({"pipleline_stage": "Won", "id": "opp1"}, "opportunity"),
        ({"order": {"id": "o"}}, "order"),
        ({"event": "x" * 100}, "x" * 64),
    ],
)
def test_everything_else_is_left_alone_and_says_what_it_is(told, type_):
    assert read_delivery({**WHO, **told}) == OtherDelivery(type_, "loc1")


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ([], "a delivery should be an object, but this is a list"),
        (None, "a delivery should be an object, but this is nothing"),
        ("text", "a delivery should be an object, but this is a text"),
        ({}, "names no location (locationId, location_id or location.id)"),
        ({"callStatus": "busy", "contact_id": "con1"}, "names no location"),
        ({"callStatus": "busy", "location_id": "loc1"}, "neither the call (messageId) nor the contact (contact_id)"),
        ({"locationId": "loc1", "callStatus": "busy", "user": {"phone": "+1202"}}, "nor a phone"),
        ({"type": "ContactUpdate", "locationId": "loc1"}, "the contact has no usable id"),
        ({"type": "ContactUpdate", "id": "con1"}, "the contact delivery names no location (locationId)"),
    ],
)
def test_what_lacks_what_is_needed_is_refused_with_the_field_s_name(raw, reason):
    with pytest.raises(UnexpectedPayload) as refusal:
        read_delivery(raw)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "one", [{"messageId": "m"}, {"contact_id": "c"}, {"phone": "+1"}, {"to": "+1"}, {"from": "+1"}]
)
def test_one_thing_to_find_the_call_by_is_enough(one):
    assert isinstance(read_delivery({"locationId": "loc1", "callStatus": "busy", **one}), CallDelivery)


def test_the_sender_s_location_counts_where_none_is_named():
    for raw in ({"contact_id": "con1"}, {"event": "tag_added"}, {"type": "ContactCreate", "id": "con1"}):
        assert read_delivery(raw, location_id="loc9").location_id == "loc9"
        assert read_delivery({**raw, "locationId": "loc1"}, location_id="loc9").location_id == "loc1"


# ---------------------------------------------------------------- repeats


@pytest.mark.parametrize("key", ["webhookId", "webhook_id", "WebhookID"])
def test_ghl_s_own_id_of_the_delivery_makes_its_key(key):
    assert delivery_key(b"{}", {key: " 949d5094-1e67 "}) == "app:949d5094-1e67"


@pytest.mark.parametrize(
    "parsed",
    [{}, [], None, "text", *({"webhookId": odd} for odd in ("", None, "null", "{{id}}", 5, [], "x" * 65, "a\nb"))],
)
def test_without_one_the_body_s_digest_does(parsed: Any):
    assert delivery_key(b"body", parsed) == f"sha256:{sha256(b'body').hexdigest()}"


def test_a_key_fits_its_column():
    assert len(delivery_key(b"", {"webhookId": "x" * 64})) <= 80
    assert len(delivery_key(b"", {})) <= 80
