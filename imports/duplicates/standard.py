"""By what pairs are judged: how sure is sure, and what reviewers' decisions taught."""

from collections.abc import Collection
from dataclasses import dataclass, field

from imports.duplicates.bands import BANDS, Band, Bands, bits_of, score_of
from imports.duplicates.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Judged:
    """A pair's probability and band; `taught` is the bits that decisions added to it, None where none were asked."""

    score: float
    band: Band | None
    taught: float | None = None


@dataclass(frozen=True, slots=True)
class Standard:
    """The bands, and a calibration where one is switched on.

    A calibration is learnt from candidates that reviewers saw, and says nothing of other pairs. So it moves scores
    within three bounds, whatever it was learnt from: a pair that was no candidate does not become one, and a candidate
    stays one (many at once are approved as new only without a candidate); and a pair that was not certain does not
    become so (many at once are merged only when certain). It may take a pair out of the certain band.
    """

    bands: Bands = BANDS
    calibration: Calibration | None = None
    least_bits: float = field(init=False, compare=False)  # of a candidate

    def __post_init__(self) -> None:
        object.__setattr__(self, "least_bits", bits_of(self.bands.possible))

    def judge(self, bits: float, margin: int, codes: Collection[str]) -> Judged:
        """What a pair's own weights come to. `margin` is as `Bands` has it, `codes` name the findings."""
        score = score_of(bits)
        band = self.bands.of(score, margin)
        if self.calibration is None or band is None:
            return Judged(score, band)
        taught = self.calibration.shift(bits, codes)
        return Judged(score_of(bits + taught), self._bounded(band, score_of(bits + taught), margin), taught)

    def _bounded(self, own: Band, score: float, margin: int) -> Band:
        learnt = self.bands.of(score, margin) or "possible"
        return "likely" if learnt == "certain" and own != "certain" else learnt


STANDARD = Standard()
