"""A batch from a CSV file: its rows staged, the bad ones with their reason, then compared like any other batch.

Rows are staged in chunks, each in one transaction with the counts, so that whatever ends an import, the next run goes
on where this one was: it reads the file from its beginning and passes over the rows that are staged.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from imports.files.csv_check import REFERENCE, ROWS_AT_ONCE, Judge, Verdict, in_chunks
from imports.files.csv_files import CsvFile
from imports.files.csv_rows import Reader, ReadRow, hash_of
from imports.matching.detection import detect
from imports.models import ImportBatch, StagedRecord
from imports.reading import LONGEST
from imports.runner import LeaseLostError, NotToBeRunError, lease
from imports.steady_memory import long_job
from integrations.bulk_insert import insert_rows
from integrations.models import GHLIntegration

Phase, Status = ImportBatch.Phase, ImportBatch.Status
Decision = StagedRecord.Decision
OnProgress = Callable[[ImportBatch], None]
# What the runner writes; a person may write `stop_requested` meanwhile.
WRITTEN_BY_THE_RUNNER = (
    "status", "phase", "cursor", "remarks", "error", "started_at", "finished_at", "heartbeat_at", "updated_at",
    "contacts_total", "contacts_read", "contacts_staged", "contacts_unchanged", "matched", "in_batch_duplicates",
    "errors", "seconds_worked", "seconds_in_phase",
)  # fmt: skip
RECORD_COLUMNS = (
    "id", "created_at", "updated_at", "batch_id", "batch_made_at", "record_key", "position", "raw_data",
    "content_digest", "row_hash", "tags", "status", "error_message", *LONGEST,
)  # fmt: skip


class _StopRequestedError(Exception):
    """A person asked for the import to stop."""


def import_csv(
    file: CsvFile,
    integration: GHLIntegration,
    *,
    source_name: str,
    on_progress: OnProgress = lambda batch: None,
) -> ImportBatch:
    """Stages all of a file's rows and looks for duplicates. The same file again gives the batch that it made already.

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
    queue_again(batch)
    return stage(batch.pk, file, Reader.of_names(file), on_progress=on_progress)


def queue_again(batch: ImportBatch) -> None:
    """Lets a batch wait for a run. A killed process leaves its batch running, until it is noticed and marked failed."""
    ImportBatch.objects.filter(pk=batch.pk, status__in=[Status.FAILED, Status.STOPPED]).update(
        status=Status.QUEUED, stop_requested=False, error="", updated_at=timezone.now()
    )


def stage(
    batch_id: uuid.UUID,
    file: CsvFile,
    reader: Reader,
    *,
    leave_out_repeats: bool = False,
    on_progress: OnProgress = lambda batch: None,
) -> ImportBatch:
    """Works on a CSV batch to its end, or until a person asks it to stop.

    With `leave_out_repeats`, rows are not staged that the file has twice or that an earlier file of the location
    brought. Raises NotToBeRunError when somebody else works on the batch.
    """
    with long_job(), lease(batch_id) as runner:
        batch = ImportBatch.objects.select_related("integration__client").get(pk=batch_id)
        work = _Work(batch, runner, on_progress)
        try:
            work.to_its_end(file, reader, leave_out_repeats)
        except _StopRequestedError:
            batch.status = Status.STOPPED
            work.save()
        except LeaseLostError:
            raise NotToBeRunError(
                "This batch was given up or taken over. This process writes nothing more to it."
            ) from None
    on_progress(batch)
    return batch


class _Work:
    """One runner's work on one batch."""

    def __init__(self, batch: ImportBatch, runner: str, on_progress: OnProgress) -> None:
        self.batch = batch
        self.runner = runner
        self.on_progress = on_progress
        self.began = time.monotonic()
        self.seconds_before = batch.seconds_worked

    def to_its_end(self, file: CsvFile, reader: Reader, leave_out_repeats: bool) -> None:
        """Stages and compares. Raises _StopRequestedError or LeaseLostError."""
        self.batch.started_at = self.batch.started_at or timezone.now()
        if self.batch.phase == Phase.CONTACTS:
            self._stage_rows(file, reader, leave_out_repeats)
            self.batch.phase, self.batch.seconds_in_phase = Phase.DETECTION, 0
        self.batch.cursor = {"compared": 0}
        self.save()
        found = detect(self.batch, after_chunk=self._note_compared)
        self.batch.matched, self.batch.in_batch_duplicates = found.matched, found.in_batch_duplicates
        self.batch.errors = self.batch.records.filter(status=StagedRecord.Status.ERROR).count()
        self.batch.phase = Phase.DONE
        self.batch.status = Status.PARTIAL if self.batch.errors else Status.SUCCESS
        self.batch.finished_at = timezone.now()
        self.save()

    def _stage_rows(self, file: CsvFile, reader: Reader, leave_out_repeats: bool) -> None:
        judge = Judge(self.batch.integration, self.batch) if leave_out_repeats else None
        self.batch.contacts_read = self.batch.contacts_staged = self.batch.contacts_unchanged = 0
        self.batch.seconds_in_phase = 0
        for chunk in in_chunks(map(reader.read, file.rows()), ROWS_AT_ONCE):
            with transaction.atomic():
                rows = self._without_repeats(chunk, judge) if judge else chunk
                _stage(self.batch, rows)
                self.batch.contacts_read += len(chunk)
                self.batch.contacts_staged += len(rows)
                self.batch.contacts_unchanged += len(chunk) - len(rows)
                self.save()
            self.on_progress(self.batch)
            self._stop_if_asked()

    def _without_repeats(self, chunk: Sequence[ReadRow], judge: Judge) -> list[ReadRow]:
        """Inside a transaction; one file of a location at a time, or two with the same row would both bring it."""
        GHLIntegration.objects.select_for_update(of=("self",), no_key=True).get(pk=self.batch.integration_id)
        return [row for row, verdict in judge.judge(chunk) if verdict in (Verdict.GOOD, Verdict.ERROR)]

    def _note_compared(self, count: int) -> None:
        self.batch.cursor["compared"] += count
        self.save()
        self._stop_if_asked()

    def _stop_if_asked(self) -> None:
        if ImportBatch.objects.filter(pk=self.batch.pk, stop_requested=True).exists():
            raise _StopRequestedError

    def save(self) -> None:
        """Writes the batch, if this runner still holds it. Raises LeaseLostError otherwise."""
        worked = self.seconds_before + time.monotonic() - self.began
        self.batch.seconds_in_phase += worked - self.batch.seconds_worked
        self.batch.seconds_worked = worked
        self.batch.heartbeat_at = self.batch.updated_at = timezone.now()
        values = {name: getattr(self.batch, name) for name in WRITTEN_BY_THE_RUNNER}
        if not ImportBatch.objects.filter(pk=self.batch.pk, runner=self.runner).update(**values):
            raise LeaseLostError


def _stage(batch: ImportBatch, rows: Sequence[ReadRow]) -> None:
    """Stages rows, but for those that a run which was cut off has staged. Inside a transaction."""
    new = {_key(row): row for row in rows}
    for known in batch.records.filter(record_key__in=new).values_list("record_key", flat=True):
        del new[known]
    now = timezone.now()
    insert_rows(StagedRecord, RECORD_COLUMNS, (_values(batch, row, now) for row in new.values()))
    _replace_mended(batch, {row.mends for row in rows if row.mends})


def _replace_mended(batch: ImportBatch, references: set[str]) -> None:
    """Takes out of the queue the bad rows, of earlier files of the location, whose mended versions came."""
    lines_of: dict[str, list[str]] = {}
    for name in references:
        digest, _, line = name.partition(":")
        if len(digest) == REFERENCE and line.isascii() and line.isdigit():
            lines_of.setdefault(digest, []).append(f"line:{line}")
    now = timezone.now()
    for digest, keys in lines_of.items():
        earlier = ImportBatch.objects.filter(
            integration=batch.integration, source=ImportBatch.Source.CSV, source_digest__startswith=digest
        ).exclude(pk=batch.pk)
        StagedRecord.objects.filter(batch__in=earlier, record_key__in=keys, status=StagedRecord.Status.ERROR).update(
            status=StagedRecord.Status.SKIPPED, decision=Decision.SUPERSEDED, reviewed_at=now, updated_at=now
        )


def _values(batch: ImportBatch, row: ReadRow, now: datetime) -> tuple[Any, ...]:
    """The values of RECORD_COLUMNS."""
    return (
        uuid.uuid4(),
        now,
        now,
        batch.pk,
        batch.created_at,
        _key(row),
        row.line,
        row.values,
        row.digest,
        hash_of(row.digest),
        list(row.tags),
        (StagedRecord.Status.ERROR if row.error else StagedRecord.Status.PENDING).value,
        row.error,
        *(row.columns.get(name, "") for name in LONGEST),
    )


def _key(row: ReadRow) -> str:
    return f"line:{row.line}"
