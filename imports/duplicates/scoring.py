"""Weighing a pair: evidence that adds up, against the strongest innocent explanation."""

from dataclasses import dataclass
from math import log2

from imports.duplicates.bands import BANDS, Band
from imports.duplicates.evidence_names import compare_names
from imports.duplicates.evidence_reach import compare_reach, may_share_reach
from imports.duplicates.evidence_work import compare_work
from imports.duplicates.rivals import COPIES, RELATIVES, RIVALS, UNKNOWN_COLLEAGUES, Evidence, Pool, Sharing
from prospects.identity import Identity

_STRONG_AGREEMENTS = frozenset(
    {"linkedin-same", "ghl-same", "email-same", "phone-same", "address-same", "firm-same", "domain-same"}
)
_CONTRADICTIONS = frozenset(
    {"linkedin-different", "email-different", "email-second", "phone-different", "phone-extensions"}
    | {"address-different", "firm-different", "given-different", "surname-different", "suffix-different"}
)
_ONE_MAILBOX = frozenset({"email-same", "email-role", "email-typo"})
_MOST_BITS = 40.0  # beyond this a float can no longer tell the score from 1


@dataclass(frozen=True, slots=True)
class Reason:
    """One finding in words for staff, with its weight in bits: above 0 speaks for one person, below 0 against."""

    code: str
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Match:
    """How a pair compares. ``prior`` plus the reasons' weights is the log-odds (base 2) of ``score``.

    ``prior`` is where the pair started before anything was compared; ``rival`` the innocent explanation it was
    weighed against: "strangers", "relatives", "colleagues" or
    "namesakes". ``band`` is None for a pair that is no candidate.
    """

    score: float
    band: Band | None
    reasons: tuple[Reason, ...]
    prior: float
    rival: str

    @property
    def log_odds(self) -> float:
        """Bits for one person over bits for two."""
        return self.prior + sum(reason.weight for reason in self.reasons)


def compare(a: Identity, b: Identity, sharing: Sharing, population: int) -> Match:
    """How likely two records are one person, and why.

    ``sharing`` gives how many of the ``population`` records hold a lookup key (a mapping or a function; unknown keys
    count as rare). The answer does not depend on the order of ``a`` and ``b``.
    """
    return weigh(a, b, Pool.of(sharing, population))


def weigh(a: Identity, b: Identity, pool: Pool) -> Match:
    """``compare`` for callers with many pairs from one pool.

    Most pairs that keys propose bear one surname and two first names. When such a pair shares no way of being reached
    either, firm, title and address cannot make up for it, and are not looked at.
    """
    found = compare_names(a.name, b.name, pool)
    colleagues = UNKNOWN_COLLEAGUES
    if not any(one.code == "given-different" for one in found) or may_share_reach(a, b):
        work, colleagues = compare_work(a, b, pool)
        found = _independent([*found, *compare_reach(a, b, pool, colleagues), *work])
    by_chance = log2(COPIES / pool.population)
    priors = (by_chance, log2(COPIES / RELATIVES), log2(COPIES / colleagues), by_chance)
    totals = [prior + sum(one.weights[place] for one in found) for place, prior in enumerate(priors)]
    rival = min(range(len(RIVALS)), key=totals.__getitem__)
    return _match(found, rival, priors[rival], totals[rival])


def _independent(found: list[Evidence]) -> list[Evidence]:
    """Each fact once. A new surname brings a new mailbox with it, and a shared mailbox is a shared domain already."""
    codes = {one.code for one in found}
    repeated = set()
    if "surname-different" in codes:
        repeated.add("email-second")
    if not codes.isdisjoint(_ONE_MAILBOX):
        repeated.add("domain-same")
    return [one for one in found if one.code not in repeated] if repeated else found


def _match(found: list[Evidence], rival: int, prior: float, total: float) -> Match:
    score = 1 / (1 + 2.0 ** -max(-_MOST_BITS, min(_MOST_BITS, total)))
    reasons = tuple(Reason(one.code, one.words, one.weights[rival]) for one in found)
    margin = sum((one.code in _STRONG_AGREEMENTS) - (one.code in _CONTRADICTIONS) for one in found)
    return Match(score, BANDS.of(score, margin), reasons, prior, RIVALS[rival])
