"""Reading one transcript with Claude: whole, or in parts that are then made one. No database."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from calls.summaries import prompt
from calls.summaries.addressing import addressed
from calls.summaries.claude import Reply
from calls.summaries.grounding import Grounded, Transcript, ground
from calls.summaries.schema import InvalidAnswerError, read_answer
from calls.summaries.sentences import sentences_of
from calls.summaries.troubles import invalid, nothing_found, too_long


class Asks(Protocol):
    """What `Claude` is to this module."""

    def ask(self, system: str, request: str) -> Reply: ...


@dataclass(frozen=True, slots=True)
class Read:
    """A transcript's summary; `left_out` counts the sentences that Claude was not shown."""

    grounded: Grounded
    left_out: int


def read(transcript: str, claude: Asks, answered: Callable[[Reply], None]) -> Read:
    """The summary of a transcript. Raises Trouble. `answered` is told of every reply as soon as it is there."""
    sentences = sentences_of(transcript)
    left_out = addressed(sentences)
    parts = prompt.parts_of(sentences, left_out)
    if len(parts) > prompt.MOST_PARTS:
        raise too_long()
    places = Transcript(transcript, sentences, left_out)

    def asked(request: str) -> Grounded:
        reply = claude.ask(prompt.SYSTEM, request)
        answered(reply)
        if reply.trouble is not None:
            raise reply.trouble
        try:
            return ground(read_answer(reply.text), places, is_addressed=bool(left_out))
        except InvalidAnswerError as problem:
            raise invalid(problem) from None

    found = [asked(prompt.about_part(part, number, len(parts))) for number, part in enumerate(parts, start=1)]
    whole = found[0]
    if len(found) > 1:
        whole = asked(prompt.about_parts([part.summary for part in found]))
        whole = replace(whole, dropped=whole.dropped + sum(part.dropped for part in found))
    if not whole.summary["key_points"]:
        raise nothing_found()
    return Read(whole, len(left_out))
