"""Looking up the words that each claim rests on: what cannot be found in the transcript is dropped. Pure.

Compared without case, kinds of quotation marks and blanks, and in nothing else. What is kept is the transcript's own
text at that place, with its own speaker and time: of Claude's, only the claim itself.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from calls.summaries.schema import CLAIMS, UNSURE, Answer, Claim
from calls.summaries.sentences import Sentence

LEAST_WORDS = 3  # fewer are found nearly anywhere, so they count only as a whole sentence
ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛`´′", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒–—―", "-"),
        "‹": "<",  # how angle brackets are sent
        "›": ">",
    }
)


@dataclass(frozen=True, slots=True)
class Grounded:
    """What is left of an answer: `summary` is what a call's `ai_summary` holds."""

    summary: dict[str, Any]
    kept: int
    dropped: int

    @property
    def disposition(self) -> str:
        return str(self.summary["disposition"])


@dataclass(frozen=True, slots=True)
class _Turn:
    """A line of the transcript as it is compared, and which of its sentences each sign belongs to, and where."""

    text: str
    places: tuple[int, ...]  # of each sign, in the transcript
    sentences: tuple[Sentence, ...]

    def at(self, place: int) -> Sentence:
        return next(each for each in reversed(self.sentences) if each.start <= place)


class Transcript:
    """A transcript in which quotes are looked up. Sentences that are `left_out` hold nothing."""

    def __init__(self, text: str, sentences: Sequence[Sentence], left_out: Collection[int] = ()) -> None:
        self._text = text
        self._left_out = left_out
        self._turns = [_turn(text, list(group)) for _, group in groupby(sentences, key=lambda each: each.turn)]

    def find(self, claim: Claim) -> dict[str, Any] | None:
        """Where a claim's quote is: its words, speaker, sentence and seconds. The place nearest to the one named."""
        wanted, _ = folded(claim.quote)
        wanted = wanted.strip().strip('"').strip()
        if not wanted:
            return None
        found = [place for turn in self._turns for place in self._places(turn, wanted)]
        return min(found, key=lambda place: abs(place["sentence"] - claim.sentence), default=None)

    def _places(self, turn: _Turn, wanted: str) -> Iterator[dict[str, Any]]:
        for start in _starts(turn.text, wanted):
            begin, last = turn.places[start], turn.places[start + len(wanted) - 1]
            first, end = turn.at(begin), turn.at(last)
            quote = self._text[begin : last + 1]
            is_whole = folded(quote)[0].strip(" .!?…") == folded(first.text)[0].strip(" .!?…")
            if len(wanted.split()) < LEAST_WORDS and not is_whole:
                continue
            if any(number in self._left_out for number in range(first.number, end.number + 1)):
                continue
            yield {
                "quote": quote,
                "speaker": first.speaker,
                "sentence": first.number,
                "seconds": first.seconds,
            }


def ground(answer: Answer, transcript: Transcript, *, is_addressed: bool = False) -> Grounded:
    """Keeps what the transcript bears out. `is_addressed`: it speaks to the reader, so that the outcome stays open."""
    kept: dict[str, list[dict[str, Any]]] = {}
    dropped = 0
    for name in CLAIMS:
        said = answer.claims.get(name, ())
        placed = [(claim, transcript.find(claim)) for claim in said]
        kept[name] = [{"text": claim.text, **place} for claim, place in placed if place is not None and claim.text]
        dropped += len(said) - len(kept[name])
    evidence = transcript.find(answer.evidence)
    is_open = is_addressed or evidence is None
    summary = {
        "disposition": UNSURE if is_open else answer.disposition,
        "disposition_quote": None if is_open or answer.disposition == UNSURE else evidence,
        "key_points": kept["key_points"],
        "sentiment": answer.sentiment,
        "action_items": kept["action_items"],
        "engagement_assessment": answer.engagement_assessment,
        "conversation_quality": answer.conversation_quality,
        "interest_level": answer.interest_level,
        "objections": kept["objections"],
        "buying_signals": kept["buying_signals"],
    }
    return Grounded(summary, sum(map(len, kept.values())), dropped)


def quotes_in(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every quote that a stored summary rests on, with its place."""
    for name in CLAIMS:
        for claim in summary.get(name) or ():
            if isinstance(claim, dict) and "quote" in claim:
                yield claim
    evidence = summary.get("disposition_quote")
    if isinstance(evidence, dict):
        yield evidence


def folded(text: str) -> tuple[str, tuple[int, ...]]:
    """How texts are compared, and where each sign of that comes from."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for one in " " if sign.isspace() else sign.translate(ALIKE).casefold():
            if one != " " or (signs and signs[-1] != " "):
                signs.append(one)
                places.append(place)
    return "".join(signs), tuple(places)


def _turn(text: str, sentences: list[Sentence]) -> _Turn:
    start = sentences[0].start
    signs, places = folded(text[start : sentences[-1].end])
    return _Turn(signs, tuple(start + place for place in places), tuple(sentences))


def _starts(text: str, wanted: str) -> Iterator[int]:
    """Where it stands as whole words."""
    for found in re.finditer(f"(?={re.escape(wanted)})", text):
        start, end = found.start(), found.start() + len(wanted)
        glued_before = start > 0 and text[start - 1].isalnum() and wanted[0].isalnum()
        glued_after = end < len(text) and text[end].isalnum() and wanted[-1].isalnum()
        if not (glued_before or glued_after):
            yield start
