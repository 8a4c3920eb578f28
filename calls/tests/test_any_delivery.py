"""Whatever a proven sender posts, from the door to the rows: an answer, no unhandled error, nobody else's data."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from calls.models import Call, SalesCall
from calls.tests.call_cast import PHONE, completed, disposition, other_location, prospect
from conftest import LOCATION_ID
from integrations import inbox
from integrations.ghl.deliveries import read_delivery
from integrations.ghl.errors import UnexpectedPayload
from integrations.models import GHLIntegration, WebhookEvent
from integrations.tests.inbox_cast import app, post, queued, sender, told
from integrations.tests.test_deliveries_any_shape import KEYS, SHAPES
from prospects.models import Contact, SalesProspect

__all__ = ["app", "queued", "sender", "told"]  # fixtures
pytestmark = pytest.mark.django_db
THEIRS = "anotherLocation00001"
LOCATION_IDS = (LOCATION_ID, THEIRS, "nobodysLocation00001")
KINDS = (
    "InboundMessage", "OutboundMessage", "ContactCreate", "ContactUpdate", "ContactDelete", "ContactTagUpdate",
    "ContactDndUpdate", "call", "disposition_workflow",
)  # fmt: skip
# What makes a delivery go further than to be refused as unreadable.
FAMILIAR = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(KINDS),
        "messageType": st.sampled_from(["CALL", "VoiceMail", "SMS", 1, 10]),
        "locationId": st.sampled_from(LOCATION_IDS),
        "location": st.fixed_dictionaries({"id": st.sampled_from(LOCATION_IDS)}),
        "contact_id": st.sampled_from(["c1", "c2", ""]),
        "id": st.sampled_from(["c1", "m1"]),
        "messageId": st.sampled_from(["m1", "m2", "x" * 64, "x" * 65]),
        "phone": st.sampled_from([PHONE, "no number"]),
        "callStatus": st.sampled_from(["completed", "No Answer", "Gone fishing", "x" * 300]),
        "disposition": st.sampled_from(["callback", "Left with Bob", "x" * 300]),
        "notes": st.text(max_size=20),
        "webhookId": st.text(max_size=70),
    },
)
DELIVERIES = st.builds(lambda odd, familiar: {**odd, **familiar}, st.dictionaries(KEYS, SHAPES, max_size=8), FAMILIAR)


@pytest.fixture
def theirs(location: GHLIntegration) -> GHLIntegration:
    """A client's location, beside our own, with a contact of the same GHL id as our prospect."""
    integration = other_location("client")
    integration.make_webhook_secret()
    integration.save()
    prospect()
    Contact.objects.create(client=integration.client, ghl_contact_id="c1", ghl_location_id=THEIRS)
    return integration


def everybody(table: Any) -> list[dict[str, Any]]:
    return list(table.objects.order_by("pk").values())


@pytest.mark.slow
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(door=st.sampled_from(["our workflow", "their workflow", "the app"]), payload=DELIVERIES)
@example(door="our workflow", payload=completed())
@example(door="their workflow", payload=disposition())
@example(
    door="the app", payload={**completed(), "locationId": THEIRS, "type": "OutboundMessage", "messageType": "CALL"}
)
def test_whatever_is_delivered_is_settled_and_touches_only_its_own_location(
    location, theirs, app, queued, told, door, payload
):
    for table in (SalesCall, Call, WebhookEvent):
        table.objects.all().delete()
    before = {table: everybody(table) for table in (SalesProspect, Contact)}
    doors = {"our workflow": location, "their workflow": theirs}
    answer = post(doors[door].webhook_path, payload) if door in doors else app(payload)
    assert answer.status_code == 200
    event = WebhookEvent.objects.get()
    for _ in range(2):  # once more, as after a lost answer
        inbox.process(event.pk)
    event.refresh_from_db()
    assert "An error inside the portal" not in event.error_message
    owner = doors[door].location_id if door in doors else named_in(event.payload)
    assert {row.integration.location_id for table in (SalesCall, Call) for row in table.objects.all()} <= {owner}
    if owner != LOCATION_ID:
        assert (everybody(SalesProspect), SalesCall.objects.count()) == (before[SalesProspect], 0)
    if owner != THEIRS:
        assert (everybody(Contact), Call.objects.count()) == (before[Contact], 0)


def named_in(payload: dict[str, Any] | None) -> str:
    with suppress(UnexpectedPayload):
        return read_delivery(payload).location_id
    return ""


@pytest.mark.parametrize("told_location", [THEIRS, "nobodysLocation00001"])
def test_a_delivery_at_one_address_that_names_another_location_writes_nothing_anywhere(
    location, theirs, queued, told, told_location
):
    post(location.webhook_path, {**completed(), "location": {"id": told_location}})
    assert inbox.process(WebhookEvent.objects.get().pk) == "failed"
    assert not SalesCall.objects.exists()
    assert not Call.objects.exists()
