"""Reading single values out of GHL's JSON, whatever type they turn out to have.

A value of the wrong type is turned into the right one where its meaning is plain, else it counts as absent; either way
a remark names the field (never the value). An absent or null value is normal and draws no remark.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.ghl.errors import UnexpectedPayload

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")  # NUL and half surrogates: no database keeps them
CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d\d(?:\.\d+)?)")
SECONDS_BELOW = 10_000_000_000  # as an instant: below this a number counts seconds (until 2286), above milliseconds
LONGEST_CALL = timedelta(days=7)
YES, NO = ("true", "yes", "1"), ("false", "no", "0", "")


class JsonObject:
    """One JSON object being read; `remarks` collects what was odd about it."""

    def __init__(self, raw: Any, kind: str) -> None:
        """Raises UnexpectedPayload when `raw` is no object. `kind` says what it should have been, for people."""
        if not isinstance(raw, Mapping):
            raise UnexpectedPayload(detail=f"a {kind} should be an object, but this is {kind_of(raw)}")
        self._raw = raw
        self._kind = kind
        self._remarks: dict[str, None] = {}  # a dict for its order; the same remark once

    @property
    def remarks(self) -> tuple[str, ...]:
        return tuple(self._remarks)

    def remark(self, field: str, what: str) -> None:
        self._remarks[f"{field}: {what}"] = None

    def get(self, field: str) -> Any:
        return self._raw.get(field)

    def identifier(self, *fields: str) -> str:
        """The first of `fields` that holds a usable id. Raises UnexpectedPayload naming the field when none does."""
        for field in fields:
            value = self._raw.get(field)
            if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**30:
                value = str(value)
            if isinstance(value, str) and (text := clean(value)):
                return text
        raise UnexpectedPayload(detail=f"the {self._kind} has no usable {fields[0]}")

    def text(self, *fields: str) -> str:
        """The first of `fields` that holds any text, trimmed; "" when none does."""
        for field in fields:
            value = self._raw.get(field)
            if value is not None and (text := self._text_of(field, value)):
                return text
        return ""

    def _text_of(self, field: str, value: Any) -> str:
        if isinstance(value, str):
            return clean(value)
        if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):
            self.remark(field, "expected text, took the one text of a list")
            return clean(value[0])
        if (digits := number_as_text(value)) is not None:
            self.remark(field, "expected text, took a number as text")
            return digits
        self.remark(field, f"expected text, ignored {kind_of(value)}")
        return ""

    def texts(self, field: str, *inner: str) -> tuple[str, ...]:
        """A list of texts, or of objects that hold the text in one of `inner`; blanks and repeats left out."""
        value = self._raw.get(field)
        if not value and (value is None or isinstance(value, list)):
            return ()
        if isinstance(value, str):
            self.remark(field, "expected a list, took the parts between commas")
            value = value.split(",")
        if not isinstance(value, list):
            self.remark(field, f"expected a list, ignored {kind_of(value)}")
            return ()
        found = (self._text_of(field, _unwrapped(item, inner)) for item in value if item is not None)
        return tuple(dict.fromkeys(text for text in found if text))

    def flag(self, field: str) -> bool:
        """A yes or no; anything unclear is no, with a remark."""
        value = self._raw.get(field)
        if isinstance(value, bool) or value is None:
            return bool(value)
        word = str(value).strip().lower() if isinstance(value, str | int) else None
        if word in YES or word in NO:
            return word in YES
        self.remark(field, f"expected true or false, ignored {kind_of(value)}")
        return False

    def instant(self, field: str) -> datetime | None:
        """ISO text or epoch milliseconds as an aware instant in UTC."""
        value = self._raw.get(field)
        if value is None or value == "":
            return None
        instant = instant_of(value)
        if instant is None:
            self.remark(field, "not a date that makes sense, ignored")
        return instant

    def inner(self, field: str) -> "JsonObject":
        """The object inside `field`, an empty one when there is none."""
        value = self._raw.get(field)
        if value is not None and not isinstance(value, Mapping):
            self.remark(field, f"expected an object, ignored {kind_of(value)}")
        return JsonObject(value if isinstance(value, Mapping) else {}, field)


def clean(text: str) -> str:
    """Trimmed, without the characters that no database can keep."""
    if not text.isprintable():  # asked first, since nearly every text is, and this is several times as fast
        text = UNSTORABLE.sub("", text)
    return text.strip()


def kind_of(value: Any) -> str:
    """What a JSON value is, in words, without the value."""
    if isinstance(value, bool):
        return "true or false"
    names = {str: "a text", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "nothing" if value is None else "something else")


def number_as_text(value: Any) -> str | None:
    """A number as people write it (5, not 5.0); None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not abs(value) <= 1e30:  # neither what is not a number nor a whole number too large for a float
        return None
    return str(int(value)) if value == int(value) else str(value)


def number_of(value: Any) -> float | None:
    """A number, or a text that is one; None for anything else, and for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str) or (isinstance(value, str) and "_" in value):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def whole_number_of(value: Any) -> int | None:
    number = number_of(value)
    return int(number) if number is not None else None


def instant_of(value: Any) -> datetime | None:
    """ISO text, epoch milliseconds or epoch seconds as an aware instant in UTC; None for anything else.

    A text without a time zone is taken as UTC: GHL writes all its dates in UTC.
    """
    number = None if _is_iso(value) else number_of(value)
    try:
        if number is not None:
            return datetime.fromtimestamp(number if abs(number) < SECONDS_BELOW else number / 1000, UTC)
        instant = datetime.fromisoformat(str(value).strip()) if isinstance(value, str) else None
        if instant is None:
            return None
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _is_iso(value: Any) -> bool:
    """Whether this looks as GHL writes a date, which nearly all do: asked first, as trying a number is slow."""
    return isinstance(value, str) and value[4:5] == "-"


def duration_of(value: Any) -> timedelta | None:
    """Whole or broken seconds as a number or text, or a clock text ("1:05", "1:02:05"); None for anything else."""
    seconds = number_of(value)
    if seconds is None and isinstance(value, str) and (clock := CLOCK.fullmatch(value.strip())):
        hours, minutes, rest = clock.groups()
        seconds = int(hours or 0) * 3600 + int(minutes) * 60 + float(rest)
    if seconds is None or not 0 <= seconds <= LONGEST_CALL.total_seconds():
        return None
    return timedelta(seconds=seconds)


def _unwrapped(item: Any, inner: tuple[str, ...]) -> Any:
    if isinstance(item, Mapping):
        return next((item[key] for key in inner if item.get(key) is not None), item)
    return item
