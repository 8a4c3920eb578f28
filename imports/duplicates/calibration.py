"""What reviewers' decisions teach about scores: a logistic recalibration with a handful of parameters, in bits.

The engine's own log-odds stay what they are. Decisions add to them: an offset for all pairs, a tilt that takes sure
scores further or less far, and an adjustment for each kind of finding. Each is drawn towards no change and bounded, so
that few decisions, or odd ones, change little. Fitting is deterministic.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, log, log1p
from typing import Any, Final

FEWEST, FEWEST_OF_A_KIND = 200, 40  # decisions to learn from at all
FEWEST_WITH_A_FINDING = 20  # with it, and as many without, for the finding to have an adjustment of its own
MOST_DECISIONS = 2_000  # the latest; more would teach hardly more, and keep whoever asks waiting

SUREST = 10.0  # bits; reviewers err once in a while too, so that no decision counts for more than one in a thousand
MOST_OFFSET, MOST_TILT, MOST_ADJUSTMENT, MOST_SHIFT = 1.0, 0.15, 2.0, 4.0
# How far from no change each parameter is expected to be, before any decision was seen.
_USUAL_OFFSET, _USUAL_TILT, _USUAL_ADJUSTMENT = 0.5, 0.1, 1.0
_MOST_STEPS, _CLOSE_ENOUGH = 50, 1e-7
_LARGEST = 500.0  # bits; a step that overshoots must not overflow
_LN2 = log(2)


@dataclass(frozen=True, slots=True)
class Finding:
    """A kind of finding that has one adjustment; `speaks_for` one person, by nature, or against."""

    words: str
    speaks_for: bool
    codes: frozenset[str]


def _finding(words: str, speaks_for: bool, *codes: str) -> Finding:
    return Finding(words, speaks_for, frozenset(codes))


FINDINGS: Final[Mapping[str, Finding]] = {
    "given-same": _finding("Same first name", True, "given-same"),
    "given-form": _finding(
        "First name in another form", True, "given-nickname", "given-initial", "given-middle", "given-typo",
        "names-swapped",
    ),
    "given-different": _finding("Different first names", False, "given-different"),
    "surname-same": _finding("Same last name", True, "surname-same"),
    "surname-form": _finding(
        "Last name in another form", True, "surname-typo", "surname-part", "surname-initial"
    ),
    "surname-different": _finding("Different last names", False, "surname-different"),
    "names-crossed": _finding("One name alike, in the other’s place", False, "names-crossed"),
    "suffix-same": _finding("Same suffix (Jr., III)", True, "suffix-same"),
    "suffix-different": _finding("Different suffixes (Jr., Sr.)", False, "suffix-different"),
    "email-same": _finding("Same e-mail", True, "email-same"),
    "email-typo": _finding("E-mails one slip apart", True, "email-typo"),
    "email-role": _finding("Same shared mailbox", True, "email-role"),
    "email-different": _finding("Different e-mails", False, "email-different", "email-second"),
    "phone-same": _finding("Same phone", True, "phone-same"),
    "phone-typo": _finding("Phones one digit apart", True, "phone-typo"),
    "phone-different": _finding("Different phones or extensions", False, "phone-different", "phone-extensions"),
    "linkedin-same": _finding("Same LinkedIn profile", True, "linkedin-same"),
    "linkedin-different": _finding("Different LinkedIn profiles", False, "linkedin-different"),
    "ghl-same": _finding("Same GHL contact", True, "ghl-same"),
    "firm-same": _finding("Same firm or mail domain", True, "firm-same", "domain-same", "domain-fits"),
    "firm-alike": _finding("Firm spelt differently", True, "firm-variant", "firm-partly"),
    "firm-different": _finding("Different firms", False, "firm-different"),
    "title-same": _finding("Same or similar title", True, "title-same", "title-similar"),
    "title-different": _finding("Different titles", False, "title-different"),
    "address-same": _finding("Same address", True, "address-same", "address-typo"),
    "address-different": _finding("Different addresses", False, "address-different"),
    "born-same": _finding("Same date of birth", True, "born-same", "born-typo"),
    "born-different": _finding("Different dates of birth", False, "born-different"),
    "number-same": _finding("Same bar or candidate number", True, "number-same", "number-typo"),
    "number-different": _finding("Different bar or candidate numbers", False, "number-different"),
}  # fmt: skip
_FINDING_OF: Final = {code: name for name, finding in FINDINGS.items() for code in finding.codes}


@dataclass(frozen=True, slots=True)
class Calibration:
    """What is added to a pair's log-odds, in bits. All zero changes nothing."""

    offset: float = 0.0
    tilt: float = 0.0
    adjustments: Mapping[str, float] = field(default_factory=dict)

    def shift(self, bits: float, codes: Collection[str]) -> float:
        """The bits to add to a pair of these findings; never more than `MOST_SHIFT` either way."""
        adjusted = sum(self.adjustments.get(name, 0.0) for name in findings_of(codes))
        return _within(MOST_SHIFT, self.offset + self.tilt * _within(SUREST, bits) + adjusted)

    def as_row(self) -> dict[str, Any]:
        """As it is kept in the database."""
        return {"offset": self.offset, "tilt": self.tilt, "adjustments": dict(sorted(self.adjustments.items()))}

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Calibration":
        """Bounded whatever the row says: other programs write to the database too."""
        adjustments = row.get("adjustments") or {}
        return cls(
            _within(MOST_OFFSET, float(row.get("offset") or 0)),
            _within(MOST_TILT, float(row.get("tilt") or 0)),
            {name: _within(MOST_ADJUSTMENT, float(bits)) for name, bits in adjustments.items() if name in FINDINGS},
        )


@dataclass(frozen=True, slots=True)
class Past:
    """One decision about a candidate: whether it was the same person, on what log-odds and findings of the engine."""

    same: bool
    bits: float
    codes: tuple[str, ...]


def findings_of(codes: Iterable[str]) -> frozenset[str]:
    """The kinds of finding that these reasons are of."""
    return frozenset(_FINDING_OF[code] for code in codes if code in _FINDING_OF)


def what_is_missing(decisions: Collection[Past]) -> str:
    """Why there is nothing to be learnt from these decisions yet; empty when there is enough."""
    same = sum(one.same for one in decisions)
    different = len(decisions) - same
    if len(decisions) >= FEWEST and min(same, different) >= FEWEST_OF_A_KIND:
        return ""
    return (
        f"It takes {FEWEST} decisions about a candidate, at least {FEWEST_OF_A_KIND} of them “one person” and "
        f"{FEWEST_OF_A_KIND} “two people”. There are {len(decisions):,}: {same:,} and {different:,}."
    )


def fit(decisions: Sequence[Past]) -> Calibration:
    """The calibration under which these decisions are likeliest, drawn towards no change and within the bounds.

    What would leave its bounds is held there, and the others are fitted again beside it.
    """
    named = _worth_adjusting(decisions)
    rows = [_row(one, named) for one in decisions]
    pull = [_USUAL_OFFSET**-2, _USUAL_TILT**-2, *(_USUAL_ADJUSTMENT**-2 for _ in named)]
    bounds = [MOST_OFFSET, MOST_TILT, *(MOST_ADJUSTMENT for _ in named)]
    found, held = [0.0] * len(pull), set[int]()
    while True:
        found = _likeliest(rows, found, pull, held)
        beyond = {place for place, most in enumerate(bounds) if abs(found[place]) > most}
        if not beyond:
            break
        held |= beyond
        found = [_within(most, value) for most, value in zip(bounds, found, strict=True)]
    return Calibration(found[0], found[1], dict(zip(named, found[2:], strict=True)))


def _likeliest(
    rows: Sequence["_Row"], found: Sequence[float], pull: Sequence[float], held: Collection[int]
) -> list[float]:
    """By Newton's method, with half steps where a whole one would overshoot; what is held stays."""
    found = list(found)
    cost = _cost(rows, found, pull)
    for _ in range(_MOST_STEPS):
        step = _newton_step(rows, found, pull, held)
        size = 1.0
        while True:
            tried = [value - size * by for value, by in zip(found, step, strict=True)]
            new_cost = _cost(rows, tried, pull)
            if new_cost <= cost or size < _CLOSE_ENOUGH:
                break
            size /= 2
        if new_cost > cost - _CLOSE_ENOUGH:
            break
        found, cost = tried, new_cost
    return found


def _worth_adjusting(decisions: Sequence[Past]) -> list[str]:
    """Findings that were there often enough, and missing often enough to be told from the offset."""
    seen = Counter(name for one in decisions for name in findings_of(one.codes))
    most = len(decisions) - FEWEST_WITH_A_FINDING
    return [name for name in FINDINGS if FEWEST_WITH_A_FINDING <= seen[name] <= most]


# Most findings are missing from most pairs: a row has the places of those that are there.
_Row = tuple[float, float, list[tuple[int, float]]]  # 1 for one person, own bits, (parameter, what it is multiplied by)


def _row(one: Past, named: Sequence[str]) -> _Row:
    there = findings_of(one.codes)
    bits = _within(SUREST, one.bits)
    features = [(0, 1.0), (1, bits), *((2 + place, 1.0) for place, name in enumerate(named) if name in there)]
    return float(one.same), bits, features


def _log_odds(row: _Row, found: Sequence[float]) -> float:
    return _LN2 * _within(_LARGEST, row[1] + sum(found[place] * by for place, by in row[2]))


def _cost(rows: Iterable[_Row], found: Sequence[float], pull: Sequence[float]) -> float:
    loss = sum(log_loss(row[0] > 0, _log_odds(row, found)) for row in rows)
    return loss + sum(by * value * value for by, value in zip(pull, found, strict=True)) / 2


def log_loss(same: bool, log_odds: float) -> float:
    """How surprising a decision is, in natural units, to somebody who believes these (natural) log-odds."""
    z = log_odds if same else -log_odds
    return log1p(exp(-z)) if z > 0 else log1p(exp(z)) - z


def _newton_step(
    rows: Iterable[_Row], found: Sequence[float], pull: Sequence[float], held: Collection[int]
) -> list[float]:
    size = len(found)
    slope = [by * value for by, value in zip(pull, found, strict=True)]
    curve = [[pull[i] if i == j else 0.0 for j in range(size)] for i in range(size)]
    for row in rows:
        chance = 1 / (1 + exp(-_log_odds(row, found)))
        off, bend = _LN2 * (chance - row[0]), _LN2 * _LN2 * chance * (1 - chance)
        for i, x in row[2]:
            slope[i] += off * x
            line = curve[i]
            for j, y in row[2]:
                line[j] += bend * x * y
    for i in held:
        slope[i] = 0.0
        for j in range(size):
            curve[i][j] = curve[j][i] = float(i == j)
    return _solved(curve, slope)


def _solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """The solution of a positive definite system, by elimination."""
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for i, pivot in enumerate(rows):
        for other in rows[i + 1 :]:
            factor = other[i] / pivot[i]
            for j in range(i, len(pivot)):
                other[j] -= factor * pivot[j]
    solution = [0.0] * len(rows)
    for i in reversed(range(len(rows))):
        known = sum(rows[i][j] * solution[j] for j in range(i + 1, len(rows)))
        solution[i] = (rows[i][-1] - known) / rows[i][i]
    return solution


def _within(most: float, value: float) -> float:
    return max(-most, min(most, value))
