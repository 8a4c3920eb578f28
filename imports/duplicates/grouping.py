"""Groups of records that are one person each, built from pairs without letting chains glue two people together."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from imports.duplicates.bands import BANDS

_LARGEST = 12  # records of one person; a larger group is a shared value, not a person


@dataclass(frozen=True, slots=True)
class Group:
    """Records taken for one person. ``weakest`` is the lowest score that was needed to hold them together."""

    members: tuple[str, ...]
    weakest: float


def groups_of(pairs: Iterable[tuple[str, str, float]]) -> list[Group]:
    """Groups of two and more from scored pairs (id, id, score), largest first.

    Pairs are taken best first. Two groups join only if most of the pairs between them are candidates too (half of
    them, where the joining pair is likely at least), so that a weak A ~ B does not make one person of B's and A's.
    """
    scores = {frozenset((a, b)): score for a, b, score in pairs if a != b and score >= BANDS.possible}
    group_of: dict[str, str] = {}
    members: defaultdict[str, set[str]] = defaultdict(set)
    weakest: dict[str, float] = {}
    for pair, score in sorted(scores.items(), key=lambda item: (-item[1], sorted(item[0]))):
        a, b = sorted(pair)
        for one in (a, b):
            if one not in group_of:
                group_of[one], members[one] = one, {one}
        x, y = group_of[a], group_of[b]
        if x == y or not _are_one(members[x], members[y], scores, score):
            continue
        members[x] |= members.pop(y)
        weakest[x] = score
        for one in members[x]:
            group_of[one] = x
    found = [Group(tuple(sorted(ids)), weakest[name]) for name, ids in members.items() if len(ids) > 1]
    return sorted(found, key=lambda group: (-len(group.members), group.members))


def _are_one(xs: set[str], ys: set[str], scores: Mapping[frozenset[str], float], link: float) -> bool:
    if len(xs) + len(ys) > _LARGEST:
        return False
    linked = sum(frozenset((x, y)) in scores for x in xs for y in ys)
    majority = len(xs) * len(ys) / 2
    return linked > majority or (linked == majority and link >= BANDS.likely)
