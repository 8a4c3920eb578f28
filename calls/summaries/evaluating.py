"""How often Claude reads the outcome that a careful listener would: over labelled calls, which ship with the portal."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.utils import timezone

from calls.summaries import budget
from calls.summaries.claude import Reply
from calls.summaries.reading import Asks, read
from calls.summaries.schema import READINGS
from calls.summaries.troubles import Remedy, Trouble
from calls.transcripts import as_text
from integrations.ghl.payloads import Sentence

SHIPPED = Path(__file__).with_name("labelled_calls.json")
SECONDS_A_WORD = 0.4


class BudgetSpentError(Exception):
    """The day's budget for summaries was used up before all calls were read; the text says what to do."""


class UnreadableSetError(Exception):
    """A file of labelled calls is not of the form of the shipped one; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class LabelledCall:
    name: str
    disposition: str
    transcript: str


@dataclass(slots=True)
class Evaluation:
    """What came of each labelled call: (the call, what was read, or the trouble in words)."""

    readings: list[tuple[LabelledCall, str]] = field(default_factory=list)
    troubles: list[tuple[LabelledCall, str]] = field(default_factory=list)
    kept_claims: int = 0
    dropped_claims: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def right(self) -> int:
        return sum(call.disposition == reading for call, reading in self.readings)

    def by_disposition(self) -> dict[str, tuple[int, int]]:
        """(right, all that were tried) of each disposition; calls with trouble count as not right."""
        tried = [(call, reading) for call, reading in [*self.readings, *((call, "") for call, _ in self.troubles)]]
        return {
            word: (
                sum(reading == word for call, reading in tried if call.disposition == word),
                sum(call.disposition == word for call, _ in tried),
            )
            for word in READINGS
        }


def labelled_calls(path: Path = SHIPPED) -> list[LabelledCall]:
    """The calls of a file: a name, the right outcome, and turns of (speaker, words). Raises UnreadableSetError."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))["calls"]
        found = [LabelledCall(str(each["name"]), each["disposition"], _transcript(each["turns"])) for each in raw]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise UnreadableSetError(f"{path} is no set of labelled calls ({type(problem).__name__}).") from problem
    if wrong := sorted({str(call.disposition) for call in found if call.disposition not in READINGS}):
        raise UnreadableSetError(f"{path}: no such disposition: {', '.join(wrong)}.")
    return found


def evaluate(calls: Sequence[LabelledCall], claude: Asks, on_progress: Callable[[Evaluation], None]) -> Evaluation:
    """Has each call read, out of the day's budget. Trouble with one is noted.

    Raises Trouble for what all calls would have, and BudgetSpentError.
    """
    result = Evaluation()

    def answered(reply: Reply) -> None:
        result.input_tokens += reply.tokens_in
        result.output_tokens += reply.tokens_out
        budget.count_tokens(reply.tokens_in + reply.tokens_out)

    for call in calls:
        if not budget.take_a_call(timezone.now()):
            read_so_far = len(result.readings) + len(result.troubles)
            raise BudgetSpentError(
                f"Today’s budget for summaries is spent; {read_so_far} of {len(calls)} calls were read. Raise it under "
                "“Budget of summaries”, or evaluate tomorrow."
            )
        try:
            grounded = read(call.transcript, claude, answered).grounded
        except Trouble as trouble:
            if trouble.remedy is Remedy.PAUSE:
                raise
            result.troubles.append((call, trouble.words))
        else:
            result.readings.append((call, grounded.disposition))
            result.kept_claims += grounded.kept
            result.dropped_claims += grounded.dropped
        on_progress(result)
    return result


def _transcript(turns: Sequence[Sequence[object]]) -> str:
    """As GHL's transcripts are kept, with times that talking takes about."""
    said, seconds = [], 0.0
    for number, (speaker, words) in enumerate(turns):
        if not isinstance(speaker, int) or not isinstance(words, str):
            raise TypeError("a turn is a speaker’s number and words")
        said.append(Sentence(index=number, text=words, speaker=speaker, start_seconds=seconds))
        seconds += len(words.split()) * SECONDS_A_WORD
    return as_text(said)
