"""JSON as a database can keep it, whatever GHL sent: pure."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
DEEPEST = 50  # levels of objects and lists inside each other; a contact of GHL's has four


@dataclass(frozen=True, slots=True)
class Storable:
    """A JSON value that can be kept, also as text, and whether characters had to be replaced for that."""

    value: Any
    text: str
    was_replaced: bool = False

    def as_object(self) -> "Storable":
        """Itself when it is an object, else an object around it: what is kept of a record always is one."""
        if isinstance(self.value, dict):
            return self
        return Storable({"unreadable": self.value}, f'{{"unreadable": {self.text}}}', self.was_replaced)


def storable(value: Any) -> Storable:
    """The same JSON value as PostgreSQL can keep it.

    NUL and half surrogates become �, and what lies deeper than anything of GHL's does, and than our tools can follow,
    is left out. In the text, numbers that are none are null: the client lets neither NaN nor infinity in.
    """
    text = _as_it_is(value)
    if text is not None:
        return Storable(value, text)
    shallow = _pruned(value, DEEPEST) if _is_deeper_than(value, DEEPEST) else value
    cleaned = _cleaned(shallow)
    return Storable(cleaned, json.dumps(cleaned), was_replaced=cleaned != shallow)


def _as_it_is(value: Any) -> str | None:
    """The text of a value that can be kept unchanged, as nearly every one can; None where it has to be looked at."""
    try:
        text = orjson.dumps(value).decode()
    except orjson.JSONEncodeError:  # half a surrogate, a whole number of more than 64 bits, or far too deep
        return None
    # What has that many brackets may be deep; counting them spares nearly every record the walk through its levels.
    if text.count("{") + text.count("[") > DEEPEST and _is_deeper_than(value, DEEPEST):
        return None
    return None if "\\u0000" in text else text


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_cleaned(item) for item in value]
    if isinstance(value, dict):
        return {_cleaned(key): _cleaned(item) for key, item in value.items()}
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_deeper_than(value: Any, levels: int) -> bool:
    """Level by level rather than by recursion, which is what it guards."""
    level = [value]
    for _ in range(levels):
        if not level:
            return False
        level = [part for whole in level if isinstance(whole, dict | list) for part in _parts(whole)]
    return any(isinstance(whole, dict | list) for whole in level)


def _parts(whole: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return whole.values() if isinstance(whole, dict) else whole


def _pruned(value: Any, levels: int) -> Any:
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return "(nested too deeply to keep)"
    if isinstance(value, list):
        return [_pruned(part, levels - 1) for part in value]
    return {key: _pruned(part, levels - 1) for key, part in value.items()}
