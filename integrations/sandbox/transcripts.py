"""Transcripts with times, and a recording: what a call sounds like on the wire."""

import functools
import io
import math
import wave
from typing import Any

from integrations.sandbox.records import Contact, Line, Message
from integrations.sandbox.words import AGENTS

SECONDS_PER_WORD = 0.38
PAUSE_SECONDS = 0.6
SAMPLE_RATE = 8000


def spoken_seconds(lines: tuple[Line, ...]) -> int:
    """How long the dialogue takes to speak, pauses included."""
    return math.ceil(sum(_line_seconds(text) + PAUSE_SECONDS for _, text in lines) + PAUSE_SECONDS)


def spoken_lines(message: Message, contact: Contact | None) -> list[Line]:
    """The dialogue with the names of this call in it."""
    words = {
        "{first}": (contact and contact.first_name) or "there",
        "{last}": (contact and contact.last_name) or "",
        "{firm}": (contact and contact.company_name) or "the firm",
        "{agent}": AGENTS[sum(map(ord, message.user_id or "")) % len(AGENTS)].partition(" ")[0],
    }
    return [(speaker, _filled(text, words)) for speaker, text in message.transcript or ()]


def _filled(text: str, words: dict[str, str]) -> str:
    for placeholder, word in words.items():
        text = text.replace(placeholder, word)
    return text


def sentences(lines: list[Line]) -> list[dict[str, Any]]:
    """The array of GET …/transcription: times in seconds, speaker 0 (the dialer) on media channel 1."""
    made, at = [], PAUSE_SECONDS
    for index, (speaker, text) in enumerate(lines):
        end = at + _line_seconds(text)
        made.append(
            {
                "speaker": speaker,
                "mediaChannel": speaker + 1,
                "sentenceIndex": index,
                "startTime": round(at, 2),
                "endTime": round(end, 2),
                "transcript": text,
                "confidence": round(0.86 + len(text) % 13 / 100, 2),
                "words": [],
            }
        )
        at = end + PAUSE_SECONDS
    return made


def _line_seconds(text: str) -> float:
    return max(0.5, SECONDS_PER_WORD * len(text.split()))


@functools.cache
def wav() -> bytes:
    """One second of a quiet tone: mono, 8 kHz, 8 bit."""
    tone = bytes(128 + round(20 * math.sin(2 * math.pi * 440 * n / SAMPLE_RATE)) for n in range(SAMPLE_RATE))
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(1)
        sound.setframerate(SAMPLE_RATE)
        sound.writeframes(tone)
    return buffer.getvalue()
