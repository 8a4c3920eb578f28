"""Folding text to what two spellings of one word have in common: case, accents, width, apostrophes."""

import re
import unicodedata
from functools import lru_cache

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h"}
)
_APOSTROPHES = re.compile(r"['’‘`´ʼʹ]")
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=8_000)
def fold(text: str) -> str:
    """Lower case without accents or apostrophes; everything else stays. Folding twice changes nothing."""
    if text.isascii():
        return _APOSTROPHES.sub("", text.lower())
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS)).casefold().translate(_LETTERS)
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return _APOSTROPHES.sub("", unicodedata.normalize("NFKC", bare))


def word_set(text: str) -> frozenset[str]:
    """The words of a plain list, as a set."""
    return frozenset(text.split())


def folded_words(text: str) -> list[str]:
    """The words of a text, folded, letters and digits only."""
    return _WORD.findall(fold(text))
