"""What a calibration would change: measured on decisions that it was not learnt from, and band by band on all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

from imports.duplicates.bands import Band, Bands, score_of
from imports.duplicates.calibration import SUREST, Calibration, Past, fit, log_loss
from imports.duplicates.scoring import margin_of
from imports.duplicates.standard import Standard

FOLDS = 5
_LN2 = log(2)


@dataclass(frozen=True, slots=True)
class Held:
    """How well decisions were foretold that were held out while learning: lower is better, before and after.

    `log_loss` is the mean surprise at a decision, `brier` the mean square of how far off the score was. `by_chance` is
    how much the mean surprise may differ by the luck of which decisions there are (its standard error).
    """

    log_loss_before: float
    log_loss_after: float
    brier_before: float
    brier_after: float
    by_chance: float

    @property
    def helps(self) -> bool:
        """Whether surprise falls by more than luck explains."""
        return self.log_loss_before - self.log_loss_after > self.by_chance


@dataclass(frozen=True, slots=True)
class Moved:
    """A past decision whose pair would be in another band today; `place` is its place among the decisions."""

    place: int
    same: bool
    before: Band | None
    after: Band | None
    taught: float


def held_out(decisions: Sequence[Past]) -> Held:
    """Cross-validation: each fifth is foretold by what the other four teach."""
    before, after = [], []
    for number in range(FOLDS):
        learnt = fit([one for place, one in enumerate(decisions) if place % FOLDS != number])
        for one in decisions[number::FOLDS]:
            own = max(-SUREST, min(SUREST, one.bits))
            before.append((one.same, own))
            after.append((one.same, own + learnt.shift(one.bits, one.codes)))
    losses = [[log_loss(same, _LN2 * bits) for same, bits in pairs] for pairs in (before, after)]
    gains = [was - now for was, now in zip(*losses, strict=True)]
    return Held(_mean(losses[0]), _mean(losses[1]), _brier(before), _brier(after), _standard_error(gains))


def moved(decisions: Sequence[Past], calibration: Calibration, bands: Bands) -> list[Moved]:
    """Which of the decisions' pairs would change band, those that move furthest first."""
    without, learnt = Standard(bands), Standard(bands, calibration)
    found = []
    for place, one in enumerate(decisions):
        margin = margin_of(one.codes)
        before = without.judge(one.bits, margin, one.codes)
        after = learnt.judge(one.bits, margin, one.codes)
        if before.band != after.band:
            found.append(Moved(place, one.same, before.band, after.band, after.taught or 0.0))
    return sorted(found, key=lambda one: (-abs(one.taught), one.place))


def counted_moves(moves: Sequence[Moved]) -> list[tuple[bool, str, str, int]]:
    """How many went from which band into which, apart for one person and two: most first."""
    counts = Counter((one.same, one.before or "", one.after or "") for one in moves)
    return [(*move, count) for move, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(len(values), 1)


def _standard_error(values: Sequence[float]) -> float:
    mean = _mean(values)
    return sqrt(_mean([(value - mean) ** 2 for value in values]) / max(len(values), 1))


def _brier(pairs: Sequence[tuple[bool, float]]) -> float:
    return _mean([(score_of(bits) - same) ** 2 for same, bits in pairs])
