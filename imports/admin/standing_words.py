"""Where a batch stands, worded and measured out for its page."""

from typing import Any

from imports.models import ImportBatch, StagedRecord
from imports.pulling.progress import in_time_words
from imports.reporting.standing import Standing, pace_of
from integrations.admin_parts import counted

Decision = StagedRecord.Decision


def standing_for_page(batch: ImportBatch, standing: Standing) -> dict[str, Any]:
    """The bar with its words, the pace, and what each reviewer did."""
    settled = standing.decided + standing.replaced
    parts = [("decided", settled), ("waiting", standing.waiting), ("errors", standing.errors)]
    return {
        "bar": bar_parts(parts),
        "bar_words": f"{settled:,} decided, {standing.waiting:,} waiting, {standing.errors:,} with errors",
        "decided": settled,
        "waiting": standing.waiting,
        "errors": standing.errors,
        "total": standing.total,
        "percent": _percent(settled, standing.total),
        "pace": pace_in_words(batch, standing.waiting),
        "reviewers": [
            {
                "name": each.name,
                "total": each.total,
                "counts": [each.counts.get(decision, 0) for decision in DECIDED],
                "first": each.first,
                "last": each.last,
            }
            for each in standing.reviewers
        ],
    }


DECIDED = (Decision.NEW, Decision.MERGE, Decision.SKIP, Decision.REJECT)


def bar_parts(parts: list[tuple[str, int]]) -> list[dict[str, Any]]:
    """Parts of a bar that is 100 wide. What there is at all is at least half a unit wide, so that it can be seen."""
    total = sum(count for _, count in parts)
    widths = [max(0.5, 100 * count / total) if count else 0.0 for _, count in parts]
    whole, start, bar = sum(widths), 0.0, []
    for (name, _), width in zip(parts, widths, strict=True):
        share = 100 * width / whole if whole else 0.0
        if share:
            bar.append({"name": name, "start": f"{start:.2f}", "width": f"{share:.2f}"})
        start += share
    return bar


def _percent(part: int, whole: int) -> int:
    """Rounded down: 100 % is said only when all is done."""
    return 100 * part // whole if whole else 0


def pace_in_words(batch: ImportBatch, waiting: int) -> str:
    """Empty when nothing waits, or when there is too little to tell."""
    pace = pace_of(batch, waiting) if waiting else None
    if pace is None:
        return ""
    speed = f"About {counted(round(pace.an_hour), 'decision')} an hour lately, pauses left out."
    return f"{speed} What waits takes about {in_time_words(pace.seconds_left)} more at this pace."
