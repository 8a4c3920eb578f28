"""Weighing a pair: evidence that adds up, against the strongest innocent explanation."""

from collections.abc import Collection
from dataclasses import dataclass
from math import log2

from imports.duplicates.bands import Band
from imports.duplicates.evidence_names import compare_names
from imports.duplicates.evidence_reach import compare_reach, may_share_reach, share_something_personal
from imports.duplicates.evidence_work import compare_work
from imports.duplicates.rivals import COPIES, RELATIVES, RIVALS, UNKNOWN_COLLEAGUES, Evidence, Pool, Sharing
from imports.duplicates.standard import STANDARD, Standard
from prospects.identity import Identity

_STRONG_AGREEMENTS = frozenset(
    {"linkedin-same", "ghl-same", "email-same", "phone-same", "address-same", "firm-same", "domain-same"}
    | {"born-same", "number-same"}
)
_CONTRADICTIONS = frozenset(
    {"linkedin-different", "email-different", "email-second", "phone-different", "phone-extensions"}
    | {"address-different", "firm-different", "given-different", "surname-different", "suffix-different"}
    | {"names-crossed", "born-different", "number-different"}
)
# Phone, mailbox, address and firm change in a life; these do not, or hardly: they count twice against the margin. A
# second bar number may be the same lawyer's in another state, but nobody should find that out after a merge in bulk.
_NO_CHANGE_OF_LIFE = frozenset(
    {"linkedin-different", "given-different", "surname-different", "suffix-different", "born-different"}
    | {"names-crossed", "number-different"}
)
# A family at one firm shares all else, and one line of a form filled in for two makes it a number as well.
_TWO_FIRST_NAMES = frozenset({"given-different", "names-crossed"})
_ONE_MAILBOX = frozenset({"email-same", "email-role", "email-typo"})
_AMONG_RELATIVES = log2(COPIES / RELATIVES)
_COLLEAGUES = RIVALS.index("colleagues")
_MOST_FROM_OTHERS = 10.1
"""The most bits that a pair can gain against colleagues, what it begins with included, when it shares neither profile
nor mailbox nor GHL contact nor date of birth nor a number of their own:
e-mails one slip apart, and phone, address, firm and title the same."""
TAUGHT = "taught"
_TAUGHT_WORDS = "What reviewers’ decisions taught"


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
    "namesakes". ``band`` is None for a pair that is no candidate. Where reviewers' decisions taught something, that is
    the last of the reasons, under the code `TAUGHT`.
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

    def as_rows(self) -> list[dict[str, str | float]]:
        """The reasons as they are kept in the database."""
        return [
            {"code": reason.code, "words": reason.words, "weight": round(reason.weight, 2)} for reason in self.reasons
        ]


def compare(a: Identity, b: Identity, sharing: Sharing, population: int, standard: Standard = STANDARD) -> Match:
    """How likely two records are one person, and why.

    ``sharing`` gives how many of the ``population`` records hold a lookup key (a mapping or a function; unknown keys
    count as rare). The answer does not depend on the order of ``a`` and ``b``.
    """
    return weigh(a, b, Pool.of(sharing, population), standard)


def weigh(a: Identity, b: Identity, pool: Pool, standard: Standard = STANDARD) -> Match:
    """``compare`` for callers with many pairs from one pool."""
    return _match(*_weighed(a, b, pool, compare_names(a.name, b.name, pool)), standard)


def candidate(a: Identity, b: Identity, pool: Pool, standard: Standard = STANDARD) -> Match | None:
    """What ``weigh`` says of a pair that is a candidate; None for the many pairs that are none, at half the cost.

    Most pairs that keys propose bear one surname and two first names, or are two colleagues on one switchboard.
    """
    names = compare_names(a.name, b.name, pool)
    hopeless = standard.least_bits - _MOST_FROM_OTHERS
    if sum(one.weights[_COLLEAGUES] for one in names) < hopeless and not share_something_personal(a, b):
        return None
    found, rival, prior, total = _weighed(a, b, pool, names)
    return None if total < standard.least_bits else _match(found, rival, prior, total, standard)


def margin_of(codes: Collection[str]) -> int:
    """By how many strong fields agreement leads: see `Bands`."""
    margin = sum((code in _STRONG_AGREEMENTS) - (code in _CONTRADICTIONS) for code in codes)
    margin -= any(code in _NO_CHANGE_OF_LIFE for code in codes)
    return margin - 2 * any(code in _TWO_FIRST_NAMES for code in codes)


def _weighed(a: Identity, b: Identity, pool: Pool, names: list[Evidence]) -> tuple[list[Evidence], int, float, float]:
    """All findings, the strongest rival's place in RIVALS, what the pair began with against it and what it came to.

    Two first names and no way of being reached in common: firm, title and address cannot make up for it.
    """
    found, colleagues = names, UNKNOWN_COLLEAGUES
    if not any(one.code == "given-different" for one in names) or may_share_reach(a, b):
        work, colleagues = compare_work(a, b, pool)
        found = _independent([*names, *compare_reach(a, b, pool, colleagues), *work])
    by_chance = log2(COPIES / pool.population)
    priors = (by_chance, _AMONG_RELATIVES, log2(COPIES / colleagues), by_chance)
    strangers, relatives, others, namesakes = priors
    for one in found:
        weights = one.weights
        strangers += weights[0]
        relatives += weights[1]
        others += weights[2]
        namesakes += weights[3]
    totals = (strangers, relatives, others, namesakes)
    total = min(totals)
    rival = totals.index(total)
    return found, rival, priors[rival], total


def _independent(found: list[Evidence]) -> list[Evidence]:
    """Each fact once. A new surname brings a new mailbox with it, and a shared mailbox is a shared domain already."""
    codes = [one.code for one in found]
    repeated = []
    if "email-second" in codes and "surname-different" in codes:
        repeated.append("email-second")
    if "domain-same" in codes and not _ONE_MAILBOX.isdisjoint(codes):
        repeated.append("domain-same")
    return [one for one in found if one.code not in repeated] if repeated else found


def _match(found: list[Evidence], rival: int, prior: float, total: float, standard: Standard) -> Match:
    codes = [one.code for one in found]
    judged = standard.judge(total, margin_of(codes), codes)
    reasons = tuple(Reason(one.code, one.words, one.weights[rival]) for one in found)
    if judged.taught is not None:
        reasons = (*reasons, Reason(TAUGHT, _TAUGHT_WORDS, judged.taught))
    return Match(judged.score, judged.band, reasons, prior, RIVALS[rival])
