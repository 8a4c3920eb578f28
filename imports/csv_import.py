"""A batch from a CSV file: every row staged, the bad ones with their reason, then compared like any other batch."""

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


def import_csv(
    file: CsvFile,
    integration: GHLIntegration,
    *,
    source_name: str,
    on_progress: Callable[[ImportBatch], None] = lambda batch: None,
) -> ImportBatch:
    """Stages a file's rows and looks for duplicates. The same file again gives the batch that it made already.

    Raises NotToBeRunError while another process is at the same file.
    """
    batch, _ = ImportBatch.objects.get_or_create(
        integration=integration,
        source=ImportBatch.Source.CSV,
        source_digest=file.digest,
        defaults={"source_name": source_name[:255], "remarks": list(file.remarks), "started_at": timezone.now()},
    )
    if not batch.is_unfinished:
        return batch
    with lease(batch.pk):
        batch.refresh_from_db()
        _stage_rows(batch, file, on_progress)
        found = detect(batch)
        batch.matched, batch.in_batch_duplicates = found.matched, found.in_batch_duplicates
        batch.errors = batch.records.filter(status=StagedRecord.Status.ERROR).count()
        batch.phase = ImportBatch.Phase.DONE
        batch.status = ImportBatch.Status.PARTIAL if batch.errors else ImportBatch.Status.SUCCESS
        batch.finished_at = timezone.now()
        batch.seconds_worked += (batch.finished_at - (batch.started_at or batch.finished_at)).total_seconds()
        batch.save()
    on_progress(batch)
    return batch


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
            batch.save()
        on_progress(batch)


def _record(batch: ImportBatch, row: CsvRow) -> StagedRecord:
    columns = columns_of(row.values)
    identity: IdentityColumns = {
        name: value for name, value in columns.items() if name.startswith(("contact_", "firm_"))
    }
    kept, too_long = shortened(identity)
    error = row.error or complaint(identity, too_long, where="the file")
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
