"""The log of decisions as a CSV file: who, when, on what score and for which reasons at the time."""

import csv
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from imports.models import ReviewDecision

COLUMNS = (
    "decided_at", "reviewer", "decision", "record", "e_mail", "phone", "ghl_contact_id", "batch", "location",
    "person", "person_id", "made_person", "score", "band", "reasons", "calls", "bulk_run", "undone_at", "undone_by",
    "undo_note",
)  # fmt: skip
CHUNK = 500
STARTS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(decisions: QuerySet[ReviewDecision]) -> Iterator[str]:
    """The lines of the file, its header first. Times are in UTC; what a spreadsheet would run is made plain text."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)  # spreadsheets take a file without a mark for another encoding
    rows = decisions.select_related("staged_record__batch__integration", "reviewer", "undone_by", "bulk_run")
    for decision in rows.defer("before", "after", "staged_record__raw_data").iterator(chunk_size=CHUNK):
        yield writer.writerow([_harmless(value) for value in _line(decision)])


def _line(decision: ReviewDecision) -> list[Any]:
    record = decision.staged_record
    return [
        _time(decision.decided_at),
        decision.reviewer,
        decision.get_decision_display(),
        record,
        record.contact_email,
        record.contact_phone,
        record.ghl_contact_id,
        record.batch_id,
        record.batch.integration,
        decision.person_name,
        decision.person_id or "",
        "yes" if decision.made_person else "no",
        "" if decision.score is None else f"{decision.score:.4f}",
        decision.band,
        "; ".join(f"{reason.get('words', '')} ({reason.get('weight', 0):+})" for reason in decision.reasons),
        len(decision.calls),
        decision.bulk_run_id or "",
        _time(decision.undone_at),
        decision.undone_by or "",
        decision.undo_note,
    ]


def _time(moment: Any) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _harmless(value: Any) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(STARTS_A_FORMULA) else text


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, line: str) -> str:
        return line
