"""What it would have taken: how far a pair is from the next band, and which one agreement would bring it there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from imports.duplicates.bands import Band, bits_of
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import TAUGHT, Match, margin_of, weigh
from imports.duplicates.standard import Standard
from prospects.identity import Identity, emails_in, phones_in

RISING: tuple[Band | None, ...] = (None, "possible", "likely", "certain")
_INVENTED = {
    "linkedin": "somebodys-own-profile",
    "emails": emails_in("somebodys.own@mailbox.invalid"),
    "phones": phones_in("+12125550100"),
    "born": "19010203",
    "number": "84731592",
}
_FIELDS = ("linkedin", "emails", "phones", "born", "number", "address", "firm", "name", "title")


@dataclass(frozen=True, slots=True)
class WhatIf:
    """A field (of `Identity`) in which both might have agreed, and where that would have led."""

    field: str
    score: float
    band: Band


@dataclass(frozen=True, slots=True)
class NextBand:
    """The band above a pair's own. `missing` is in bits, 0 where the score would do and the strong fields do not.

    `is_contradicted`: more of the strong fields disagree than any score makes up for. `enough` are agreements that
    each alone would have led there or higher, the surest first.
    """

    band: Band
    missing: float
    is_contradicted: bool
    enough: tuple[WhatIf, ...]


def next_band(a: Identity, b: Identity, pool: Pool, standard: Standard) -> NextBand | None:
    """What a pair lacked; None for one that is certain."""
    match = weigh(a, b, pool, standard)
    if match.band == "certain":
        return None
    wanted = RISING[RISING.index(match.band) + 1]
    assert wanted is not None  # noqa: S101  certain is the last
    asked = standard.bands.asked_for(wanted, _margin(match))
    missing = 0.0 if asked is None else max(0.0, bits_of(asked) - match.log_odds)
    return NextBand(wanted, missing, asked is None, tuple(_enough(a, b, pool, standard, wanted)))


def _margin(match: Match) -> int:
    return margin_of([reason.code for reason in match.reasons if reason.code != TAUGHT])


def _enough(a: Identity, b: Identity, pool: Pool, standard: Standard, wanted: Band) -> list[WhatIf]:
    found = []
    for field, x, y in _agreeing(a, b):
        match = weigh(x, y, pool, standard)
        if match.band is not None and RISING.index(match.band) >= RISING.index(wanted):
            found.append(WhatIf(field, match.score, match.band))
    return sorted(found, key=lambda one: (-RISING.index(one.band), -one.score))


def _agreeing(a: Identity, b: Identity) -> Iterator[tuple[str, Identity, Identity]]:
    """The pair again for each field in which they do not agree, as if they did."""
    for field in _FIELDS:
        mine, theirs = getattr(a, field), getattr(b, field)
        if mine == theirs and mine:
            continue
        value: Any = _fuller(mine, theirs) or _INVENTED.get(field)
        if value:
            yield field, replace(a, **{field: value}), replace(b, **{field: value})


def _fuller(mine: Any, theirs: Any) -> Any:
    """A value that one of the two has: of names and firms the one that says more."""
    said = [value for value in (mine, theirs) if _says_something(value)]
    return max(said, key=lambda value: len(repr(value)), default=None)


def _says_something(value: Any) -> bool:
    if hasattr(value, "last"):
        return bool(value.first or value.last)
    return bool(getattr(value, "key", value))
