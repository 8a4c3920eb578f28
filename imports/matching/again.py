"""Comparing a batch once more, by today's thresholds and people: asked for, and done, whatever the broker loses."""

import time
import uuid
from datetime import timedelta

from django.db import OperationalError
from django.utils import timezone

from imports.matching.detection import Found, detect
from imports.models import ImportBatch
from imports.runner import NotToBeRunError, batch_lock, runner_is_gone

QUEUED_TOO_LONG = timedelta(minutes=3)
SHOWN_EVERY = 30.0  # seconds, well below that


def ask(batch_id: uuid.UUID) -> bool:
    """Notes that a batch is to be compared again; telling a worker is the caller's. False where there is no batch."""
    now = timezone.now()
    asked = ImportBatch.objects.filter(pk=batch_id)
    return bool(asked.update(compare_asked_at=now, compare_told_at=now, updated_at=now))


def waiting_too_long() -> list[uuid.UUID]:
    """Batches to be compared again that no worker has been at in a while: the message may be lost, or the worker dead.

    Each is named once in that while, so that the messages of one that waits behind others do not pile up.
    """
    now = timezone.now()
    waiting = ImportBatch.objects.filter(compare_told_at__lt=now - QUEUED_TOO_LONG)
    ids = list(waiting.values_list("pk", flat=True))
    waiting.filter(pk__in=ids).update(compare_told_at=now)
    return ids


def compare_if_asked(batch_id: uuid.UUID) -> Found:
    """Does what was asked for. Safe to call any number of times; what is asked for meanwhile is done afterwards.

    Raises NotToBeRunError when nobody asks (any more), or while somebody works on the batch: then it goes on waiting.
    """
    batch = ImportBatch.objects.select_related("integration__client").filter(pk=batch_id).first()
    if batch is None or batch.compare_asked_at is None:
        raise NotToBeRunError("Nobody asks for it, or it has been done.")
    asked = ImportBatch.objects.filter(pk=batch_id, compare_asked_at=batch.compare_asked_at)
    settled = {"compare_asked_at": None, "compare_told_at": None}
    try:
        found = compare_again(batch)
    except (NotToBeRunError, OperationalError):  # it goes on waiting, until the database is back
        raise
    except Exception:
        asked.update(**settled)  # a fault of the portal's own would come again every few minutes
        raise
    asked.update(**settled)
    return found


def compare_again(batch: ImportBatch) -> Found:
    """Looks for duplicates again among the batch's records that wait; decided ones keep their candidates.

    Raises NotToBeRunError while somebody works on the batch.
    """
    if batch.status == ImportBatch.Status.RUNNING and not runner_is_gone(batch):
        raise NotToBeRunError("This batch is being worked on right now. Wait until it is done.")
    with batch_lock(batch.pk):
        found = detect(batch, after_chunk=_Sign(batch).show)
    ImportBatch.objects.filter(pk=batch.pk).update(
        matched=found.matched, in_batch_duplicates=found.in_batch_duplicates, updated_at=timezone.now()
    )
    return found


class _Sign:
    """Shows now and then that somebody is at it, so that no other worker is told."""

    def __init__(self, batch: ImportBatch) -> None:
        self._rows = ImportBatch.objects.filter(pk=batch.pk, compare_asked_at__isnull=False)
        self._next = 0.0

    def show(self, compared: int) -> None:
        if time.monotonic() >= self._next:
            self._rows.update(compare_told_at=timezone.now())
            self._next = time.monotonic() + SHOWN_EVERY
