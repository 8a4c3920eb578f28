"""Records of one person for tests of groups."""

from itertools import combinations
from typing import Any

from imports.models import ImportBatch, StagedRecord
from imports.tests.review_cast import a_candidate, a_record

DANA = {
    "contact_first_name": "Dana", "contact_last_name": "Reyes", "firm_name": "Reyes & Pratt",
    "contact_email": "dana@reyes.example", "contact_phone": "",
}  # fmt: skip


def records_of_dana(batch: ImportBatch, count: int = 3, **values: Any) -> list[StagedRecord]:
    """Waiting records of one person, each a certain candidate of each other, the oldest first."""
    records = [a_record(batch, **{**DANA, **values}) for _ in range(count)]
    for one, other in combinations(records, 2):
        are_alike(one, other)
    return records


def are_alike(one: StagedRecord, other: StagedRecord, band: str = "certain", score: float = 0.99) -> None:
    """As the detection writes a pair of a batch: from both ends."""
    a_candidate(one, other, band, score)
    a_candidate(other, one, band, score)
