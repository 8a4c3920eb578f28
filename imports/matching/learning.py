"""Learning from reviewers' decisions: which of them teach anything, what they teach, and the switch.

Only somebody who looked at a pair teaches something about it. So what was decided many at once is left out (else the
engine would learn from itself), and so are records that were approved or merged along with others: they were looked at
as a group. A pair with one GHL contact was no question. Undone decisions do not count.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from imports.duplicates.bands import bits_of
from imports.duplicates.calibration import MOST_DECISIONS, Calibration, Past, fit, what_is_missing
from imports.duplicates.calibration_effect import counted_moves, held_out, moved
from imports.duplicates.scoring import TAUGHT
from imports.matching.thresholds import bands_now
from imports.models import FittedCalibration, ReviewDecision, ToldApart

EXAMPLES_KEPT = 12
NO_QUESTION = "ghl-same"
Decision = ReviewDecision.Decision


class NothingToLearnError(Exception):
    """There are too few decisions; the text says how many it takes."""


class DoesNotHelpError(Exception):
    """What was learnt foretells decisions no better than the scores do, but for luck, so it is not switched on."""


@dataclass(frozen=True, slots=True)
class Taught:
    """One decision with what it teaches. `source` is "decision" or "told_apart", `id` that row's."""

    past: Past
    source: str
    id: uuid.UUID
    at: datetime


def decisions_that_teach() -> list[Taught]:
    """The latest decisions about a pair, oldest first."""
    decided = ReviewDecision.objects.filter(
        undone_at__isnull=True, bulk_run__isnull=True, together_with__isnull=True, candidate_id__isnull=False,
        score__isnull=False, decision__in=(Decision.NEW, Decision.MERGE),
    ).exclude(decision=Decision.NEW, along__isnull=False)  # fmt: skip
    rows = decided.order_by("-decided_at", "-id").values_list("pk", "decided_at", "score", "reasons", "decision")
    apart = ToldApart.objects.filter(undone_at__isnull=True).order_by("-said_at", "-id")
    found = [
        *_taught("decision", ((*row, decision == Decision.MERGE) for *row, decision in rows[:MOST_DECISIONS])),
        *_taught(
            "told_apart",
            ((*row, False) for row in apart.values_list("pk", "said_at", "score", "reasons")[:MOST_DECISIONS]),
        ),
    ]
    return sorted(found, key=lambda one: (one.at, one.id))[-MOST_DECISIONS:]


def _taught(source: str, rows: Iterable[Any]) -> Iterable[Taught]:
    for pk, at, score, reasons, same in rows:
        if (past := past_of(score, reasons, same=same)) is not None:
            yield Taught(past, source, pk, at)


def past_of(score: float, reasons: Sequence[Mapping[str, Any]], *, same: bool) -> Past | None:
    """A decision on the engine's own log-odds: what was taught at the time is taken off again."""
    weights = {str(reason.get("code", "")): float(reason.get("weight") or 0) for reason in reasons}
    taught = weights.pop(TAUGHT, 0.0)
    return None if NO_QUESTION in weights or not weights else Past(same, bits_of(score) - taught, tuple(weights))


def what_is_missing_now() -> str:
    """Why nothing can be learnt yet; empty when something can."""
    return what_is_missing([one.past for one in decisions_that_teach()])


def learn(by: Any) -> FittedCalibration:
    """Fits a calibration and measures its effect; it is switched on by nobody but a person.

    Raises NothingToLearnError.
    """
    taught = decisions_that_teach()
    decisions = [one.past for one in taught]
    if missing := what_is_missing(decisions):
        raise NothingToLearnError(missing)
    calibration = fit(decisions)
    effect = effect_of(calibration, taught)
    same = sum(one.same for one in decisions)
    return FittedCalibration.objects.create(
        decisions=len(decisions),
        same=same,
        different=len(decisions) - same,
        decided_until=taught[-1].at,
        parameters=calibration.as_row(),
        effect=effect,
        helps=effect["helps"],
        fitted_by=by,
    )


def effect_of(calibration: Calibration, taught: Sequence[Taught]) -> dict[str, Any]:
    """What it would change: on held-out decisions, and which past pairs would be in another band."""
    decisions = [one.past for one in taught]
    held = held_out(decisions)
    moves = moved(decisions, calibration, bands_now())
    examples = [
        {
            "source": taught[move.place].source, "id": str(taught[move.place].id), "same": move.same,
            "before": move.before or "", "after": move.after or "", "taught": round(move.taught, 2),
        }
        for move in moves[:EXAMPLES_KEPT]
    ]  # fmt: skip
    return {
        **asdict(held),
        "helps": held.helps,
        "moved": len(moves),
        "moves": [list(one) for one in counted_moves(moves)],
        "examples": examples,
    }


def switch_on(calibration_id: uuid.UUID, by: Any) -> FittedCalibration:
    """The next detections go by it, and by no other. Raises DoesNotHelpError."""
    with transaction.atomic():
        _switch_off(by)
        row = FittedCalibration.objects.select_for_update().get(pk=calibration_id)
        if not row.helps:
            raise DoesNotHelpError(
                "What was learnt foretells decisions no better than the scores alone, luck aside: it stays off. Learn "
                "again when there are more decisions."
            )
        row.is_on, row.switched_on_at, row.switched_on_by = True, timezone.now(), by
        row.switched_off_at = row.switched_off_by = None
        row.save()
        return row


def switch_off(by: Any) -> bool:
    """Back to the scores alone, from the next detection on. Returns whether something was on."""
    with transaction.atomic():
        return _switch_off(by)


def _switch_off(by: Any) -> bool:
    now = timezone.now()
    rows = FittedCalibration.objects.filter(is_on=True)
    return bool(rows.update(is_on=False, switched_off_at=now, switched_off_by=by, updated_at=now))
