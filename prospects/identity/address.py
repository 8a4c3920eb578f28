"""A street address as a key: postal code, house number and street, the parts that survive every spelling of it."""

import re

from prospects.identity.text import fold, folded_words, word_set

_STREETS = word_set(
    """street st str avenue ave av road rd drive dr lane ln boulevard blvd court ct place pl terrace ter tce crescent
    cres cr circuit cct circle cir close way parkway pkwy highway hwy square sq parade pde grove esplanade strasse"""
)
_RUN_ON = tuple(sorted(word for word in _STREETS if len(word) > 4))  # "oakstreet"
_UNITS = re.compile(
    r"\b(?:suite|ste|apartment|apt|unit|flat|room|rm|floor|fl|level|shop)\b\.?\s*#?\s*\w{0,5}\d\w{0,4}\b|#\s*\w+"
)
_LINES = re.compile(r"[,;\n]")
_NUMBER = re.compile(r"\d{1,7}")


def address_key(address: str, postal_code: str) -> str:
    """Postal code, house number and street: "97201 12 oak" for "Suite 4, 12-B Oak St." in 97201-1234.

    "" if one of the three is missing. Of several lines that counts which ends like a street.
    """
    if not address or not postal_code:
        return ""
    whole = folded_words(address)
    line = whole if _LINES.search(address) is None and "#" not in address else _street_line(address) or whole
    postal = "".join(folded_words(postal_code))[:5]
    street = next((word for word in line if len(word) > 1 and word.isalpha()), "")
    number = next((int(word) for words in (line, whole) for word in words if _NUMBER.fullmatch(word)), None)
    return f"{postal} {number} {street}"[:40] if postal and street and number is not None else ""


def _street_line(address: str) -> list[str]:
    """The words of the line that names a street, rather than a building or a suite."""
    lines = map(folded_words, _LINES.split(_UNITS.sub(" ", fold(address))))
    return next((words for words in lines if any(_is_street(word) for word in words[1:])), [])


def _is_street(word: str) -> bool:
    return word in _STREETS or word.endswith(_RUN_ON)
