"""A CSV file from its upload until it is checked: what its columns mean, and a verdict on every row.

The file is kept in the database until its rows are staged (see `imports.files.csv_handover`), so that any worker can
go on with it. Each step is a conditional update, so that of two people at one file the second is told.
"""

import json
import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from imports.files.csv_check import Judge, Tally, in_chunks
from imports.files.csv_files import BEYOND, HEADERS, CsvFile, column_for, take_apart, tells_a_person
from imports.files.csv_rows import Reader
from imports.files.csv_text import UnreadableFileError
from imports.models import CsvMapping, CsvUpload, ImportBatch
from integrations.models import GHLIntegration

logger = logging.getLogger(__name__)

LARGEST_FILE = 25 * 1024 * 1024  # bytes; some 150,000 rows
SAMPLE_ROWS, SAMPLE_CELL = 3, 200
SILENCE_OF_THE_DEAD = timedelta(minutes=3)  # a check tells of itself every thousand rows
QUEUED_TOO_LONG = timedelta(minutes=3)
KEPT_FOR = timedelta(days=14)

Status = CsvUpload.Status


class UploadRefusedError(Exception):
    """A step cannot be done as asked; the text says why. `upload` or `batch` is where to go on, if anywhere."""

    def __init__(self, words: str, *, upload: CsvUpload | None = None, batch: ImportBatch | None = None) -> None:
        super().__init__(words)
        self.upload = upload
        self.batch = batch


def upload_of(upload_id: uuid.UUID) -> CsvUpload | None:
    """An upload without its content."""
    uploads = CsvUpload.objects.defer("content").select_related("integration", "uploaded_by", "batch")
    return uploads.filter(pk=upload_id).first()


def open_uploads() -> list[CsvUpload]:
    uploads = CsvUpload.objects.defer("content", "sample", "verdict").select_related("integration", "uploaded_by")
    return list(uploads.filter(status__in=CsvUpload.OPEN))


# ---------------------------------------------------------------- the file


def receive(content: bytes, *, file_name: str, integration: GHLIntegration, source_name: str, by: User) -> CsvUpload:
    """Keeps a file whose columns are to be confirmed next.

    Raises UnreadableFileError when it is no CSV file, UploadRefusedError when the location has this very file already.
    """
    if len(content) > LARGEST_FILE:
        raise UnreadableFileError(
            f"The file has {len(content) / 2**20:,.0f} MB; at most {LARGEST_FILE / 2**20:.0f} MB are taken. "
            "Take it apart into several files, each with the column names on its first line."
        )
    file = take_apart(content)
    _refuse_what_is_there(integration, file.digest)
    upload = CsvUpload(
        integration=integration,
        source_name=source_name[:255],
        file_name=file_name[:255],
        digest=file.digest,
        content=content,
        size=len(content),
        headers=list(file.headers),
        sample=_sample(file),
        columns=proposed(file.headers),
        remarks=list(file.remarks),
        uploaded_by=by,
    )
    try:
        with transaction.atomic():
            upload.save()
    except IntegrityError:
        _refuse_what_is_there(integration, file.digest)
        raise
    return upload


def _refuse_what_is_there(integration: GHLIntegration, digest: str) -> None:
    batch = ImportBatch.objects.filter(integration=integration, source="csv", source_digest=digest).first()
    if batch is not None and (batch.is_under_way or not batch.is_unfinished):
        raise UploadRefusedError("This very file was brought in before for this location.", batch=batch)
    upload = CsvUpload.objects.defer("content").filter(
        integration=integration, digest=digest, status__in=CsvUpload.OPEN
    )
    if (there := upload.first()) is not None:
        raise UploadRefusedError("This very file is here already, and nothing of it is staged yet.", upload=there)


def _sample(file: CsvFile) -> list[list[str]]:
    rows = islice(file.rows(), SAMPLE_ROWS)
    return [[str(row.values.get(header, ""))[:SAMPLE_CELL] for header in file.headers] for row in rows]


# ---------------------------------------------------------------- what its columns mean


def proposed(headers: tuple[str, ...]) -> dict[str, str]:
    """What the columns mean: as somebody confirmed for a file with the same ones, or else as their names say."""
    remembered = mapping_for(headers)
    if remembered is not None:
        return {header: str(remembered.columns.get(header, "")) for header in headers}
    return {header: column_for(header) for header in headers}


def mapping_for(headers: tuple[str, ...] | list[str]) -> CsvMapping | None:
    """What was confirmed for files with these headers, in whatever order."""
    return CsvMapping.objects.select_related("confirmed_by").filter(headers_digest=_digest_of(headers)).first()


def _digest_of(headers: tuple[str, ...] | list[str]) -> str:
    names = sorted(header for header in headers if header != BEYOND)  # rows that are given back may have that one more
    return sha256(json.dumps(names).encode()).hexdigest()


def confirm_columns(upload: CsvUpload, columns: Mapping[str, str], by: User) -> None:
    """Takes and remembers what the columns mean, and lets the rows be checked. To be handed to `check` then.

    Raises UploadRefusedError when they tell nobody, or when the file was staged or dropped meanwhile.
    """
    meaning = {header: column for header in upload.headers if (column := columns.get(header, "")) in HEADERS}
    if not tells_a_person(meaning.values()):
        raise UploadRefusedError(
            "Choose a column for the name, the e-mail or the phone: without one, a row tells nobody."
        )
    meaning = {header: meaning.get(header, "") for header in upload.headers}
    now = timezone.now()
    with transaction.atomic():
        taken = CsvUpload.objects.filter(pk=upload.pk, status__in=CsvUpload.OPEN).update(
            columns=meaning, status=Status.CHECKING, problem="", check_number=F("check_number") + 1, rows_checked=0,
            heartbeat_at=None, verdict={}, updated_at=now,
        )  # fmt: skip
        if not taken:
            raise UploadRefusedError("This file was staged or dropped meanwhile.")
        CsvMapping.objects.update_or_create(
            headers_digest=_digest_of(upload.headers),
            defaults={"columns": meaning, "file_name": upload.file_name, "confirmed_by": by},
        )


# ---------------------------------------------------------------- every row


class _OvertakenError(Exception):
    """Somebody confirmed other columns, or dropped the file; this check is of no use any more."""


def check(upload_id: uuid.UUID) -> None:
    """Gives a verdict on every row; nothing is staged. May run twice: the second finds the first's work done."""
    upload = CsvUpload.objects.select_related("integration").filter(pk=upload_id, status=Status.CHECKING).first()
    if upload is None:
        return
    tally, checked = Tally(), 0
    reader, judge = Reader(upload.columns), Judge(upload.integration)
    try:
        _note(upload, rows_checked=0)
        for chunk in in_chunks(map(reader.read, take_apart(bytes(upload.content)).rows())):
            tally.add(judge.judge(chunk))
            checked += len(chunk)
            _note(upload, rows_checked=checked)
        _note(upload, verdict=tally.as_json(), status=Status.CHECKED)
    except _OvertakenError:
        logger.info("file %s: a later check goes on", upload_id)
    except Exception as surprise:
        _back_to_columns(_same_check(upload), f"A fault of the portal itself ({type(surprise).__name__}).")
        raise


def _same_check(upload: CsvUpload) -> Any:
    return CsvUpload.objects.filter(pk=upload.pk, status=Status.CHECKING, check_number=upload.check_number)


def _note(upload: CsvUpload, **values: Any) -> None:
    now = timezone.now()
    if not _same_check(upload).update(heartbeat_at=now, updated_at=now, **values):
        raise _OvertakenError


def _back_to_columns(uploads: Any, why: str) -> int:
    return int(
        uploads.update(
            status=Status.COLUMNS,
            problem=f"{why} Checking did not come to its end. Nothing is staged; confirm the columns to try it again.",
            updated_at=timezone.now(),
        )
    )


# ---------------------------------------------------------------- what is noticed later


def note_dead_checks() -> int:
    """Says of checks whose process died that they did. Returns how many there were."""
    dead = CsvUpload.objects.filter(status=Status.CHECKING, heartbeat_at__lt=timezone.now() - SILENCE_OF_THE_DEAD)
    return _back_to_columns(dead, "The process that checked the rows ended without a word.")


def waiting_checks() -> list[uuid.UUID]:
    """Files that no worker has begun to check in a while, each named once in that while: the message may be lost."""
    now = timezone.now()
    waiting = CsvUpload.objects.filter(
        status=Status.CHECKING, heartbeat_at__isnull=True, updated_at__lt=now - QUEUED_TOO_LONG
    )
    return named_once(waiting, now)


def named_once(waiting: Any, now: Any) -> list[uuid.UUID]:
    ids = list(waiting.values_list("pk", flat=True))
    type_of_row = waiting.model
    type_of_row.objects.filter(pk__in=ids).update(updated_at=now)
    return ids


def drop(upload: CsvUpload) -> None:
    """Forgets a file of which nothing is staged. Raises UploadRefusedError."""
    if not _dropped(CsvUpload.objects.filter(pk=upload.pk, status__in=CsvUpload.OPEN)):
        raise UploadRefusedError("This file was staged or dropped meanwhile.")


def _dropped(uploads: Any) -> int:
    return int(uploads.update(status=Status.DROPPED, content=b"", sample=[], verdict={}, updated_at=timezone.now()))


def forget_old() -> int:
    """Drops files that nobody went on with, and empties those whose batch was given up. They are people's data."""
    old = CsvUpload.objects.filter(status__in=CsvUpload.OPEN, updated_at__lt=timezone.now() - KEPT_FOR)
    given_up = CsvUpload.objects.filter(Q(batch__phase=ImportBatch.Phase.DONE)).exclude(content=b"")
    return _dropped(old) + given_up.update(content=b"")
