"""Imports off the request: tasks take an id, call one service, and queue themselves again while there is work."""

import logging
import uuid

from celery import shared_task

from imports.bulk import bulk_runs
from imports.files import csv_handover, csv_uploads
from imports.matching import again
from imports.models import BulkRun, ImportBatch
from imports.pulling import batches, pull
from imports.runner import NotToBeRunError
from integrations.models import GHLIntegration

logger = logging.getLogger(__name__)

SLICE_SECONDS = 8 * 60.0  # of one task; well below the broker's patience, after which it would give the task twice


@shared_task
def run_pull(batch_id: str) -> None:
    """Works on a pull for a while; what is left is another task's."""
    try:
        batch = pull.run(uuid.UUID(batch_id), seconds=SLICE_SECONDS)
    except NotToBeRunError as reason:
        logger.info("batch %s not run: %s", batch_id, reason)
        return
    if batch.status == ImportBatch.Status.QUEUED:
        run_pull.delay(batch_id)


@shared_task
def pull_all_locations() -> None:
    """Begins a pull of every active location, or goes on with one that failed: the nightly schedule.

    One that is under way, or that a person stopped, is left alone.
    """
    for integration in GHLIntegration.objects.filter(is_active=True):
        try:
            batch = _started_or_resumed(integration)
        except batches.UnfinishedPullError as reason:
            logger.info("location %s not pulled: %s", integration.pk, reason)
            continue
        run_pull.delay(str(batch.pk))


def _started_or_resumed(integration: GHLIntegration) -> ImportBatch:
    try:
        return batches.start(integration)
    except batches.UnfinishedPullError as reason:
        if reason.batch.status != ImportBatch.Status.FAILED:
            raise
        return batches.resume(integration)


@shared_task
def notice_dead_pulls() -> None:
    """Says on its page that a pull died, and queues again what the broker lost."""
    batches.note_dead()
    for batch_id in batches.waiting_too_long():
        run_pull.delay(str(batch_id))


@shared_task
def check_csv(upload_id: str) -> None:
    """Gives a verdict on every row of a file whose columns were confirmed."""
    csv_uploads.check(uuid.UUID(upload_id))


@shared_task
def stage_csv(batch_id: str) -> None:
    """Stages a checked file's rows and compares them."""
    try:
        csv_handover.stage_batch(uuid.UUID(batch_id))
    except NotToBeRunError as reason:
        logger.info("batch %s not run: %s", batch_id, reason)


@shared_task
def notice_dead_files() -> None:
    """Says on its page that checking a file died, queues again what the broker lost, and forgets old files."""
    csv_uploads.note_dead_checks()
    for upload_id in csv_uploads.waiting_checks():
        check_csv.delay(str(upload_id))
    for batch_id in csv_handover.waiting_batches():
        stage_csv.delay(str(batch_id))
    csv_uploads.forget_old()


@shared_task
def compare_batch_again(batch_id: str) -> None:
    """Looks for duplicates in a batch again, since what pairs are judged by has changed."""
    try:
        again.compare_if_asked(uuid.UUID(batch_id))
    except NotToBeRunError as reason:
        logger.info("batch %s not compared again: %s", batch_id, reason)


@shared_task
def notice_waiting_comparisons() -> None:
    """Queues again comparisons that were asked for and that the broker lost, or whose worker died."""
    for batch_id in again.waiting_too_long():
        compare_batch_again.delay(str(batch_id))


@shared_task
def run_bulk(run_id: str) -> None:
    """Works on a bulk run, or on its undoing, for a while; what is left is another task's."""
    try:
        run = bulk_runs.work(uuid.UUID(run_id), seconds=SLICE_SECONDS)
    except NotToBeRunError as reason:
        logger.info("bulk run %s not run: %s", run_id, reason)
        return
    if run.status == BulkRun.Status.QUEUED:
        run_bulk.delay(run_id)


@shared_task
def notice_waiting_bulk_runs() -> None:
    """Queues again bulk runs that the broker lost, or whose worker died."""
    for run_id in bulk_runs.waiting_too_long():
        run_bulk.delay(str(run_id))
