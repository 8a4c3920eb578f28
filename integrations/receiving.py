"""At the door: who sends a delivery, whether it came before, and its row. All else happens later."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from integrations.delivery_bodies import Body, read_body
from integrations.ghl.deliveries import CallDelivery, delivery_key, read_delivery
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.signatures import PUBLISHED_KEYS, split_pems, verify_app_delivery
from integrations.inbox import LOST_AFTER
from integrations.models import WebhookEvent, webhook_digest
from integrations.webhook_secrets import ANSWERS_TO, location_behind, secret_parameters

logger = logging.getLogger(__name__)

# A workflow's delivery may name nothing that tells its call from the next one with the same person. Such bodies are one
# delivery when they come within this time, two when they come later: a repeat of GHL's takes seconds, a second dial
# that ends the same way usually longer.
ONE_CALL_WITHIN = timedelta(minutes=5)
SOURCE = WebhookEvent.Source

# Plain SQL, since the ORM can neither look the location up in an INSERT nor tell a repeat from a new row in one
# statement. The other columns have defaults in the database.
COLUMNS = "id, source, delivery_key, payload, body, status, error_message, received_at, next_try_at, settled_at"
MARKS = ", ".join(["%s"] * len(COLUMNS.split(", ")))
ONCE = "ON CONFLICT (delivery_key) DO NOTHING"
KEEP = f"INSERT INTO ghl_webhook_events ({COLUMNS}) VALUES ({MARKS}) {ONCE}"  # noqa: S608  names of our own
KEEP_FOR_LOCATION = (
    f"INSERT INTO ghl_webhook_events ({COLUMNS}, integration_id) "  # noqa: S608
    f"SELECT {MARKS}, id FROM ghl_integrations WHERE {ANSWERS_TO} {ONCE}"
)
COUNT_ONE_MORE = (
    "INSERT INTO ghl_refused_deliveries (day, source, count) VALUES (%s, %s, 1) "
    "ON CONFLICT (day, source) DO UPDATE SET count = ghl_refused_deliveries.count + 1"
)


class NotProvenError(Exception):
    """Whoever sent this did not prove to be GHL."""


@dataclass(slots=True)
class Arrival:
    """A delivery at the door. Making a model's instance of it would cost a fifth of taking it in (measured)."""

    source: WebhookEvent.Source
    key: str
    body: Body
    at: datetime
    event_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def is_waiting(self) -> bool:
        """What cannot be read is parked at once, with the reason."""
        return self.body.payload is not None

    def values(self) -> list[Any]:
        """Of COLUMNS, as the database takes them."""
        adapt_instant = connection.ops.adapt_datetimefield_value
        at = adapt_instant(self.at)
        status = WebhookEvent.Status.WAITING if self.is_waiting else WebhookEvent.Status.FAILED
        return [
            self.event_id if connection.features.has_native_uuid_field else self.event_id.hex,
            self.source.value,
            self.key,
            connection.ops.adapt_json_value(self.body.payload, None) if self.is_waiting else None,
            self.body.text,
            status.value,
            self.body.problem,
            at,
            adapt_instant(self.at + LOST_AFTER),
            None if self.is_waiting else at,
        ]


@dataclass(frozen=True, slots=True)
class Received:
    """`event_id` of the row that was written; None when the delivery is a repeat. `is_waiting`: there is work to do."""

    event_id: uuid.UUID | None
    is_waiting: bool = False


def receive_from_workflow(raw: bytes, *, secret: str) -> Received:
    """Keeps a delivery that came to the address of one location. Raises NotProvenError when it is nobody's address."""
    digest = webhook_digest(secret)
    # Whatever a person typed into the workflow as an id: only the same body is the same delivery.
    arrival = _arrival(read_body(raw), SOURCE.WORKFLOW, key=f"{digest} {sha256(raw).hexdigest()}")
    if _insert(arrival, for_secret=digest):
        return Received(arrival.event_id, arrival.is_waiting)
    if location_behind(secret) is None:
        _count_refusal(SOURCE.WORKFLOW)
        raise NotProvenError
    is_new = _may_be_another_call(arrival) and _insert(arrival, for_secret=digest)
    return Received(arrival.event_id, arrival.is_waiting) if is_new else Received(None)


def receive_from_app(raw: bytes, *, headers: Mapping[str, str]) -> Received:
    """Keeps a delivery of the marketplace app, for whichever location. Raises NotProvenError unless GHL signed it."""
    told = settings.GHL_APP_PUBLIC_KEYS.strip()
    if not verify_app_delivery(raw, headers, split_pems(told) if told else PUBLISHED_KEYS):
        _count_refusal(SOURCE.APP)
        raise NotProvenError
    body = read_body(raw)
    arrival = _arrival(body, SOURCE.APP, key=delivery_key(raw, body.payload))
    return Received(arrival.event_id, arrival.is_waiting) if _insert(arrival) else Received(None)


def _arrival(body: Body, source: WebhookEvent.Source, *, key: str) -> Arrival:
    # The sender is in the key, so that nobody can use up the key of somebody else's delivery.
    return Arrival(source, sha256(f"{source} {key}".encode()).hexdigest(), body, timezone.now())


def _insert(arrival: Arrival, *, for_secret: str = "") -> bool:
    """Writes the row; False when a delivery of that key is there, or no location has the secret of that digest.

    One statement, so that it costs what a plain INSERT does (measured: another question to the database takes a third
    off the throughput): the location is found on the way, and the database is the referee between simultaneous copies.
    """
    values = arrival.values()
    statement = KEEP
    if for_secret:
        statement = KEEP_FOR_LOCATION
        values += secret_parameters(for_secret)
    # Django would first ask whether the connection still works; `_run` finds that out by itself.
    connection.health_check_done = True  # type: ignore[attr-defined]
    return _run(statement, values) == 1


def _run(statement: str, values: Sequence[Any]) -> int:
    """How many rows it wrote. A kept connection that died meanwhile is replaced: the statement may be run twice."""
    try:
        return _run_once(statement, values)
    except Error:
        if connection.in_atomic_block or connection.is_usable():
            raise
        connection.close()
        return _run_once(statement, values)


def _run_once(statement: str, values: Sequence[Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _may_be_another_call(arrival: Arrival) -> bool:
    """Whether a body that came before may be about another call; its key is then one of its own."""
    try:
        delivery = read_delivery(arrival.body.payload, location_id="any")
    except UnexpectedPayload:
        return False
    if not isinstance(delivery, CallDelivery) or delivery.tells_its_call_apart:
        return False
    period = int(arrival.at.timestamp() // ONE_CALL_WITHIN.total_seconds())
    first, *later = arrival.key, *(f"{arrival.key}@{number}" for number in (period - 1, period))
    recent = WebhookEvent.objects.filter(received_at__gt=arrival.at - ONE_CALL_WITHIN)
    if recent.filter(delivery_key__in=(first, *later)).exists():
        return False
    arrival.key = later[-1]  # copies of it that come at the same moment share this key, and are one again
    return True


def _count_refusal(source: WebhookEvent.Source) -> None:
    """One more on the day's count, and nothing else: a stranger cannot fill the table."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(COUNT_ONE_MORE, [timezone.now().date().isoformat(), source.value])
    except Error as problem:
        logger.warning("a refused delivery was not counted (%s)", type(problem).__name__)
