"""Comparing a batch once more, by today's thresholds and today's people."""

from django.utils import timezone

from imports.matching.detection import Found, detect
from imports.models import ImportBatch
from imports.runner import NotToBeRunError, batch_lock, runner_is_gone


def compare_again(batch: ImportBatch) -> Found:
    """Looks for duplicates again among the batch's records that wait; decided ones keep their candidates.

    Raises NotToBeRunError while somebody works on the batch.
    """
    if batch.status == ImportBatch.Status.RUNNING and not runner_is_gone(batch):
        raise NotToBeRunError("This batch is being worked on right now. Wait until it is done.")
    with batch_lock(batch.pk):
        found = detect(batch)
    ImportBatch.objects.filter(pk=batch.pk).update(
        matched=found.matched, in_batch_duplicates=found.in_batch_duplicates, updated_at=timezone.now()
    )
    return found
