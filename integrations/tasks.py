"""Deliveries off the request: tasks take ids and call the inbox."""

import logging
import uuid
from collections.abc import Sequence

from celery import shared_task
from django.db import Error

from integrations import inbox, retention
from integrations.mapping_check import check_mapping
from integrations.models import GHLIntegration
from integrations.queueing import LARGEST_BATCH, queue

logger = logging.getLogger(__name__)


@shared_task
def process_event(event_id: str) -> None:
    """Hands one delivery to its domain."""
    _process([event_id])


@shared_task
def process_several(event_ids: Sequence[str]) -> None:
    """Hands deliveries that came together to their domain, one after the other."""
    _process(event_ids)


def _process(event_ids: Sequence[str]) -> None:
    """Without a database there is no use in trying the rest: they wait, and the sweep finds them when it is back."""
    try:
        for event_id in event_ids:
            inbox.process(uuid.UUID(event_id))
    except Error as problem:
        logger.error("deliveries are left to the sweep, the database is away (%s)", type(problem).__name__)


@shared_task
def sweep_inbox() -> None:
    """Queues what waits and is due: what the broker lost, and what is to be tried again."""
    queue_events([str(event_id) for event_id in inbox.sweep()])


@shared_task
def forget_old_deliveries() -> None:
    """Removes what was done long ago: the nightly schedule, which staff can change."""
    deliveries, days = retention.forget_old()
    logger.info("deliveries forgotten: %s; days of refused ones: %s", deliveries, days)


@shared_task
def check_mappings() -> None:
    """Looks whether the locations still have the custom fields that the next push will write into."""
    for integration in GHLIntegration.objects.filter(is_active=True):
        check_mapping(integration)


def queue_events(event_ids: Sequence[str]) -> bool:
    """False when the broker is away; the next sweep finds them."""
    batches = (event_ids[at : at + LARGEST_BATCH] for at in range(0, len(event_ids), LARGEST_BATCH))
    return all(queue("integrations.tasks.process_several", list(batch)) for batch in batches)
