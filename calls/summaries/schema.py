"""The form of an answer: what Claude is told to keep to, and the check that it did. Pure.

Claude's structured outputs know no lengths and few numbers, so lengths are asked for in words and cut here; any other
departure makes the whole answer invalid. Nothing that is not named here gets any further.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from calls.dispositions import DISPOSITIONS

UNSURE = "unsure"
READINGS = (*DISPOSITIONS, UNSURE)
SENTIMENTS = ("positive", "neutral", "negative", "mixed")
QUALITIES = ("cold", "warm", "hot")
CLAIMS: Mapping[str, int] = {"key_points": 5, "objections": 4, "buying_signals": 4, "action_items": 4}  # at most
LONGEST_TEXT = 300  # characters
LONGEST_QUOTE = 500
NOT_TEXT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]+")

_CLAIM: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "the claim, in at most 20 words of your own"},
        "quote": {"type": "string", "description": "3 to 15 words of one sentence, letter for letter"},
        "sentence": {"type": "integer", "description": "the number of that sentence"},
    },
    "required": ["text", "quote", "sentence"],
    "additionalProperties": False,
}
_EVIDENCE: dict[str, Any] = {
    "type": "object",
    "properties": {"quote": _CLAIM["properties"]["quote"], "sentence": _CLAIM["properties"]["sentence"]},
    "required": ["quote", "sentence"],
    "additionalProperties": False,
}
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "disposition": {"type": "string", "enum": list(READINGS)},
        "disposition_quote": _EVIDENCE,
        **{name: {"type": "array", "items": _CLAIM} for name in CLAIMS},
        "sentiment": {"type": "string", "enum": list(SENTIMENTS)},
        "engagement_assessment": {"type": "string", "description": "one sentence"},
        "conversation_quality": {"type": "string", "enum": list(QUALITIES)},
        "interest_level": {"type": "integer", "enum": list(range(11))},
    },
    "required": [
        "disposition", "disposition_quote", *CLAIMS, "sentiment", "engagement_assessment", "conversation_quality",
        "interest_level",
    ],
    "additionalProperties": False,
}  # fmt: skip


class InvalidAnswerError(Exception):
    """An answer that is not of the form asked for; the text names the place, never what was in it."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Something said of the call, and the words that it is said to rest on; not yet looked up."""

    text: str
    quote: str
    sentence: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of the right form; `claims` by the name of their list."""

    disposition: str
    evidence: Claim
    sentiment: str
    engagement_assessment: str
    conversation_quality: str
    interest_level: int
    claims: Mapping[str, tuple[Claim, ...]] = field(default_factory=dict)


def read_answer(text: str) -> Answer:
    """The answer in a reply. Raises InvalidAnswerError."""
    try:
        raw = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise InvalidAnswerError("it is no JSON") from None
    told = _object(raw, SCHEMA["required"], "the answer")
    evidence = _object(told["disposition_quote"], _EVIDENCE["required"], "disposition_quote")
    return Answer(
        disposition=_one_of(READINGS, told["disposition"], "disposition"),
        evidence=_claim({"text": "", **evidence}, "disposition_quote"),
        sentiment=_one_of(SENTIMENTS, told["sentiment"], "sentiment"),
        engagement_assessment=_text(told["engagement_assessment"], "engagement_assessment"),
        conversation_quality=_one_of(QUALITIES, told["conversation_quality"], "conversation_quality"),
        interest_level=_whole(told["interest_level"], 0, 10, "interest_level"),
        claims={name: _claims(told[name], most, name) for name, most in CLAIMS.items()},
    )


def _claims(raw: Any, most: int, name: str) -> tuple[Claim, ...]:
    if not isinstance(raw, list):
        raise InvalidAnswerError(f"{name} is no list")
    return tuple(_claim(_object(each, _CLAIM["required"], name), name) for each in raw[:most])


def _claim(raw: Mapping[str, Any], name: str) -> Claim:
    quote = raw["quote"]
    if not isinstance(quote, str):
        raise InvalidAnswerError(f"a quote in {name} is no text")
    # A quote is looked up as it is; one that is too long is none.
    quote = quote if len(quote) <= LONGEST_QUOTE else ""
    return Claim(_text(raw["text"], name), quote, _whole(raw["sentence"], -(10**9), 10**9, name))


def _object(raw: Any, names: list[str], what: str) -> dict[str, Any]:
    if not isinstance(raw, dict) or set(raw) != set(names):
        raise InvalidAnswerError(f"{what} has not the fields asked for")
    return raw


def _one_of(words: tuple[str, ...], raw: Any, name: str) -> str:
    if not isinstance(raw, str) or raw not in words:
        raise InvalidAnswerError(f"{name} is none of the words asked for")
    return raw


def _whole(raw: Any, least: int, most: int, name: str) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int) or not least <= raw <= most:
        raise InvalidAnswerError(f"{name} is no number from {least} to {most}")
    return raw


def _text(raw: Any, name: str) -> str:
    if not isinstance(raw, str):
        raise InvalidAnswerError(f"{name} is no text")
    text = " ".join(NOT_TEXT.sub(" ", raw).split())
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1].rstrip()}…"


def _no_number(constant: str) -> Any:
    raise ValueError(constant)
