"""What firm, mail domain and job title say: the same employer, the same employer spelt otherwise, or another one."""

from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.fuzz import ratio

from imports.duplicates.rivals import UNKNOWN_COLLEAGUES, Evidence, Pool, evidence
from prospects.identity import Firm, Identity
from prospects.identity.firms import domain_names_firm

_ALIKE, _PARTLY = 87.0, 62.0  # rapidfuzz's ratio, 0 to 100
_SHORTEST_ALIKE = 5
_INITIALS = range(3, 8)


def compare_work(a: Identity, b: Identity, pool: Pool) -> tuple[list[Evidence], float]:
    """Findings on employer and title, and how many colleagues of one of them the pool is expected to hold."""
    employer, colleagues = _employer(a, b, pool)
    return [found for found in (employer, _title(a.title, b.title)) if found], max(colleagues, 1.0)


def _employer(a: Identity, b: Identity, pool: Pool) -> tuple[Evidence | None, float]:
    x, y = a.firm, b.firm
    domain = _common_domain(a, b)
    if x.key and x.key == y.key:
        holders = pool.holders(f"firm:{x.key}")
        return _same_employer("firm-same", f"Same firm: {x.spoken}", holders, pool), holders - 1.0
    spoken = f"{x.spoken} / {y.spoken}"
    if domain:
        holders = pool.holders(f"domain:{domain}")
        return _same_employer("domain-same", f"Same mail domain: {domain}", holders, pool), holders - 1.0
    if not x.key or not y.key:
        return _fitting_domain(x, b) or _fitting_domain(y, a), UNKNOWN_COLLEAGUES
    colleagues = pool.count(f"firm:{x.key}") + pool.count(f"firm:{y.key}") - 1.0
    likeness = firm_likeness(x, y)
    if likeness == "variant":
        return evidence("firm-variant", f"One firm, spelt differently: {spoken}", 0.2, 0.004, 0.08, 0.15), colleagues
    if likeness == "partly":
        return evidence("firm-partly", f"Firm names partly alike: {spoken}", 0.04, 0.012, 0.03, 0.03), colleagues
    return evidence("firm-different", f"Different firms: {spoken}", 0.1, 0.98, 0.85, 0.04), colleagues


def _same_employer(code: str, words: str, holders: int, pool: Pool) -> Evidence:
    share = min((holders - 0.8) / pool.population, 0.5)
    return evidence(code, words, 0.7, share, 0.25 + share, 0.8)


def _fitting_domain(firm: Firm, other: Identity) -> Evidence | None:
    """One record names the firm, the other only writes from what looks like its domain."""
    domains = [email.domain for email in other.emails if not email.is_free] if firm.key else []
    if not any(domain_names_firm(domain, firm.core) for domain in domains):
        return None
    return evidence("domain-fits", f"Mail domain fits the firm: {firm.spoken}", 0.3, 0.004, 0.1, 0.5)


def _common_domain(a: Identity, b: Identity) -> str:
    if not a.emails or not b.emails:
        return ""
    mine = {email.domain for email in a.emails if not email.is_free}
    return min((email.domain for email in b.emails if email.domain in mine), default="")


@lru_cache(maxsize=8_000)
def firm_likeness(x: Firm, y: Firm) -> str:
    """How two firm names relate: "variant" for two spellings of one, "partly" for much in common, else "different"."""
    if x.words == y.words or x.core == y.core:
        return "variant"
    few, many = sorted((x.words, y.words), key=lambda words: (len(words), words))
    if few[0] == many[0] and set(few) <= set(many):
        return "variant"  # "Hamilton" for Hamilton & Warren
    if _are_initials(x, y) or _are_initials(y, x):
        return "variant"
    likeness = ratio(x.core, y.core)
    if min(len(x.core), len(y.core)) >= _SHORTEST_ALIKE and likeness >= _ALIKE:
        return "variant"
    if len(few) > 1 and len(set(few) & set(many)) > len(few) / 2:
        return "partly"
    return "partly" if likeness >= _PARTLY and few[0][:3] == many[0][:3] else "different"


def _are_initials(short: Firm, long: Firm) -> bool:
    return len(short.words) == 1 and len(short.core) in _INITIALS and short.core == long.initials


@lru_cache(maxsize=4_000)
def _title(x: str, y: str) -> Evidence | None:
    if not x or not y:
        return None
    if x == y:
        return evidence("title-same", f"Same title: {x}", 0.6, 0.2, 0.2, 0.22)
    if x in y or y in x or OSA.normalized_similarity(x, y) > 0.8 or set(x.split()) == set(y.split()):
        return evidence("title-similar", f"Similar titles: {x} / {y}", 0.15, 0.08, 0.08, 0.1)
    return evidence("title-different", f"Different titles: {x} / {y}", 0.25, 0.8, 0.8, 0.75)
