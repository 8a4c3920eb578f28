"""A verdict on every row of a CSV file: good, with an error, twice in the file, or here from an earlier file."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from imports.files.csv_rows import ReadRow, hash_of
from imports.models import ImportBatch, StagedRecord
from integrations.models import GHLIntegration

ROWS_AT_ONCE = 1000
LINES_NAMED = 20
PREVIEWED = 5
REFERENCE = 16  # characters of a file's digest that tell it from others, in a row that is given back


class Verdict(StrEnum):
    GOOD = "good"
    ERROR = "error"
    TWICE = "twice"
    KNOWN = "known"


Judged = tuple[ReadRow, Verdict]


class Judge:
    """Judges the rows of one file in their order.

    A row is known when a file of the same location brought one that says the same, whatever became of it; and a row
    that was given back to be mended, when it still is as broken as it was. `batch` is the file's own, if it has one.
    """

    def __init__(self, integration: GHLIntegration, batch: ImportBatch | None = None) -> None:
        self._integration = integration
        self._batch = batch
        self._seen: set[str] = set()

    def judge(self, rows: Sequence[ReadRow]) -> list[Judged]:
        known = self._known(rows)
        return [(row, self._verdict(row, known)) for row in rows]

    def _verdict(self, row: ReadRow, known: set[str]) -> Verdict:
        if row.digest in known or row.digest_if_broken in known:
            return Verdict.KNOWN
        if row.error:
            return Verdict.ERROR
        if row.digest in self._seen:
            return Verdict.TWICE
        self._seen.add(row.digest)
        return Verdict.GOOD

    def _known(self, rows: Sequence[ReadRow]) -> set[str]:
        digests = {digest for row in rows for digest in (row.digest, row.digest_if_broken) if digest}
        staged = StagedRecord.objects.filter(
            row_hash__in=[hash_of(digest) for digest in digests], batch__integration=self._integration
        )
        if self._batch is not None:
            staged = staged.exclude(batch=self._batch)
        return set(staged.order_by().values_list("content_digest", flat=True)) & digests


def in_chunks(rows: Iterable[ReadRow], size: int = ROWS_AT_ONCE) -> Iterator[list[ReadRow]]:
    rows = iter(rows)
    while chunk := list(islice(rows, size)):
        yield chunk


def reference(digest: str, line: int) -> str:
    """What a row that is given back is called, so that its mended version replaces it."""
    return f"{digest[:REFERENCE]}:{line}"


@dataclass(slots=True)
class Lines:
    """How many rows, and the lines on which the first of them start."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        self.count += 1
        if len(self.lines) < LINES_NAMED:
            self.lines.append(line)

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "lines": self.lines}


@dataclass(slots=True)
class Tally:
    """What checking a file found: how many rows of each verdict and where, bad ones by their kind of problem."""

    good: int = 0
    twice: Lines = field(default_factory=Lines)
    known: Lines = field(default_factory=Lines)
    problems: dict[str, Lines] = field(default_factory=dict)
    mended: int = 0
    preview: list[dict[str, Any]] = field(default_factory=list)

    def add(self, judged: Iterable[Judged]) -> None:
        for row, verdict in judged:
            if verdict is Verdict.GOOD:
                self.good += 1
                if len(self.preview) < PREVIEWED:
                    self.preview.append({"line": row.line, **row.columns})
            elif verdict is Verdict.TWICE:
                self.twice.add(row.line)
            elif verdict is Verdict.KNOWN:
                self.known.add(row.line)
            else:
                self.problems.setdefault(row.problem, Lines()).add(row.line)
            if row.mends and verdict in (Verdict.GOOD, Verdict.ERROR):
                self.mended += 1

    def as_json(self) -> dict[str, Any]:
        """For the database: counts, and by problem `[words, {count, lines}]`, the most frequent first."""
        problems = sorted(self.problems.items(), key=lambda item: -item[1].count)
        errors = sum(lines.count for lines in self.problems.values())
        return {
            "rows": self.good + self.twice.count + self.known.count + errors,
            "good": self.good,
            "errors": errors,
            "twice": self.twice.as_json(),
            "known": self.known.as_json(),
            "problems": [[words, lines.as_json()] for words, lines in problems],
            "mended": self.mended,
            "preview": self.preview,
        }
