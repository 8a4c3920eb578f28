"""Weighing two records of whatever origin, by the counts of one side: for looking at a pair, nothing is written."""

from collections.abc import Sequence
from dataclasses import dataclass

from imports.duplicates.key_index import hashed
from imports.duplicates.keys import frequency_keys, lookup_keys, proposes, weighed_keys
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import Match, weigh
from imports.duplicates.standard import Standard
from imports.duplicates.what_if import NextBand, next_band
from imports.matching import lookup
from imports.matching.thresholds import standard_now
from imports.side import Side
from prospects.identity import Identity


@dataclass(frozen=True, slots=True)
class Weighed:
    """A pair, what it lacked for the next band, and `telling`: the keys by which a detection would compare the two."""

    match: Match
    next: NextBand | None
    telling: tuple[str, ...]
    standard: Standard


class PairCounts:
    """How many hold a key: the people of a side, and the two that are looked at.

    `counted` are those of the two who are among the side's people, as the portal has them. Without a side nobody else
    holds anything. Counts are as of the last time the side's keys were made.
    """

    def __init__(self, side: Side | None, pair: Sequence[Identity], counted: Sequence[Identity] = ()) -> None:
        self._side = side
        self.known = side.people.count() if side else 0
        self._pair = [set(lookup_keys(one)) for one in pair]
        self._counted = [set(lookup_keys(one)) for one in counted]
        self._on_side: dict[str, int] = {}
        wanted = set().union(*self._pair, *map(frequency_keys, pair), *map(weighed_keys, counted))
        self._learn(wanted)

    def __call__(self, key: str) -> int:
        """For the scoring: everybody who holds the key, the two included."""
        return self.others(key) + sum(key in keys for keys in self._pair)

    def others(self, key: str) -> int:
        """Everybody else who holds the key."""
        if key not in self._on_side:
            self._learn({key})
        return max(0, self._on_side[key] - sum(key in keys for keys in self._counted))

    def _learn(self, keys: set[str]) -> None:
        values = {key: hashed(key) for key in keys}
        found = lookup.counts(self._side.name, values.values()) if self._side and self.known else {}
        self._on_side.update((key, found.get(value, 0)) for key, value in values.items())


def weigh_pair(one: Identity, other: Identity, counts: PairCounts) -> Weighed:
    """By today's thresholds, and what decisions taught if that is on."""
    standard = standard_now()
    pool = Pool.of(counts, counts.known + 2)
    shared = [key for key in lookup_keys(one) if key in set(lookup_keys(other))]
    telling = tuple(key for key in shared if proposes(key, max(counts(key), 2)))
    return Weighed(weigh(one, other, pool, standard), next_band(one, other, pool, standard), telling, standard)
