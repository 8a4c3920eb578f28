"""Pushes off the request: tasks take an id, call one service, and queue themselves again while there is work."""

import logging
import math
import uuid
from collections import Counter

from celery import shared_task
from django.utils import timezone

from integrations.credentials import LocationNotReadyError
from integrations.fields import SecretUnreadableError
from integrations.models import GHLIntegration
from integrations.queueing import queue
from prospects.outbound import changes, runs, told_rows

logger = logging.getLogger(__name__)

SLICE_SECONDS = 8 * 60.0  # of one task; well below the broker's patience, after which it would give the task twice
TELLING_SECONDS = 4 * 60.0  # less than what is between two rounds


@shared_task
def push_to_ghl(run_id: str) -> None:
    """Works on a push for a while, beside others that may; what is left is another task's."""
    run = runs.work_on(uuid.UUID(run_id), seconds=SLICE_SECONDS)
    due_in = runs.due_in(run)
    if due_in is not None:
        push_to_ghl.apply_async(args=(run_id,), countdown=math.ceil(due_in))


@shared_task
def push_all_locations() -> None:
    """Begins a push to every active location: the nightly schedule.

    Where a side has several active locations, people who belong to none of them yet could go to any: the portal does
    not choose, so such a side is left to staff, who push from the page of the location that they mean.
    """
    active = list(GHLIntegration.objects.filter(is_active=True).order_by("created_at"))
    of_side = Counter(integration.client_id for integration in active)
    for integration in active:
        if of_side[integration.client_id] > 1:
            logger.info("location %s not pushed: its side has several, so staff choose", integration.pk)
            continue
        try:
            run = runs.start(integration)
        except (runs.PushUnderWayError, runs.CannotBePushedError) as reason:
            logger.info("location %s not pushed: %s", integration.pk, type(reason).__name__)
            continue
        queue("prospects.tasks.push_to_ghl", str(run.pk))


@shared_task
def sweep_pushes() -> None:
    """Goes on with pushes whose workers died, and queues again what the broker lost."""
    for run_id in runs.nobody_at_it():
        queue("prospects.tasks.push_to_ghl", str(run_id))


@shared_task
def tell_changes(integration_id: str) -> None:
    """Tells GHL what was changed of a location's people, for a while; the rest is the next one's."""
    integration = GHLIntegration.objects.get(pk=integration_id)
    try:
        result = changes.tell_changes(integration, seconds=TELLING_SECONDS)
    except (LocationNotReadyError, SecretUnreadableError) as problem:
        logger.info("location %s not told: %s", integration.pk, type(problem).__name__)
        return
    if result.problem:
        logger.warning("location %s: %s", integration.pk, result.problem)


@shared_task
def tell_all_changes() -> None:
    """Has GHL told of people who were changed in the portal, wherever there are any."""
    for integration in GHLIntegration.objects.filter(is_active=True):
        if integration.api_token and told_rows.due(integration, timezone.now()).exists():
            queue("prospects.tasks.tell_changes", str(integration.pk))
