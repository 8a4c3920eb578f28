"""A batch from a CSV file: every row staged, the bad ones with their reason, then compared like any other batch."""

import time
from collections.abc import Callable
from itertools import islice

from django.db import transaction
from django.utils import timezone

from imports.csv_files import CsvFile, CsvRow, columns_of, tags_in
from imports.matching import detect
from imports.models import ImportBatch, StagedRecord
from imports.reading import IdentityColumns, complaint, shortened
from imports.runner import lease
from integrations.models import GHLIntegration

ROWS_AT_ONCE = 1000
Status = ImportBatch.Status


def import_csv(
    file: CsvFile,
    integration: GHLIntegration,
    *,
    source_name: str,
    on_progress: Callable[[ImportBatch], None] = lambda batch: None,
) -> ImportBatch:
    """Stages a file's rows and looks for duplicates. The same file again gives the batch that it made already.

    A batch whose import was cut off goes on. Raises NotToBeRunError while another process is at the same file.
    """
    batch, _ = ImportBatch.objects.get_or_create(
        integration=integration,
        source=ImportBatch.Source.CSV,
        source_digest=file.digest,
        defaults={"source_name": source_name[:255], "remarks": list(file.remarks), "started_at": timezone.now()},
    )
    if not batch.is_unfinished:
        return batch
    # A process that was killed leaves its batch running, until somebody notices and marks it as failed.
    ImportBatch.objects.filter(pk=batch.pk, status__in=[Status.FAILED, Status.STOPPED]).update(
        status=Status.QUEUED, error="", updated_at=timezone.now()
    )
    began = time.monotonic()
    with lease(batch.pk):
        batch.refresh_from_db()
        _stage_rows(batch, file, on_progress)
        found = detect(batch, after_chunk=lambda compared: _show_life(batch))
        batch.matched, batch.in_batch_duplicates = found.matched, found.in_batch_duplicates
        batch.errors = batch.records.filter(status=StagedRecord.Status.ERROR).count()
        batch.phase = ImportBatch.Phase.DONE
        batch.status = Status.PARTIAL if batch.errors else Status.SUCCESS
        batch.finished_at = timezone.now()
        batch.seconds_worked += time.monotonic() - began
        batch.save()
    on_progress(batch)
    return batch


def _show_life(batch: ImportBatch) -> None:
    ImportBatch.objects.filter(pk=batch.pk).update(heartbeat_at=timezone.now())


def _stage_rows(batch: ImportBatch, file: CsvFile, on_progress: Callable[[ImportBatch], None]) -> None:
    rows = file.rows()
    batch.contacts_read = 0
    while chunk := list(islice(rows, ROWS_AT_ONCE)):
        with transaction.atomic():
            records = {record.record_key: record for record in (_record(batch, row) for row in chunk)}
            for known in batch.records.filter(record_key__in=records).values_list("record_key", flat=True):
                del records[known]  # staged by a run that was cut off
            StagedRecord.objects.bulk_create(records.values())
            batch.contacts_read += len(chunk)
            batch.contacts_staged = batch.contacts_read
            batch.heartbeat_at = timezone.now()
            batch.save(update_fields=["contacts_read", "contacts_staged", "heartbeat_at", "updated_at"])
        on_progress(batch)


def _record(batch: ImportBatch, row: CsvRow) -> StagedRecord:
    columns = columns_of(row.values)
    identity: IdentityColumns = {
        name: value for name, value in columns.items() if name.startswith(("contact_", "firm_"))
    }
    kept, too_long = shortened(identity)
    problem = complaint(identity, too_long, where="a file of its own")
    error = row.error or (problem and f"Line {row.line}: {problem}")
    return StagedRecord(
        batch=batch,
        record_key=f"line:{row.line}",
        position=row.line,
        raw_data=dict(row.values),
        tags=tags_in(columns.get("tags", "")),
        status=StagedRecord.Status.ERROR if error else StagedRecord.Status.PENDING,
        error_message=error,
        **kept,
    )
