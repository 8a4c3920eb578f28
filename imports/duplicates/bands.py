"""How sure is sure: the score at which a pair may be taken in bulk, is likely, or is worth a look."""

from dataclasses import dataclass
from typing import Literal

Band = Literal["certain", "likely", "possible"]


@dataclass(frozen=True, slots=True)
class Bands:
    """Lowest score, 0 to 1, of each band. Below ``possible`` a pair is no candidate at all.

    ``margin`` guards the certain band, which may be accepted in bulk: so many more of the strong fields (LinkedIn,
    e-mail, phone, address, firm) must agree than disagree. A score can be high in spite of a contradiction; a person
    should then look at it. With one fewer, ``certain_if_even`` is asked for: a new phone number beside the old
    mailbox, or names that are rare at one firm.
    """

    certain_if_even: float = 0.995
    certain: float = 0.98
    likely: float = 0.9
    possible: float = 0.35
    margin: int = 1

    def __post_init__(self) -> None:
        if not 0 < self.possible <= self.likely <= self.certain <= self.certain_if_even < 1:
            raise ValueError("Bands must rise from possible over likely to certain, between 0 and 1.")

    def of(self, score: float, margin: int) -> Band | None:
        """The band of a score, given by how many strong fields agreement leads; None when it is no candidate."""
        asked = self.certain if margin >= self.margin else self.certain_if_even
        if score >= asked and margin >= self.margin - 1:
            return "certain"
        if score >= self.likely:
            return "likely"
        return "possible" if score >= self.possible else None


BANDS = Bands()
