"""The rows of a file that have a problem, as a CSV file to be mended and brought in again."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from imports.files.csv_check import Judge, Verdict, in_chunks, reference
from imports.files.csv_files import BEYOND, READ_AS, REASON_COLUMN, ROW_COLUMN, take_apart
from imports.files.csv_rows import Reader
from imports.files.csv_text import guarded
from imports.models import CsvUpload, ImportBatch, StagedRecord

MARK = "\ufeff"  # by which Excel knows UTF-8
Problem = tuple[Mapping[str, Any], str, int]  # the row's values, what is wrong with it, its line


class _Line:
    """Where `csv` writes to: gives back what it is given."""

    @staticmethod
    def write(text: str) -> str:
        return text


def csv_lines(rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Rows as the lines of a CSV file for people's spreadsheets: none of its cells is run as a formula."""
    writer = csv.writer(_Line())
    yield MARK
    for row in rows:
        yield writer.writerow([guarded(str(cell)) for cell in row])


def problems_of_upload(upload: CsvUpload) -> Iterator[str]:
    """The lines of the file, while the upload's content is kept; nothing of it need be staged."""
    reader, judge = Reader(upload.columns), Judge(upload.integration)
    rows = (row for row in map(reader.read, take_apart(bytes(upload.content)).rows()) if row.error)
    found: Iterator[Problem] = (
        (row.values, row.error, row.line)
        for chunk in in_chunks(rows)
        for row, verdict in judge.judge(chunk)
        if verdict is Verdict.ERROR
    )
    return csv_lines(_table([*upload.headers, BEYOND], found, upload.digest))


def problems_of_batch(batch: ImportBatch) -> Iterator[str]:
    """The same out of what was staged, for as long as nobody decided about it."""
    records = batch.records.filter(status=StagedRecord.Status.ERROR).order_by("position")
    upload = CsvUpload.objects.filter(batch=batch).only("headers").first()
    headers = list(upload.headers) if upload else []
    if not headers:
        every = (name for values in records.values_list("raw_data", flat=True).iterator() for name in values)
        headers = [name for name in dict.fromkeys(every) if name not in (READ_AS, BEYOND)]
    rows = records.values_list("raw_data", "error_message", "position").iterator()
    return csv_lines(_table([*headers, BEYOND], rows, batch.source_digest))


def _table(headers: list[str], problems: Iterable[Problem], digest: str) -> Iterator[list[str]]:
    headers = list(dict.fromkeys(headers))
    yield [*headers, REASON_COLUMN, ROW_COLUMN]
    for values, error, line in problems:
        yield [*(values.get(header, "") for header in headers), error, reference(digest, line)]
