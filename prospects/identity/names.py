"""Person names: given name, surname and generational suffix, freed of titles, credentials and their order."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from prospects.identity.nicknames import formal_names
from prospects.identity.text import fold, word_set

_GENERATIONS = {
    "jr": "jr", "junior": "jr", "sr": "sr", "senior": "sr",
    "ii": "2", "2nd": "2", "iii": "3", "3rd": "3", "iv": "4", "4th": "4",
}  # fmt: skip
_TITLES = word_set("mr mrs ms miss mx dr prof professor hon honorable judge justice sir dame rev atty attny")
_CREDENTIALS = word_set(
    """esq esquire attorney lawyer atty jd jsd sjd phd md mba cpa llm llb mpa mph ma ms msc bsc ba bs edd do rn cfa pe
    qc kc shrm scp phr sphr shrmcp shrmscp pmp cissp faia aia ret retired he him his she her hers they them"""
)
_PLACEHOLDERS = word_set("unknown na none null test tbd xxx noname blank anonymous")
_FIRMS_END_IN = word_set("llc llp pllc inc ltd corp corporation incorporated limited")
_PARTICLES = word_set("de da di do dos das del della van von der den ter ten la le du al el bin ben st saint")
_NOT_PLAIN = _TITLES | _CREDENTIALS | _PLACEHOLDERS | frozenset(_GENERATIONS)

_ASIDE = re.compile(r"\(([^)]*)\)|[\[\"“”«»]([^\]\"“”«»]*)[\]\"“”«»]")
_DOTTED = re.compile(r"(?<!\w)(?:[^\W\d_]\.\s?){2,}")
_COUPLE = re.compile(r"\s+(?:&|and|\+)\s+.*", re.IGNORECASE)
_LETTERS_AND_DIGITS = re.compile(r"[^\W_]+")
_LONGEST_FIELD = 120


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in normal form. ``first`` and ``last`` are folded and solid ("obrien"); "" when not given.

    ``formal`` are the given names ``first`` may stand for; ``last_parts`` the surname's words ("patterson", "huang");
    ``others`` middle names and nicknames; ``suffix`` "jr", "sr", "2" and so on; ``spoken`` is first and last to show.
    """

    first: str = ""
    last: str = ""
    formal: tuple[str, ...] = ()
    last_parts: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    suffix: str = ""
    spoken: tuple[str, str] = ("", "")

    @property
    def filed_as(self) -> str:
        """The given name to look up by: nicknames folded into the formal name."""
        return self.formal[0] if self.formal else ""


class _Field(NamedTuple):
    """One typed field: the words of its given and its family part (one of them where no comma tells them apart)."""

    given: list[str]
    family: list[str]
    asides: list[str]
    suffix: str


def person_name(first: str, last: str, name: str = "") -> PersonName:
    """The normal form of a name typed into two fields, or whole into one of them, or into ``name``."""
    if not first.strip() and not last.strip():
        first, last = name, ""
    return _person_name(first[:_LONGEST_FIELD], last[:_LONGEST_FIELD])


@lru_cache(maxsize=4_000)
def _person_name(first: str, last: str) -> PersonName:
    if first.isalpha() and last.isalpha():
        plain, surname = fold(first), fold(last)
        if plain not in _NOT_PLAIN and surname not in _NOT_PLAIN:
            return PersonName(plain, surname, formal_names(plain), (surname,), spoken=(first, last))
    a, b = _read_field(first), _read_field(last)
    asides, suffix = a.asides + b.asides, b.suffix or a.suffix
    if (a.given or a.family) and (b.given or b.family):
        return _assemble(a.given + a.family, b.given + b.family, asides, suffix)
    one = a if a.given or a.family else b
    if one.family:
        return _assemble(one.given, one.family, asides, suffix)
    if len(one.given) == 1 and one is b:
        return _assemble([], one.given, asides, suffix)
    given, family = _split(one.given)
    return _assemble(given, family, asides, suffix)


def _read_field(text: str) -> _Field:
    """Words that are part of the name, with "Smith, Jane" taken apart. Addresses, numbers and firms are no names."""
    if not text or "@" in text or sum(map(str.isdigit, text)) > sum(map(str.isalpha, text)):
        return _Field([], [], [], "")
    asides = [_solid(word) for found in _ASIDE.finditer(text) for word in (found[1] or found[2] or "").split()]
    text = _DOTTED.sub(_undotted, _ASIDE.sub(" ", _COUPLE.sub("", text)))
    suffix, parts = "", []
    for number, part in enumerate(text.split(",")):
        words, generation = _without_honours(part.split(), keep=1 if number == 0 else 0)
        suffix = generation or suffix
        if words:
            parts.append(words)
    if parts and len(parts[0]) > 1 and _solid(parts[0][-1]) in _FIRMS_END_IN:
        return _Field([], [], [], "")
    asides = [word for word in asides if word and word not in _NOT_PLAIN]
    if len(parts) < 2:
        return _Field(parts[0] if parts else [], [], asides, suffix)
    return _Field([word for part in parts[1:] for word in part], parts[0], asides, suffix)


def _without_honours(words: list[str], keep: int) -> tuple[list[str], str]:
    """The words less titles in front and credentials behind, ``keep`` of them at least; and the generation named."""
    suffix = ""
    while len(words) > keep and ((last := _solid(words[-1])) in _CREDENTIALS or last in _GENERATIONS or not last):
        suffix = _GENERATIONS.get(last, suffix)
        words = words[:-1]
    while len(words) > 1 and _solid(words[0]) in _TITLES:
        words = words[1:]
    return [word for word in words if (solid := _solid(word)) and solid not in _PLACEHOLDERS], suffix


def _undotted(found: re.Match[str]) -> str:
    """Credentials from initials: "J.D." is one word, "J.R." two."""
    letters = [char for char in found[0] if char.isalpha()]
    joined = fold("".join(letters))
    return f"{joined if joined in _CREDENTIALS else ' '.join(letters)} "


def _split(words: list[str]) -> tuple[list[str], list[str]]:
    """A whole name in one field: the surname is the last word, with the particles before it."""
    if len(words) < 2:
        return words, []
    start = len(words) - 1
    while start > 1 and _solid(words[start - 1]) in _PARTICLES:
        start -= 1
    return words[:start], words[start:]


def _assemble(given: list[str], family: list[str], asides: list[str], suffix: str) -> PersonName:
    while len(family) > 1 and len(_solid(family[0])) == 1:  # a middle initial in the surname's field
        given, family = [*given, family[0]], family[1:]
    first = _solid(given[0]) if given else ""
    pieces = [piece for word in family for piece in _LETTERS_AND_DIGITS.findall(fold(word))]
    return PersonName(
        first=first,
        last="".join(pieces),
        formal=formal_names(first) if first else (),
        last_parts=_surname_parts(pieces),
        others=tuple(dict.fromkeys([solid for word in given[1:] if (solid := _solid(word))] + asides)),
        suffix=suffix,
        spoken=(" ".join(given), " ".join(family)),
    )


def _surname_parts(pieces: list[str]) -> tuple[str, ...]:
    """The words a double surname can be known by; "St. James" is one word, and the particles are none."""
    if pieces and pieces[0] in {"st", "saint", "mc", "mac", "o"}:
        return ("".join(pieces),)
    return tuple(piece for piece in pieces if piece not in _PARTICLES) or tuple(pieces)


def _solid(word: str) -> str:
    return "".join(_LETTERS_AND_DIGITS.findall(fold(word)))
