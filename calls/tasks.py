"""Calls off the request: tasks take ids and call one service."""

import logging
import uuid

from celery import shared_task

from calls import enrichment, latest_calls, reconciling
from calls.one_at_a_time import AlreadyRunningError
from calls.summaries import asking, working_off
from integrations.credentials import LocationNotReadyError
from integrations.fields import SecretUnreadableError
from integrations.ghl.errors import GHLError
from integrations.models import GHLIntegration
from integrations.queueing import queue

logger = logging.getLogger(__name__)

CALLS_A_MINUTE = 60  # of one location; a call takes one to three requests of the 600 that GHL allows in that time


@shared_task
def enrich_call(call_id: str) -> None:
    """Asks GHL for what one call lacks."""
    logger.info("call %s: %s", call_id, enrichment.enrich(uuid.UUID(call_id)))


@shared_task
def enrich_due() -> None:
    """Asks for what is due in every active location: the schedule of each minute."""
    for integration in GHLIntegration.objects.filter(is_active=True):
        results = enrichment.enrich_due(integration, CALLS_A_MINUTE)
        if results:
            logger.info("location %s: calls fetched %s", integration.pk, {str(key): n for key, n in results.items()})


@shared_task
def find_calls_of_contact(location_and_contact: str) -> None:
    """Asks GHL for the latest calls of a contact: "<id of the location's row>/<GHL contact>"."""
    integration_id, _, contact_id = location_and_contact.partition("/")
    integration = GHLIntegration.objects.get(pk=uuid.UUID(integration_id))
    try:
        created = latest_calls.fetch_latest_calls(integration, contact_id)
    except (GHLError, LocationNotReadyError, SecretUnreadableError) as problem:
        logger.warning("location %s: latest calls of a contact not fetched: %s", integration.pk, problem)
        return
    logger.info("location %s: %s calls of a contact found", integration.pk, created)


@shared_task
def reconcile_locations() -> None:
    """Compares every active location's calls with GHL's: the hourly schedule. Each is a task of its own."""
    for integration in GHLIntegration.objects.filter(is_active=True):
        queue("calls.tasks.reconcile_location", str(integration.pk))


@shared_task
def reconcile_location(integration_id: str) -> None:
    """Compares one location's calls with GHL's and repairs what no delivery told of."""
    integration = GHLIntegration.objects.get(pk=uuid.UUID(integration_id))
    try:
        result = reconciling.reconcile(integration)
    except AlreadyRunningError as reason:
        logger.info("location %s: %s", integration.pk, reason)
        return
    logger.info("location %s: %s checked, %s repaired", integration.pk, result.checked, result.repaired)


@shared_task
def summarize_waiting() -> None:
    """Makes the summaries that wait, for some seconds, then goes to the end of the queue: the schedule of each minute,
    and whenever a summary is asked for.
    """
    try:
        results, is_more = working_off.work_off()
    except AlreadyRunningError:
        return
    if results:
        logger.info("summaries: %s", dict(results))
    if is_more:
        queue(asking.WORK_OFF)
