"""Each example of a delivery, published or built after real ones, and what is read from it."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.ghl.call_payloads import CallStatus
from integrations.ghl.deliveries import (
    CallDelivery,
    CallNews,
    ContactDelivery,
    ContactHint,
    OtherDelivery,
    delivery_key,
    read_delivery,
)
from integrations.ghl.errors import UnexpectedPayload

EXAMPLES = Path(__file__).parent / "payloads"
LOCATION, CONTACT, CONVERSATION = "Lk7PqZ3vT9sYb2NcXw5R", "c9HtR4mVx2QpLs7KdZ1B", "v5RbN1zXq8HdGk3LpT7Y"
OURS, THEIRS, AGENT = "+12025550100", "+12025550143", "u2MsF6yKc4VjPa9XeQ8D"


def example(name: str) -> Any:
    return json.loads((EXAMPLES / f"{name}.json").read_text())


def app_call(message_id: str, **told: Any) -> CallDelivery:
    recording = (
        f"https://services.leadconnectorhq.com/conversations/messages/{message_id}/locations/{LOCATION}/recording"
    )
    usual = {"contact_id": CONTACT, "conversation_id": CONVERSATION, "recording_url": recording}
    return CallDelivery(kind=CallNews.MESSAGE, location_id=LOCATION, message_id=message_id, **{**usual, **told})


OUTBOUND: dict[str, Any] = {"direction": "outbound", "from_number": OURS, "to_number": THEIRS}
INBOUND: dict[str, Any] = {"direction": "inbound", "from_number": THEIRS, "to_number": OURS}
INBOUND_ANSWERED = app_call(
    "m4Ab2Cd3Ef4Gh5Ij6Kl7",
    **INBOUND,
    status=CallStatus.COMPLETED,
    status_as_sent="completed",
    duration=timedelta(seconds=37),
    placed_at=datetime(2026, 9, 29, 10, 11, 40, tzinfo=UTC),
    user_id=AGENT,
)

APP_CALLS = {
    "outbound_call_completed": app_call(
        "m1Ab2Cd3Ef4Gh5Ij6Kl7",
        **OUTBOUND,
        status=CallStatus.COMPLETED,
        status_as_sent="completed",
        duration=timedelta(seconds=214),
        placed_at=datetime(2026, 10, 1, 15, 3, 34, tzinfo=UTC),
        user_id=AGENT,
    ),
    "outbound_call_no_answer": app_call(
        "m2Ab2Cd3Ef4Gh5Ij6Kl7",
        **OUTBOUND,
        status=CallStatus.NO_ANSWER,
        status_as_sent="no-answer",
        duration=timedelta(0),
        placed_at=datetime(2026, 9, 30, 17, 20, 31, tzinfo=UTC),
        user_id=AGENT,
        recording_url="",
    ),
    "outbound_call_reached_voicemail": app_call(
        "m5Ab2Cd3Ef4Gh5Ij6Kl7",
        **OUTBOUND,
        status=CallStatus.VOICEMAIL,
        status_as_sent="voicemail",
        duration=timedelta(seconds=18),
        placed_at=datetime(2026, 10, 1, 16, 0, tzinfo=UTC),
        user_id=AGENT,
    ),
    "outbound_voicemail_drop": app_call(
        "m6Ab2Cd3Ef4Gh5Ij6Kl7",
        **OUTBOUND,
        status=CallStatus.VOICEMAIL,
        status_as_sent="completed",
        placed_at=datetime(2026, 10, 2, 9, 0, tzinfo=UTC),
    ),
    "inbound_call_completed": INBOUND_ANSWERED,
    "inbound_call_completed_typed_outbound": INBOUND_ANSWERED,
    "inbound_call_voicemail": app_call(
        "m3Ab2Cd3Ef4Gh5Ij6Kl7",
        **INBOUND,
        status=CallStatus.VOICEMAIL,
        status_as_sent="voicemail",
        placed_at=datetime(2026, 9, 30, 18, 5, 20, tzinfo=UTC),
    ),
}

WHO: dict[str, Any] = {
    "kind": CallNews.COMPLETED,
    "location_id": LOCATION,
    "contact_id": CONTACT,
    "contact": ContactHint(
        "Dana", "Whitfield", "Dana Whitfield", "dana.whitfield@example.com", THEIRS, "Whitfield Roofing"
    ),
}
PICKED_UP: dict[str, Any] = {"status": CallStatus.COMPLETED, "status_as_sent": "completed", "direction": "outbound"}

WORKFLOW_CALLS = {
    "call_details_with_custom_data": CallDelivery(
        **WHO,
        **PICKED_UP,
        duration=timedelta(seconds=214),
        placed_at=datetime(2026, 10, 1, 15, 0, tzinfo=UTC),
        from_number=OURS,
        to_number=THEIRS,
        agent_name="Sam Carter",
    ),
    "call_details_message_block": CallDelivery(**WHO, **PICKED_UP),
    "call_details_empty_merge_fields": CallDelivery(
        **WHO
        | {
            "contact": ContactHint(
                "Dana", "Whitfield", "Dana Whitfield", "dana.whitfield@example.com", "", "Whitfield Roofing"
            )
        },
    ),
}


@pytest.mark.parametrize("name", APP_CALLS)
def test_each_call_of_a_marketplace_app_is_read_whole(name):
    assert read_delivery(example(f"webhook_app/{name}")) == APP_CALLS[name]


@pytest.mark.parametrize("name", WORKFLOW_CALLS)
def test_each_call_of_a_workflow_is_read_whole(name):
    assert read_delivery(example(f"webhook_workflow/{name}")) == WORKFLOW_CALLS[name]


@pytest.mark.parametrize(
    ("name", "status", "direction", "message_id", "seconds"),
    [
        ("InboundMessage_2", "completed", "inbound", "tyW42xCD0HQpb3hhfLcx", 120),
        ("InboundMessage_3", "voicemail", "inbound", "QkNS0DNje0FjoLQdD5O3", None),
        ("OutboundMessage_2", "completed", "outbound", "tyW42xCD0HQpb3hhfLcx", 120),
        ("OutboundMessage_3", "voicemail", "outbound", "hhYtaQM2I9ym8qhU9CmM", None),
    ],
)
def test_each_published_call_is_read(name, status, direction, message_id, seconds):
    call = read_delivery(example(f"webhook_app/published_{name}"))
    assert isinstance(call, CallDelivery)
    assert (call.status, call.direction, call.message_id) == (status, direction, message_id)
    assert call.duration == (None if seconds is None else timedelta(seconds=seconds))
    assert call.recording_url == ""  # the page has words there: "call recording url"
    assert call.remarks == ("attachments: expected an http address, ignored a list",)


@pytest.mark.parametrize(
    ("name", "type_", "location_id"),
    [
        ("webhook_app/inbound_sms", "InboundMessage SMS", LOCATION),
        ("webhook_app/published_InboundMessage_1", "InboundMessage SMS", "l1C08ntBrFjLS0elLIYU"),
        ("webhook_app/published_InboundMessage_4", "InboundMessage Email", "kF4NJ5gzRyQF2gKFD34G"),
        ("webhook_app/published_OutboundMessage_1", "OutboundMessage SMS", "l1C08ntBrFjLS0elLIYU"),
        ("webhook_app/published_OutboundMessage_4", "OutboundMessage Email", "kF4NJ5gzRyQF2gKFD34G"),
        ("webhook_workflow/tag_added", "tag_added", LOCATION),
    ],
)
def test_what_is_no_call_says_what_it_is(name, type_, location_id):
    assert read_delivery(example(name)) == OtherDelivery(type_, location_id)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("contact_create", "created"),
        ("contact_update", "updated"),
        ("contact_delete", "deleted"),
        ("contact_tag_update", "tags"),
        ("contact_dnd_update", "dnd"),
    ],
)
def test_each_event_of_a_contact_is_read_with_the_whole_contact(name, kind):
    delivery = read_delivery(example(f"webhook_app/{name}"))
    assert isinstance(delivery, ContactDelivery)
    contact = delivery.contact
    assert (delivery.kind, delivery.location_id, contact.id) == (kind, LOCATION, CONTACT)
    assert (contact.name, contact.email, contact.phone) == ("Dana Whitfield", "dana.whitfield@example.com", THEIRS)
    assert (contact.company, contact.tags) == ("Whitfield Roofing", ("prospect", "batch 12"))
    assert contact.custom_values == {"Q7mZr2KxVb9LcTn4HpSd": "vd-000123"}
    assert (delivery.dnd_call, delivery.dnd) == ((True, "all channels") if kind == "dnd" else (False, ""))


@pytest.mark.parametrize("event", ["ContactCreate", "ContactUpdate", "ContactDelete", "ContactTagUpdate"])
def test_each_published_event_of_a_contact_is_read(event):
    delivery = read_delivery(example(f"webhook_app/published_{event}_1"))
    assert isinstance(delivery, ContactDelivery)
    assert (delivery.contact.id, delivery.contact.email) == ("nmFmQEsNgz6AVpgLVUJ0", "johndeo@gmail.comm")


def test_a_body_whose_merge_fields_were_never_filled_in_is_refused_with_the_reason():
    with pytest.raises(UnexpectedPayload, match="the call delivery names no location"):
        read_delivery(example("webhook_workflow/custom_webhook_call_body_template"))


def test_every_example_has_a_key_of_its_own():
    files = sorted([*EXAMPLES.glob("webhook_app/*.json"), *EXAMPLES.glob("webhook_workflow/*.json")])
    keys = {delivery_key(file.read_bytes(), json.loads(file.read_bytes())) for file in files}
    assert len(files) == len(keys) == 31
