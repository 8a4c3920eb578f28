"""What one person is weighed against: strangers, relatives, colleagues, namesakes; and how common each value is.

A pair is a duplicate only when one person explains it better than each innocent explanation does. Two strangers may
share a common name; two relatives share surname, home phone and family inbox; two colleagues share firm, switchboard
and info@; two namesakes share the address somebody looked up for the wrong one. Each piece of evidence therefore has
a weight against each rival, in bits (base-2 logarithm of how much likelier it is for one person than for the rival).
The lowest total counts: the strongest rival.

The likelihoods here and beside each comparison are statements about records in a sales CRM; none is learnt from
labelled pairs. How common a name, a firm or a number is comes from the pool's own counts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import log2
from typing import Final, NamedTuple

Sharing = Callable[[str], int] | Mapping[str, int]

RIVALS: Final = ("strangers", "relatives", "colleagues", "namesakes")

COPIES = 0.5  # expected further records of the same person, per record
RELATIVES = 0.1  # expected relatives in the pool, per record
UNKNOWN_COLLEAGUES = 2.0  # expected colleagues in the pool where a firm is not given
_SMALLEST_POOL = 100  # below this the pool says little about the world it was drawn from
_BORROWED = 100  # how many records' worth of general knowledge is added to the pool's own counts


class Evidence(NamedTuple):
    """One finding: a code, the words for staff, and its weights in bits."""

    code: str
    words: str
    weights: tuple[float, float, float, float]  # in the order of RIVALS

    @property
    def speaks_for(self) -> bool:
        """Whether the finding is likelier for one person than for two strangers."""
        return self.weights[0] > 0


def evidence(
    code: str,
    words: str,
    same: float,
    strangers: float,
    relatives: float,
    colleagues: float,
    namesakes: float | None = None,
) -> Evidence:
    """A finding from how often it is seen in two records of one person, and in two of each kind of rivals.

    Namesakes are strangers but for what is looked up by name, so most findings weigh the same against both.
    """
    return Evidence(code, words, _weights(same, strangers, relatives, colleagues, namesakes or strangers))


@lru_cache(maxsize=4_000)
def _weights(
    same: float, strangers: float, relatives: float, colleagues: float, namesakes: float
) -> tuple[float, float, float, float]:
    """Most findings have the same likelihoods in every pair."""
    return (log2(same / strangers), log2(same / relatives), log2(same / colleagues), log2(same / namesakes))


@dataclass(frozen=True, slots=True)
class Pool:
    """The records a pair is drawn from: how many there are, and how many share a key."""

    sharing: Callable[[str], int | None]
    population: int

    @classmethod
    def of(cls, sharing: Sharing, population: int) -> "Pool":
        return cls(sharing if callable(sharing) else sharing.get, max(population, _SMALLEST_POOL))

    def holders(self, key: str) -> int:
        """How many records hold this key; two at least, since both of the pair do."""
        return max(self.sharing(key[:80]) or 0, 2)

    def count(self, key: str) -> int:
        """How many records hold this key, where only one of the pair need do so."""
        return max(self.sharing(key[:80]) or 0, 1)

    def frequency(self, key: str, usual: float) -> float:
        """The chance that another record has this value; ``usual`` stands in while the pool is small."""
        return min((self.holders(key) - 1 + _BORROWED * usual) / (self.population + _BORROWED), 0.5)

    def per_stranger(self, others: float) -> float:
        """The chance that one stranger shares a value that ``others`` strangers are expected to share."""
        return min(others / self.population, 0.5)
