"""What becomes of a call's columns when one more source tells of it: pure.

GHL's own record of a call, once the call is over, stands above what its webhooks say; of two webhooks neither stands
above the other, so that what they agree on or leave open is the same in whichever order they come. A fuller value is
never replaced by an emptier one.
"""

from collections.abc import Callable, Mapping
from typing import Any

from integrations.ghl.payloads import CallStatus

Columns = dict[str, Any]
UNTOLD = ("", None)
SAYS_LITTLE = ("", CallStatus.PENDING, CallStatus.OTHER)
# Of two statuses of one call the later one here: "completed" says that it was picked up, which a call that nobody
# answered never is, and "voicemail" says by what.
BY_WEIGHT = (
    "", CallStatus.OTHER, CallStatus.PENDING, CallStatus.CANCELED, CallStatus.FAILED, CallStatus.BUSY,
    CallStatus.NO_ANSWER, CallStatus.COMPLETED, CallStatus.VOICEMAIL,
)  # fmt: skip
OF_GHL = (
    "call_status", "direction", "from_number", "to_number", "duration", "started_at", "ghl_contact_id", "ghl_user_id",
    "carrier_call_id",
)  # fmt: skip
BOTH_KEPT = "\n\n"


def from_webhook(held: Mapping[str, Any], told: Mapping[str, Any]) -> Columns:
    """The columns that change when a webhook tells of a call. `held["ghl_told"]` names what GHL's record told of."""
    return _changes(held, {name: _of_webhook(name, held, value) for name, value in _said(told)})


def from_ghl(held: Mapping[str, Any], told: Mapping[str, Any]) -> Columns:
    """The columns that change when GHL gives its own record of a call that may still be under way."""
    if told.get("call_status") in SAYS_LITTLE:
        return from_webhook(held, told)
    news = {name: _of_record(name, held, value) for name, value in _said(told)}
    return _changes(held, news | {"ghl_told": sorted({*held["ghl_told"], *(news.keys() & set(OF_GHL))})})


def still_missing(held: Mapping[str, Any], told: Mapping[str, Any]) -> Columns:
    """The columns of `told` that a row lacks; nothing that it has changes, but a status that was not final."""
    is_open = held["call_status"] in SAYS_LITTLE and told.get("call_status") not in SAYS_LITTLE
    lacking = [name for name in told if held[name] in UNTOLD or (name == "call_status" and is_open)]
    return {name: told[name] for name in lacking if told[name] not in UNTOLD}


def _said(told: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in told.items() if value not in UNTOLD]


def _changes(held: Mapping[str, Any], news: Columns) -> Columns:
    return {name: value for name, value in news.items() if value != held[name]}


def _of_record(name: str, held: Mapping[str, Any], value: Any) -> Any:
    if name == "call_status" and (held[name], value) == (CallStatus.VOICEMAIL, CallStatus.COMPLETED):
        return held[name]  # the record calls everything completed that was picked up, by a machine too
    return value if name in OF_GHL else _of_two(name, held[name], value)


def _of_webhook(name: str, held: Mapping[str, Any], value: Any) -> Any:
    old = held[name]
    if old in UNTOLD:
        return value
    if name not in held["ghl_told"]:
        return _of_two(name, old, value)
    if name == "call_status" and (old, value) == (CallStatus.COMPLETED, CallStatus.VOICEMAIL):
        return value
    return old


def _of_two(name: str, old: Any, new: Any) -> Any:
    return new if old in UNTOLD else _CHOICES.get(name, _fuller)(old, new)


def _fuller(old: str, new: str) -> str:
    return max(old, new, key=lambda text: (len(text), text))


def _weightier(old: str, new: str) -> str:
    return max(old, new, key=BY_WEIGHT.index)


def _joined(old: str, new: str) -> str:
    """Both texts, unless one holds the other."""
    if new in old or old in new:
        return max(old, new, key=len)
    return BOTH_KEPT.join(sorted((old, new), key=lambda text: (-len(text), text)))


def _the_old(old: Any, new: Any) -> Any:
    return old


_CHOICES: Mapping[str, Callable[[Any, Any], Any]] = {
    "call_status": _weightier,
    "duration": max,  # webhooks send 0 for calls of any length
    "started_at": min,
    "notes": _joined,
    "ai_summary": _the_old,  # the portal's own is not replaced by one that a workflow sends along
}
