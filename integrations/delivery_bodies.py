"""From the bytes of a delivery to what every database can keep: JSON without NUL, lone surrogates or endless depth."""

import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

LARGEST_BODY = 256 * 1024  # bytes; GHL itself stops there (help article 155000007071)
DEEPEST = 50
# PostgreSQL keeps neither in text nor JSON; SQLite keeps both, and other programs then cannot read them.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
MAY_BE_UNSTORABLE = re.compile(rb"\\u(0000|d[89a-f])", re.IGNORECASE)
INSTEAD = "\ufffd"


@dataclass(frozen=True, slots=True)
class Body:
    """A delivery's content: `payload`, or else the `text` as it came and the `problem` with it, in words."""

    payload: dict[str, Any] | None = None
    text: str = ""
    problem: str = ""


def read_body(raw: bytes) -> Body:
    """Never raises: what is no JSON object is kept as text."""
    try:
        payload = json.loads(raw.decode("utf-8-sig"), parse_constant=_refuse, parse_float=_finite)
    except UnicodeDecodeError:
        return _unread(raw, "It is not text in UTF-8.")
    except ValueError:  # JSONDecodeError is one; so is a number with too many digits
        return _unread(raw, "It is not JSON." if raw.strip() else "It is empty.")
    except RecursionError:
        return _unread(raw, "It is nested too deeply.")
    if not isinstance(payload, dict):
        return _unread(raw, "It is JSON, but not an object.")
    if raw.count(b"{") + raw.count(b"[") <= DEEPEST and not MAY_BE_UNSTORABLE.search(raw):
        return Body(payload)  # nearly always: nothing in it to look for
    try:
        return Body(_storable(payload, DEEPEST))
    except RecursionError:
        return _unread(raw, "It is nested too deeply.")


def _storable(value: Any, levels: int) -> Any:
    if levels < 0:
        raise RecursionError
    if isinstance(value, str):
        return UNSTORABLE.sub(INSTEAD, value)
    if isinstance(value, list):
        return [_storable(item, levels - 1) for item in value]
    if isinstance(value, dict):
        return {_storable(key, levels): _storable(item, levels - 1) for key, item in value.items()}
    return value


def _unread(raw: bytes, problem: str) -> Body:
    return Body(text=UNSTORABLE.sub(INSTEAD, raw.decode("utf-8", "replace")), problem=problem)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _finite(number: str) -> float:
    value = float(number)
    if value in (float("inf"), float("-inf")):
        raise ValueError("larger than any number of ours")
    return value
