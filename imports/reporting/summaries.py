"""A batch told in a few lines that one can send on: as text, and as rows for a spreadsheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format

from imports.models import ImportBatch, StagedRecord
from imports.reporting.standing import Reasons, Standing, reasons_of_errors, standing_of_batch

Status, Decision = StagedRecord.Status, StagedRecord.Decision
BANDS = {"certain": "Certain match", "likely": "Likely match", "possible": "Possible match", "": "No match"}
DECIDED = (Decision.NEW, Decision.MERGE, Decision.SKIP, Decision.REJECT)
Line = tuple[str, str, int]  # section, words, count


@dataclass(frozen=True, slots=True)
class Summary:
    batch: ImportBatch
    standing: Standing
    reasons: Reasons

    @classmethod
    def of(cls, batch: ImportBatch) -> "Summary":
        return cls(batch, standing_of_batch(batch), reasons_of_errors(batch))

    @property
    def is_finished(self) -> bool:
        """Whether all was read, and nothing waits for a person."""
        return not self.batch.is_unfinished and not self.standing.waiting and not self.standing.errors

    @property
    def heading(self) -> str:
        what = f"file “{self.batch.source_name}”" if self.batch.source == ImportBatch.Source.CSV else "pull from GHL"
        return f"{self.batch.integration}: {what} of {moment_in_words(self.batch.created_at)}"

    @property
    def state(self) -> str:
        standing = self.standing
        if self.is_finished:
            return "Finished: every record is decided."
        if self.batch.is_unfinished:
            return f"Not finished: {self.batch.get_status_display().lower()}, and {standing.waiting:,} still to review."
        return f"Not finished: {standing.waiting:,} still to review, {standing.errors:,} that cannot be read."

    @property
    def between(self) -> str:
        """From the first to the last decision; empty when there is none."""
        first, last = self.standing.first, self.standing.last
        return f"{moment_in_words(first)} to {moment_in_words(last)}" if first and last else ""

    def decisions(self) -> list[tuple[str, int]]:
        """What became of the records; what did not happen is left out."""
        outcomes = self.standing.outcomes
        lines = [
            ("Approved as new", outcomes.get((Status.IMPORTED, Decision.NEW), 0)),
            ("Merged", outcomes.get((Status.IMPORTED, Decision.MERGE), 0)),
            ("Skipped", outcomes.get((Status.SKIPPED, Decision.SKIP), 0)),
            ("Rejected", outcomes.get((Status.REJECTED, Decision.REJECT), 0)),
            ("Replaced by a later version", self.standing.replaced),
            ("Waiting for review", self.standing.waiting),
            ("Cannot be read", self.standing.errors),
        ]
        return [(words, count) for words, count in lines if count]

    def bands(self) -> list[tuple[str, dict[str, int]]]:
        """Of each band of match, how many were decided how."""
        found = self.standing.bands
        table = [
            (words, {str(decision): found.get((band, decision), 0) for decision in DECIDED})
            for band, words in BANDS.items()
        ]
        return [(words, counts) for words, counts in table if any(counts.values())]

    def lines(self) -> Iterator[Line]:
        yield "Records", "All", self.standing.total
        yield from (("Decisions", words, count) for words, count in self.decisions())
        for words, counts in self.bands():
            yield from ((f"Decided, {words.lower()}", _label(d), count) for d, count in counts.items() if count)
        for reviewer in self.standing.reviewers:
            counts = reviewer.counts
            yield from ((f"By {reviewer.name}", _label(d), counts[d]) for d in DECIDED if counts.get(d))
        yield from (("Cannot be read", reason, count) for reason, count in self.reasons.named)
        if self.reasons.others:
            yield "Cannot be read", "Other reasons", self.reasons.others


def _label(decision: str) -> str:
    return str(Decision(decision).label)


def moment_in_words(instant: datetime) -> str:
    """With its zone: what is sent on is read elsewhere."""
    return date_format(timezone.localtime(instant), "M j, Y H:i T")


def as_text(summary: Summary) -> str:
    """The summary as a letter would have it, in lines of plain text."""
    lines = [summary.heading, summary.state]
    if summary.between:
        lines.append(f"Decided from {summary.between}.")
    section = ""
    for part, words, count in summary.lines():
        if part != section:
            lines += ["", part]
            section = part
        lines.append(f"  {count:>9,}  {words}")
    return "\r\n".join([*lines, ""])


def as_rows(summary: Summary) -> Iterator[list[str]]:
    """The same for a spreadsheet: section, what, how many."""
    yield ["Section", "What", "Count"]
    yield ["Batch", summary.heading, ""]
    yield ["State", summary.state, ""]
    if summary.between:
        yield ["Decided", summary.between, ""]
    yield from ([part, words, str(count)] for part, words, count in summary.lines())
