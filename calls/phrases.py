"""Phrases to recognise in what people said or noted, with what turns their meaning around."""

import re
from collections.abc import Iterable
from typing import NamedTuple

LOOK_BACK = 80  # characters before a phrase in which a denial still belongs to it

UP_TO_3 = r"(?:[\w']+ ){0,3}"  # words: a comma, a full stop or a new line ends what a denial covers
DENIED = rf"\b(?:no|not(?! interested)|never|without|nobody|neither|cannot|\w+n't) {UP_TO_3}"
ASKED = re.compile(r"[^.!?|]{0,200}\?")
IN_CASE = rf"\bif {UP_TO_3}"


class Phrase(NamedTuple):
    """Words, and what they must not stand right behind."""

    words: re.Pattern[str]
    unless_after: re.Pattern[str] | None = None
    counts_as_question: bool = True

    def is_in(self, text: str) -> bool:
        """Whether the phrase stands somewhere in `text` (as `plain` writes it) and means what it says."""
        return any(self._is_meant(text, match) for match in self.words.finditer(text))

    def _is_meant(self, text: str, match: re.Match[str]) -> bool:
        before = text[max(0, match.start() - LOOK_BACK) : match.start()]
        if self.unless_after is not None and self.unless_after.search(before):
            return False
        return self.counts_as_question or not ASKED.match(text, match.end())


def phrase(*words: str, unless_after: Iterable[str] = (), counts_as_question: bool = True) -> Phrase:
    """A phrase from alternatives, each a pattern that begins with a word."""
    behind = "|".join(unless_after)
    return Phrase(
        re.compile(rf"\b(?:{'|'.join(words)})"),
        re.compile(rf"(?:{behind})$") if behind else None,
        counts_as_question,
    )


def plain(text: str) -> str:
    """Lower case, straight apostrophes, one blank between words, "|" for a new line: how phrases are written."""
    return re.sub(r"\s+", " ", re.sub(r"[\r\n]+", " | ", text.casefold().replace("’", "'"))).strip()


def words_in(text: str) -> list[str]:
    return re.findall(r"[\w']+", text)
