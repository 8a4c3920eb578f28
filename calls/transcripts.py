"""How a transcript is kept: one line a turn, "Speaker 1 [00:12]: …". Pure.

Speaker 1 is the dialling side (GHL's speaker 0), the time is when the turn began, in minutes and seconds.
"""

from collections.abc import Iterable
from itertools import groupby

from integrations.ghl.payloads import Sentence


def as_text(sentences: Iterable[Sentence]) -> str:
    """The sentences, in the order given, as one text: those that one speaker says in a row are one line."""
    lines = []
    for speaker, turn in groupby(sentences, key=lambda sentence: sentence.speaker):
        said = list(turn)
        lines.append(f"{_who(speaker)}{_when(said[0].start_seconds)}: {' '.join(each.text for each in said)}")
    return "\n".join(lines)


def _who(speaker: int | None) -> str:
    return "Speaker" if speaker is None else f"Speaker {speaker + 1}"


def _when(seconds: float | None) -> str:
    return "" if seconds is None else f" [{int(seconds) // 60:02d}:{int(seconds) % 60:02d}]"
