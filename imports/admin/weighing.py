"""How the findings about a pair add up to its certainty, step by step: as words, and as bars on one scale."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imports.duplicates.bands import bits_of
from imports.duplicates.scoring import TAUGHT

SAYS_LITTLE = 0.5  # bits, either way
GROUPS = {"+": "Speaks for one person", "−": "Speaks for two people", "±": "Says little"}
TONES = {"+": "for", "−": "against", "±": "little"}
WIDTH = 100  # of the whole scale, in the picture's own unit
THINNEST = 0.8  # of a bar that can still be seen


@dataclass(frozen=True, slots=True)
class Bar:
    """From where to where a step leads on the scale; `even` is where one person and two are as likely."""

    start: float
    width: float
    even: float


@dataclass(frozen=True, slots=True)
class Reason:
    """A finding; `weight` in bits, above 0 when it speaks for one person."""

    words: str
    weight: float
    bar: Bar | None = None

    @property
    def strength(self) -> int:
        """1 to 5, for those who do not think in bits."""
        return min(5, 1 + int(abs(self.weight) // 3))

    @property
    def sign(self) -> str:
        if abs(self.weight) < SAYS_LITTLE:
            return "±"
        return "+" if self.weight > 0 else "−"

    @property
    def tone(self) -> str:
        return TONES[self.sign]

    @property
    def signed(self) -> str:
        return f"{self.sign}{abs(self.weight):.1f}"


@dataclass(frozen=True, slots=True)
class Weighing:
    """A pair's findings under the words for their group, between where it began and where it came to.

    `taught` is what reviewers' decisions added, the last step before the sum, where that was switched on.
    """

    begun: Reason
    groups: Mapping[str, list[Reason]]
    taught: Reason | None
    sum: Reason


def weighing(rows: Iterable[Mapping[str, Any]], score: float) -> Weighing:
    """`rows` are the kept reasons ("words", "weight" in bits), `score` the probability that they led to.

    What the score has beyond the reasons is where the pair began before anything was compared: that two records taken
    at random are one person is rare.
    """
    steps = [
        (one.get("code") == TAUGHT, Reason(str(one.get("words", "")), float(one.get("weight", 0)))) for one in rows
    ]
    found = [reason for is_taught, reason in steps if not is_taught]
    found.sort(key=lambda reason: (list(GROUPS).index(reason.sign), -abs(reason.weight)))
    found += [reason for is_taught, reason in steps if is_taught]
    reached = bits_of(score)
    begun = reached - sum(reason.weight for reason in found)
    stops = [begun]
    for reason in found:
        stops.append(stops[-1] + reason.weight)
    low, high = min(0.0, *stops), max(0.0, *stops)

    def bar(start: float, end: float) -> Bar:
        scale = WIDTH / ((high - low) or 1)
        left, right = sorted(((start - low) * scale, (end - low) * scale))
        width = max(right - left, THINNEST)
        return Bar(round(min(left, WIDTH - width), 2), round(width, 2), round(-low * scale, 2))

    drawn = [
        Reason(reason.words, reason.weight, bar(start, start + reason.weight))
        for reason, start in zip(found, stops, strict=False)
    ]
    taught = drawn.pop() if any(is_taught for is_taught, _ in steps) else None
    return Weighing(
        Reason("Before anything was compared", begun, bar(0, begun)),
        _grouped(drawn),
        taught,
        Reason("All together", reached, bar(0, reached)),
    )


def _grouped(reasons: Sequence[Reason]) -> dict[str, list[Reason]]:
    return {words: some for sign, words in GROUPS.items() if (some := [one for one in reasons if one.sign == sign])}
