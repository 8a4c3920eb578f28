"""A transcript as numbered sentences, each with its speaker and its time in the call: pure.

The lines are those of `calls.transcripts`, "Speaker 1 [00:12]: …"; what other systems wrote is read as far as
it can be.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

LONGEST = 400  # characters; a machine's transcript may have no full stops at all
TURN = re.compile(
    r"(?P<speaker>Speaker(?: \d{1,3})?|[A-Z][\w.'-]{0,20}(?: [A-Z][\w.'-]{0,20}){0,2})"
    r"(?: ?\[(?:(?P<hours>\d{1,2}):)?(?P<minutes>\d{1,3}):(?P<seconds>\d\d)\])?: +"
)
END = re.compile(r"(?<=[.!?…])[\"”’')\]]*\s+")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence. `start` and `end` are where it stands in the transcript, `turn` is the line it belongs to.

    `seconds` is when the speaker's turn began, None where the transcript has no times.
    """

    number: int
    turn: int
    speaker: str
    seconds: int | None
    text: str
    start: int
    end: int


def sentences_of(transcript: str) -> list[Sentence]:
    """All sentences in order, numbered from 0. The same transcript gives the same numbers."""
    found: list[Sentence] = []
    for turn, line in enumerate(re.finditer(r"[^\r\n]+", transcript)):
        label = TURN.match(line[0])
        speaker = label["speaker"] if label else ""
        begin = line.start() + (label.end() if label else 0)
        for start, end in _pieces(transcript, begin, line.end()):
            said = transcript[start:end]
            found.append(Sentence(len(found), turn, speaker, _seconds(label), said, start, end))
    return found


def digest_of(transcript: str) -> str:
    """What tells one transcript from another."""
    return sha256(transcript.encode("utf-8", "surrogatepass")).hexdigest()


def _seconds(label: "re.Match[str] | None") -> int | None:
    if label is None or label["minutes"] is None:
        return None
    return int(label["hours"] or 0) * 3600 + int(label["minutes"]) * 60 + int(label["seconds"])


def _pieces(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where each sentence between these two places stands, without the blanks around it."""
    cuts = [begin, *(cut.end() for cut in END.finditer(text, begin, end)), end]
    for start, stop in zip(cuts, cuts[1:], strict=False):
        while stop - start > LONGEST:
            blank = text.rfind(" ", start + 1, start + LONGEST)
            cut = blank if blank > 0 else start + LONGEST
            yield from _trimmed(text, start, cut)
            start = cut
        yield from _trimmed(text, start, stop)


def _trimmed(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    said = text[start:stop]
    if said.strip():
        yield start + len(said) - len(said.lstrip()), stop - (len(said) - len(said.rstrip()))
