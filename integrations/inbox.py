"""The life of a delivery: proven, kept once, handed to its domain, tried again, or parked where staff see it.

Nothing here depends on the broker: a delivery is a row with a status, and whoever is told of it, however often, finds
out from the row whether there is anything left to do.
"""

import logging
import traceback
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from integrations.events import Handled, Outcome
from integrations.ghl.deliveries import CallDelivery, ContactDelivery, OtherDelivery, read_delivery
from integrations.ghl.errors import PermanentGHLError
from integrations.models import GHLIntegration, WebhookEvent
from integrations.queueing import queue

logger = logging.getLogger(__name__)
Delivery = CallDelivery | ContactDelivery | OtherDelivery
Status, Kind = WebhookEvent.Status, WebhookEvent.Kind

# After the first try, the second and so on; then it is parked. Two and a half days: a weekend without the portal.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 720, 1440, 1440))
MOST_TRIES = len(WAITS) + 1
LOST_AFTER = timedelta(minutes=1)  # nobody took it up, or whoever did has died
QUEUED_FOR = timedelta(minutes=5)  # before the sweep queues a delivery that it has queued already once more
MOST_SWEPT = 10_000  # at a time; more than workers get done until the next sweep
OUR_APPS = ("integrations", "prospects", "calls", "imports", "ghlportal")


class CannotBePlacedError(PermanentGHLError):
    """A delivery that belongs to no location of ours, or to another one than it was sent for."""

    happened = "The delivery cannot be placed"


# ---------------------------------------------------------------- one delivery


def process(event_id: uuid.UUID) -> WebhookEvent.Status | None:
    """Hands one delivery to its domain. Safe to call any number of times; None: there was nothing to do.

    What the domain writes and the tick on the delivery are one transaction. A failure is written down after the
    rollback, and tried again later. Raises only what keeps that from being written: the database is away.
    """
    event = _taken_up(event_id)
    if event is None:
        return None
    about: dict[str, Any] = {}
    try:
        delivery = _read(event)
        about = _about(delivery)
        with transaction.atomic():
            # Two at once: the second waits here, and then finds that it is settled.
            held = WebhookEvent.objects.select_for_update().only("status").get(pk=event.pk)
            if not held.is_waiting:
                return None
            integration = _location_of(event, delivery)
            handled = _handed_over(integration, delivery, event.received_at)
            status = _settle(event, handled, integration=integration, **about)
            for task, argument in handled.then:
                transaction.on_commit(partial(queue, task, argument))
    except Exception as problem:  # noqa: BLE001  the edge: whatever a domain raises is noted on its delivery
        status = _note_failure(event, problem, about)
    logger.info("delivery %s %s", event.pk, status)
    return status


def _taken_up(event_id: uuid.UUID) -> WebhookEvent | None:
    """Counts the try before it begins, so that a delivery that kills its worker is parked in the end, too."""
    waiting = WebhookEvent.objects.filter(pk=event_id, status=Status.WAITING)
    now = timezone.now()
    if not waiting.update(attempts=F("attempts") + 1, next_try_at=now + LOST_AFTER, updated_at=now):
        return None
    event = waiting.first()
    if event is None or event.attempts <= MOST_TRIES:
        return event
    words = f"It was taken up {MOST_TRIES} times, and each time its worker ended. {event.error_message}".strip()
    waiting.update(**_parked(words))
    logger.error("delivery %s parked: its worker ended each time", event_id)
    return None


def _read(event: WebhookEvent) -> Delivery:
    if event.payload is None:
        raise CannotBePlacedError(detail="it is no JSON object; what came instead is kept as text")
    sent_for = event.integration.location_id if event.integration else ""
    return read_delivery(event.payload, location_id=sent_for)


def _about(delivery: Delivery) -> dict[str, Any]:
    """What the inbox shows and finds a delivery by."""
    if isinstance(delivery, CallDelivery):
        ids = {"ghl_contact_id": delivery.contact_id, "ghl_message_id": delivery.message_id}
        found = {"kind": Kind.CALL, "event_type": f"Call: {delivery.kind}", **ids}
    elif isinstance(delivery, ContactDelivery):
        ids = {"ghl_contact_id": delivery.contact.id}
        found = {"kind": Kind.CONTACT, "event_type": f"Contact: {delivery.kind}", **ids}
    else:
        found = {"kind": Kind.OTHER, "event_type": delivery.type}
    return {name: str(value)[:64] for name, value in found.items()}


def _location_of(event: WebhookEvent, delivery: Delivery) -> GHLIntegration | None:
    """Whose it is: the address's location, which the delivery may not contradict, else the one it names.

    None: a location that the portal does not know.
    """
    named = delivery.location_id
    if event.integration is None:
        return GHLIntegration.objects.filter(location_id=named).first() if named else None
    if named not in ("", event.integration.location_id):
        raise CannotBePlacedError(
            detail=f"it came to the webhook address of {event.integration}, but names the location {named[:64]}. "
            "Nothing was done with it. Check which address that location's workflows post to"
        )
    return event.integration


def _handed_over(integration: GHLIntegration | None, delivery: Delivery, received_at: datetime) -> Handled:
    if isinstance(delivery, OtherDelivery):
        return Handled(Outcome.IGNORED, f"The portal keeps nothing of this kind ({delivery.type or 'no type'}).")
    if integration is None:
        return Handled(
            Outcome.IGNORED,
            f"The portal has no location {delivery.location_id[:64]}. Add it, then try this delivery again.",
        )
    if not integration.is_active:
        return Handled(Outcome.IGNORED, f"{integration} is switched off. Switch it on, then try this delivery again.")
    kind = Kind.CALL if isinstance(delivery, CallDelivery) else Kind.CONTACT
    handled: Handled = import_string(settings.GHL_EVENT_HANDLERS[kind])(integration, delivery, received_at)
    return handled


# ---------------------------------------------------------------- what became of it


def _settle(event: WebhookEvent, handled: Handled, **about: Any) -> WebhookEvent.Status:
    row_table, row_id = handled.row or ("", None)
    found = {"outcome": handled.words, "flags": list(handled.flags), "row_table": row_table, "row_id": row_id}
    if handled.outcome is not Outcome.WAITING:
        change: dict[str, Any] = {"status": Status(handled.outcome), "settled_at": timezone.now(), "error_message": ""}
    else:
        change = _tried_again_or_parked(event, f"It could not be placed. {handled.words}".strip())
    return _write(event, {**about, **found, **change})


def _note_failure(event: WebhookEvent, problem: Exception, about: dict[str, Any]) -> WebhookEvent.Status:
    words = _words_of(problem)
    logger.error("delivery %s failed: %s\n%s", event.pk, words, "".join(traceback.format_tb(problem.__traceback__)))
    # The very same bytes will be refused again, so only a person can help.
    hopeless = isinstance(problem, PermanentGHLError)
    change = _parked(words) if hopeless else _tried_again_or_parked(event, words)
    return _write(event, {**about, **change})


def _words_of(problem: Exception) -> str:
    """Our own errors are written for staff; what others say may quote a row or an address, so only their kind."""
    kind = type(problem)
    is_ours = kind.__module__.partition(".")[0] in OUR_APPS
    return str(problem) if is_ours and str(problem) else f"An error inside the portal ({kind.__name__})."


def _tried_again_or_parked(event: WebhookEvent, words: str) -> dict[str, Any]:
    if event.attempts >= MOST_TRIES:
        return _parked(f"{words} Given up after {MOST_TRIES} tries.")
    return {"next_try_at": timezone.now() + WAITS[event.attempts - 1], "error_message": words}


def _parked(words: str) -> dict[str, Any]:
    now = timezone.now()
    return {"status": Status.FAILED, "error_message": words, "settled_at": now, "updated_at": now}


def _write(event: WebhookEvent, change: dict[str, Any]) -> WebhookEvent.Status:
    """Only while it waits: of two that had it in hand, the one that settled it has the last word."""
    WebhookEvent.objects.filter(pk=event.pk, status=Status.WAITING).update(**{"updated_at": timezone.now(), **change})
    return Status(change.get("status", Status.WAITING))


# ---------------------------------------------------------------- many deliveries


def sweep() -> list[uuid.UUID]:
    """Those that wait and are due, oldest first: the broker lost them, or it is time for another try.

    They are the caller's to queue; the next sweep leaves them alone for a while.
    """
    now = timezone.now()
    due = WebhookEvent.objects.filter(status=Status.WAITING, next_try_at__lte=now).order_by("next_try_at")
    found = list(due.values_list("pk", flat=True)[:MOST_SWEPT])
    still_due = WebhookEvent.objects.filter(pk__in=found, status=Status.WAITING)
    still_due.update(next_try_at=now + QUEUED_FOR, updated_at=now)
    return found


def replay(event_ids: Collection[uuid.UUID]) -> list[uuid.UUID]:
    """Lets deliveries that failed or were ignored wait again, with all their tries. They are the caller's to queue."""
    settled = WebhookEvent.objects.filter(pk__in=event_ids, status__in=(Status.FAILED, Status.IGNORED))
    found = list(settled.order_by("received_at").values_list("pk", flat=True))
    now = timezone.now()
    settled.update(status=Status.WAITING, attempts=0, next_try_at=now + LOST_AFTER, settled_at=None, updated_at=now)
    return found


def drain(*, once: bool) -> Iterator[WebhookEvent.Status]:
    """Processes all that wait, whether due or not, oldest first; gives what became of each.

    Each is tried once, so that it ends however many cannot be settled. Unless `once`, those that arrive meanwhile are
    taken in as well.
    """
    tried: set[uuid.UUID] = set()
    waiting = WebhookEvent.objects.filter(status=Status.WAITING).order_by("received_at")
    while untried := [pk for pk in waiting.values_list("pk", flat=True) if pk not in tried]:
        tried.update(untried)
        yield from filter(None, map(process, untried))
        if once:
            return


def waiting_since() -> datetime | None:
    """When the oldest that still waits came: how far behind the inbox is."""
    waiting = WebhookEvent.objects.filter(status=Status.WAITING).order_by("received_at")
    return waiting.values_list("received_at", flat=True).first()
