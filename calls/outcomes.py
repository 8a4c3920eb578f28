"""What a call's outcome is, and on whose word: a BDR's before the AI's before an inference."""

from typing import Any

from calls.dispositions import infer, wins
from calls.merging import Columns
from calls.models import DispositionSource
from calls.summaries.addressing import without_addressed


def with_choice(held: Columns, disposition: str, source: str) -> Columns:
    """The two columns after somebody chose; as they were where a stronger source has spoken."""
    if not wins(source, held["disposition_source"]):
        return {}
    return {"disposition": disposition, "disposition_source": source}


def inferred(held: Columns) -> Columns:
    """The two columns of a call about which nobody chose, from its status and texts as they are now."""
    if held["disposition_source"] not in (None, DispositionSource.INFERRED):
        return {}
    found: Any = infer(held["call_status"], held["notes"], without_addressed(held["transcript"]))
    return {"disposition": found, "disposition_source": DispositionSource.INFERRED if found else None}
