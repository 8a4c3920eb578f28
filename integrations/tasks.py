"""Deliveries off the request: tasks take ids and call the inbox."""

import uuid
from collections.abc import Sequence

from celery import shared_task

from integrations import inbox
from integrations.queueing import LARGEST_BATCH, queue


@shared_task
def process_event(event_id: str) -> None:
    """Hands one delivery to its domain."""
    inbox.process(uuid.UUID(event_id))


@shared_task
def process_several(event_ids: Sequence[str]) -> None:
    """Hands deliveries that came together to their domain, one after the other."""
    for event_id in event_ids:
        inbox.process(uuid.UUID(event_id))


@shared_task
def sweep_inbox() -> None:
    """Queues what waits and is due: what the broker lost, and what is to be tried again."""
    queue_events([str(event_id) for event_id in inbox.sweep()])


def queue_events(event_ids: Sequence[str]) -> bool:
    """False when the broker is away; the next sweep finds them."""
    batches = (event_ids[at : at + LARGEST_BATCH] for at in range(0, len(event_ids), LARGEST_BATCH))
    return all(queue("integrations.tasks.process_several", list(batch)) for batch in batches)
