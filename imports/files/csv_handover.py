"""From a checked CSV file to its batch: handed over by a person, staged by a worker, gone on with after a crash."""

import uuid

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from imports.files.csv_files import remarks_about, take_apart
from imports.files.csv_import import queue_again, stage
from imports.files.csv_rows import Reader
from imports.files.csv_uploads import QUEUED_TOO_LONG, UploadRefusedError, named_once
from imports.models import CsvUpload, ImportBatch
from imports.runner import NotToBeRunError

Status, BatchStatus = CsvUpload.Status, ImportBatch.Status


def hand_over(upload: CsvUpload, by: User) -> ImportBatch:
    """Makes the batch that a checked file's rows are staged into. To be handed to `stage_batch` then.

    Raises UploadRefusedError when there is nothing to stage, or when somebody did it first.
    """
    rows = upload.verdict.get("rows", 0)
    if not upload.verdict.get("good") and not upload.verdict.get("errors"):
        raise UploadRefusedError("There is nothing to stage: every row is here already.")
    with transaction.atomic():
        now = timezone.now()
        mine = CsvUpload.objects.filter(pk=upload.pk, status=Status.CHECKED, check_number=upload.check_number)
        if not mine.update(status=Status.STAGED, updated_at=now):
            raise UploadRefusedError("Somebody staged or dropped this file, or is checking it again.")
        batch, is_new = ImportBatch.objects.get_or_create(
            integration=upload.integration,
            source=ImportBatch.Source.CSV,
            source_digest=upload.digest,
            defaults={
                "source_name": upload.source_name,
                "remarks": [*upload.remarks, *remarks_about(upload.columns)],
                "started_by": by,
            },
        )
        if not is_new and (batch.is_under_way or not batch.is_unfinished):
            raise UploadRefusedError("This very file was brought in meanwhile.", batch=batch)
        queue_again(batch)
        ImportBatch.objects.filter(pk=batch.pk).update(contacts_total=rows)
        CsvUpload.objects.filter(batch=batch).update(batch=None, content=b"")  # of an attempt that was given up
        CsvUpload.objects.filter(pk=upload.pk).update(batch=batch)
    return batch


def stage_batch(batch_id: uuid.UUID) -> None:
    """Works on the batch of an uploaded file to its end. Raises NotToBeRunError when it is not to be worked on."""
    upload = CsvUpload.objects.filter(batch=batch_id, status=Status.STAGED).first()
    if upload is None or not upload.content:
        raise NotToBeRunError("The file of this batch is not kept any more.")
    try:
        batch = stage(batch_id, take_apart(bytes(upload.content)), Reader(upload.columns), leave_out_repeats=True)
    except NotToBeRunError:
        raise
    except Exception as surprise:
        # Its text may quote people's data, so only its type goes onto the page; the log has the traceback.
        ImportBatch.objects.filter(pk=batch_id, status=BatchStatus.RUNNING).update(
            status=BatchStatus.FAILED,
            error=f"A fault of the portal itself ({type(surprise).__name__}). Nothing is lost: Resume.",
            updated_at=timezone.now(),
        )
        raise
    if not batch.is_unfinished:
        CsvUpload.objects.filter(pk=upload.pk).update(content=b"", updated_at=timezone.now())


def can_resume(batch: ImportBatch) -> bool:
    """Whether the batch's file is kept, so that a worker can go on with it."""
    return batch.is_unfinished and CsvUpload.objects.filter(batch=batch).exclude(content=b"").exists()


def resume(batch: ImportBatch) -> None:
    """Lets an uploaded file's batch that failed or was stopped wait for a worker. Raises UploadRefusedError."""
    if not can_resume(batch):
        raise UploadRefusedError("The file of this batch is not kept any more. Bring it in again: nothing is doubled.")
    queue_again(batch)


def waiting_batches() -> list[uuid.UUID]:
    """Batches of uploaded files that no worker has taken up in a while, each named once in that while."""
    now = timezone.now()
    waiting = ImportBatch.objects.filter(
        source=ImportBatch.Source.CSV, status=BatchStatus.QUEUED, csv_upload__isnull=False,
        updated_at__lt=now - QUEUED_TOO_LONG,
    )  # fmt: skip
    return named_once(waiting, now)
