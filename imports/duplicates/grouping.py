"""Groups of records that are one person each, built from pairs without letting chains glue two people together."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from imports.duplicates.scoring import compare
from prospects.identity import Identity

LARGEST = 12  # records of one person; a larger group is a shared value, not a person

Candidate = tuple[str, str, float, str]  # id, id, score, and the `Band` that it was given by the standard of its day


@dataclass(frozen=True, slots=True)
class Group:
    """Records taken for one person. ``weakest`` is the lowest score that was needed to hold them together."""

    members: tuple[str, ...]
    weakest: float


def groups_of(pairs: Iterable[Candidate], apart: Collection[frozenset[str]] = frozenset()) -> list[Group]:
    """Groups of two and more from candidates, largest first.

    Pairs are taken best first; of equal ones that first which more others resemble from both ends. Two groups join
    only if most of the pairs between them are candidates too (half of them, where the joining pair is likely at
    least), so that a weak A ~ B does not make one person of B's and A's. Two who are ``apart`` are never in one group,
    whoever resembles both. How sure is likely is said by each pair's band; no score is held against a threshold here.
    """
    found = [pair for pair in pairs if pair[0] != pair[1]]
    scores = {frozenset((a, b)): score for a, b, score, _ in found}
    bands = {frozenset((a, b)): band for a, b, _, band in found}
    alike: defaultdict[str, set[str]] = defaultdict(set)
    for a, b in map(sorted, scores):
        alike[a].add(b)
        alike[b].add(a)

    def rank(item: tuple[frozenset[str], float]) -> tuple[float, int, list[str]]:
        a, b = sorted(item[0])
        return -item[1], -len(alike[a] & alike[b]), [a, b]

    group_of: dict[str, str] = {}
    members: defaultdict[str, set[str]] = defaultdict(set)
    weakest: dict[str, float] = {}
    for pair, score in sorted(scores.items(), key=rank):
        a, b = sorted(pair)
        for one in (a, b):
            if one not in group_of:
                group_of[one], members[one] = one, {one}
        x, y = group_of[a], group_of[b]
        if x == y or not _are_one(members[x], members[y], bands, bands[pair], apart):
            continue
        members[x] |= members.pop(y)
        weakest[x] = score
        for one in members[x]:
            group_of[one] = x
    groups = [Group(tuple(sorted(ids)), weakest[name]) for name, ids in members.items() if len(ids) > 1]
    return sorted(groups, key=lambda group: (-len(group.members), group.members))


def speaks_against(a: Identity, b: Identity) -> bool:
    """Whether more of what two records say is against one person than for, leaving aside how rare duplicates are.

    Two who merely have little in common speak neither way.
    """
    found = compare(a, b, {}, 0)
    return found.log_odds < found.prior


def _are_one(
    xs: set[str],
    ys: set[str],
    candidates: Collection[frozenset[str]],
    link: str,
    apart: Collection[frozenset[str]],
) -> bool:
    if len(xs) + len(ys) > LARGEST:
        return False
    between = [frozenset((x, y)) for x in xs for y in ys]
    if any(pair in apart for pair in between):
        return False
    linked = sum(pair in candidates for pair in between)
    majority = len(between) / 2
    return linked > majority or (linked == majority and link != "possible")
