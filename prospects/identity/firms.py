"""Firm names: what is left of "The Smith & Jones Law Firm, P.L.L.C. (Chicago)" without its form and trade words."""

import re
from dataclasses import dataclass
from functools import lru_cache

from prospects.identity.text import fold, word_set

LEGAL_FORMS = word_set(
    """llp llc lllp pllc plc pc pa pl lp inc incorporated ltd limited corp corporation co company chartered chtd apc alc
    aplc apalc psc sc pll gmbh mbh ag kg sa sas sarl srl spa bv nv ab oy as aps pty pte pvt lpa prof professional
    association"""
)
_CONNECTORS = word_set("the and of for et al de la y und")
# Words that tell the trade, not the firm; the law and recruiting trades are the portal's own.
_TRADE = word_set(
    """law laws legal lawyer lawyers attorney attorneys counsel counselor counselors counsellors advocate advocates
    solicitor solicitors barristers trial litigation office offices group firm firms associate associates partner
    partners partnership practice team services service solutions consulting consultants consultancy advisors
    advisory search recruiting recruiters recruiter recruitment staffing talent placement placements personnel
    executive agency holdings holding international global worldwide national usa us america american enterprises
    ventures management ip sons son"""
)
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_AKA = re.compile(r"\b(?:d/?b/?a|a/?k/?a|f/?k/?a|formerly|c/o)\b.*", re.IGNORECASE)
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.){2,}(?:[^\W\d_]\b)?")
_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDERS = word_set("na none unknown self selfemployed freelance retired unemployed tbd null test")
_LONGEST = 200
_SHORTEST_CORE, _SHORTEST_ABBREVIATION = 4, 6


@dataclass(frozen=True, slots=True)
class Firm:
    """A firm's name. ``key`` is its words joined, ``words`` those that tell it from others, ``spoken`` is to show."""

    key: str = ""
    words: tuple[str, ...] = ()
    spoken: str = ""

    @property
    def core(self) -> str:
        """The telling words joined: what the firm's own domain tends to begin with."""
        return "".join(self.words)

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.words)


@lru_cache(maxsize=16_000)
def firm_of(text: str) -> Firm:
    """The normal form of a firm's name; empty for a blank, a dash or "self-employed"."""
    text = text[:_LONGEST]
    bare = _AKA.sub("", _ASIDE.sub(" ", text)) if not text.isalnum() else text
    words = _WORD.findall(_DOTTED.sub(lambda found: found[0].replace(".", ""), fold(bare))) or _WORD.findall(fold(text))
    named = [word for word in words if word not in _CONNECTORS] or words
    while len(named) > 1 and named[-1] in LEGAL_FORMS:
        named = named[:-1]
    key = "".join(named)
    if not key or key in _PLACEHOLDERS:
        return Firm()
    telling = tuple(word for word in named if word not in _TRADE and word not in LEGAL_FORMS)
    return Firm(key, telling or tuple(named), text.strip())


@lru_cache(maxsize=4_000)
def domain_names_firm(domain: str, core: str) -> bool:
    """Whether a mail domain looks like this firm's own: "smithjones.com" or "smith-law.com" for Smith & Jones."""
    label = "".join(_WORD.findall(domain.rpartition(".")[0].rpartition(".")[2]))
    if len(core) < _SHORTEST_CORE or len(label) < _SHORTEST_CORE:
        return False
    return label.startswith(core[:12]) or (len(label) >= _SHORTEST_ABBREVIATION and core.startswith(label))
