"""Duplicate detection in memory: a batch against itself and against what is known."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from imports.duplicates.keys import lookup_keys, proposes
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import Match, candidate
from prospects.identity import Identity

Record = tuple[str, Identity]


def find_pairs(records: Sequence[Record], known: Sequence[Record] = ()) -> list[tuple[str, str, Match]]:
    """Every candidate pair with a record of the batch in it, best first; two known records are never paired."""
    everyone = [*records, *known]
    first: dict[str, int] = {}  # most keys have one holder, and need no list
    holders: dict[str, list[int]] = {}
    for place, (_, identity) in enumerate(everyone):
        for key in lookup_keys(identity):
            if (seen := first.setdefault(key, place)) != place:
                holders.setdefault(key, [seen]).append(place)
    del first
    pool = Pool.of({key: len(places) for key, places in holders.items()}, len(everyone))
    matches = []
    for i, j in sorted(set(_proposed(holders, len(records)))):
        match = candidate(everyone[i][1], everyone[j][1], pool)
        if match is not None:
            matches.append((everyone[i][0], everyone[j][0], match))
    return sorted(matches, key=lambda pair: -pair[2].score)


def _proposed(holders: dict[str, list[int]], batch_size: int) -> Iterator[tuple[int, int]]:
    """Pairs of places that share a rare enough key. Places rise: the first of a pair is in the batch if either is."""
    for key, places in holders.items():
        if proposes(key, len(places)) and places[0] < batch_size:
            yield from ((i, j) for i, j in combinations(places, 2) if i < batch_size)
