"""Who plays in the tests of live calls: deliveries as the inbox hands them over, and a GoHighLevel nobody waits for."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from typing import Any

from django.db import connections

from calls.delivered import take_in
from calls.models import PhoneCall, SalesCall
from calls.one_at_a_time import only_one
from conftest import LOCATION_ID
from integrations.events import Handled
from integrations.ghl.deliveries import read_delivery
from integrations.models import Client, GHLIntegration
from prospects.models import SalesProspect

PLACED_AT = datetime(2026, 3, 4, 15, 6, 7, tzinfo=UTC)
PHONE, OURS = "+12025550143", "+12025550100"
NOT_COMPARED = {
    "id", "created_at", "updated_at", "enrichment_attempts", "enrichment_next_at", "enrichment_note",
}  # fmt: skip
GREETING = "You have reached the voicemail of Dana Whitfield. Please leave a message after the tone."
TALK = (
    (0, "Hi Dana, this is Sam with First Recruiting, do you have a minute?"),
    (1, "Sure, go ahead, what is this about?"),
    (0, "We place partners with litigation firms in Texas and I wanted to compare notes about your practice."),
    (1, "Interesting. We are growing the group next year, so keep me posted."),
)


class FreePace:
    """An allowance without end: its own tests are elsewhere."""

    def acquire(self, bulk: bool) -> None:
        pass

    def observe(self, headers: Mapping[str, str], status: int) -> None:
        pass


def completed(**told: Any) -> dict[str, Any]:
    """What a Call Completed workflow posts."""
    custom = {"messageId": "m1", "callStatus": "Answered", "direction": "outbound", "duration": "95", "to": PHONE}
    return _workflow(custom | told)


def disposition(**told: Any) -> dict[str, Any]:
    """What a Disposition workflow posts."""
    return _workflow({"messageId": "m1", "source": "disposition_workflow", "disposition": "callback"} | told)


def _workflow(custom: dict[str, Any]) -> dict[str, Any]:
    contact_id = custom.pop("contact_id", "c1")
    told = {name: value for name, value in custom.items() if value is not None}
    return {"contact_id": contact_id, "location": {"id": LOCATION_ID}, "customData": told}


def hand_over(integration: GHLIntegration, payload: dict[str, Any], received_at: datetime | None = None) -> Handled:
    """As the inbox does, in the dialect that GHL posts in; received just now, unless said otherwise."""
    delivery = read_delivery(payload, location_id=integration.location_id)
    return take_in(integration, delivery, received_at or datetime.now(UTC))


def prospect(**columns: Any) -> SalesProspect:
    linked = {"ghl_contact_id": "c1", "ghl_location_id": LOCATION_ID}
    return SalesProspect.objects.create(
        **{"contact_first_name": "Dana", "contact_last_name": "Whitfield"} | linked | columns
    )


def other_location(kind: str = "internal", **columns: Any) -> GHLIntegration:
    client = Client.objects.create(name="Acme Search") if kind == "client" else None
    about = {"location_id": "anotherLocation00001", "integration_type": kind, "client": client}
    return GHLIntegration.objects.create(**about | columns)


def only_call() -> SalesCall:
    return SalesCall.objects.get()


def in_full(row: PhoneCall) -> dict[str, Any]:
    """Everything that is known of a call, without what says when it became known."""
    columns = (column.attname for column in row._meta.concrete_fields)
    return {column: getattr(row, column) for column in columns if column not in NOT_COMPARED}


def ms(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)


@contextmanager
def held_elsewhere(work: str) -> Iterator[None]:
    """Another worker is at this work: a thread with a connection of its own."""
    holds, over = Event(), Event()

    def hold() -> None:
        with only_one(work):
            holds.set()
            over.wait(timeout=30)
        connections.close_all()

    thread = Thread(target=hold)
    thread.start()
    holds.wait(timeout=30)
    yield
    over.set()
    thread.join(timeout=30)


def later(**by: float) -> Callable[[], datetime]:
    """A clock that is that much ahead."""
    instant = datetime.now(UTC) + timedelta(**by)
    return lambda: instant
