"""How sure is sure: the score at which a pair may be taken in bulk, is likely, or is worth a look."""

from dataclasses import dataclass
from math import log2
from typing import Literal

Band = Literal["certain", "likely", "possible"]

MOST_BITS = 40.0  # beyond this a float can no longer tell a score from 1


def score_of(bits: float) -> float:
    """The probability that log-odds to the base 2 stand for."""
    odds_against: float = 2.0 ** -max(-MOST_BITS, min(MOST_BITS, bits))
    return 1 / (1 + odds_against)


def bits_of(score: float) -> float:
    """The reverse of `score_of`."""
    if score <= 0 or score >= 1:
        return MOST_BITS if score >= 1 else -MOST_BITS
    return max(-MOST_BITS, min(MOST_BITS, log2(score / (1 - score))))


@dataclass(frozen=True, slots=True)
class Bands:
    """Lowest score, 0 to 1, of each band. Below ``possible`` a pair is no candidate at all.

    ``margin`` guards the certain band, which may be accepted in bulk: so many more of the strong fields (LinkedIn,
    e-mail, phone, address, firm, date of birth, bar or candidate number) must agree than disagree. A score can be high
    in spite of a contradiction; a person should then look at it. With one fewer, ``certain_if_even`` is asked for: a
    new phone number beside the old mailbox, or names that are rare at one firm.
    """

    certain_if_even: float = 0.995
    certain: float = 0.98
    likely: float = 0.9
    possible: float = 0.35
    margin: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.possible <= self.likely <= self.certain <= self.certain_if_even < 1:
            raise ValueError("Bands must rise from possible over likely to certain, between 0 and 1.")

    def asked_for(self, band: Band, margin: int) -> float | None:
        """The lowest score of a band, given by how many strong fields agreement leads; None: no score reaches it."""
        if band != "certain":
            return self.likely if band == "likely" else self.possible
        if margin < self.margin - 1:
            return None
        return self.certain if margin >= self.margin else self.certain_if_even

    def of(self, score: float, margin: int) -> Band | None:
        """The band of a score, given by how many strong fields agreement leads; None when it is no candidate."""
        asked = self.asked_for("certain", margin)
        if asked is not None and score >= asked:
            return "certain"
        if score >= self.likely:
            return "likely"
        return "possible" if score >= self.possible else None


BANDS = Bands()
