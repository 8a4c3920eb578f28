"""What a person's columns are when some of the decisions about them are undone: pure.

The decisions about one person are steps in the order they were made. Undoing one means: as if it had never been made.
So the columns are worked out again from the first state, step by step, leaving out what is undone. What others changed
in between (staff, GHL) is a fact of its own and stays. The result depends on which steps stand, never on the order in
which the others were undone.

States are plain values as JSON has them: texts, lists, true and false, times as ISO texts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from prospects.models import IDENTITY_COLUMNS

State = dict[str, Any]
FOUNDING = ("source", "notes")  # only whoever is made gets these from a record
FIELDS = (*IDENTITY_COLUMNS, *FOUNDING)
LINK = ("ghl_contact_id", "ghl_location_id", "ghl_synced_at", "ghl_values", "ghl_updated_at", "ghl_deleted_at")
BAN = ("do_not_call", "do_not_call_since")
# Columns of which a person has one: what gives way can be kept in the notes, behind these words.
ALSO_KEPT = {"contact_phone": "Another phone", "contact_email": "Another e-mail"}
COLUMNS = (*FIELDS, "tags", *LINK, *BAN)
NOBODY: Mapping[str, Any] = {
    **dict.fromkeys(FIELDS, ""),
    "tags": [],
    "ghl_contact_id": None,
    "ghl_location_id": "",
    "ghl_synced_at": None,
    "ghl_values": {},
    "ghl_updated_at": None,
    "ghl_deleted_at": None,
    "do_not_call": False,
    "do_not_call_since": None,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One decision about a person, and what others changed after it.

    `offered`: the columns that the record had something for; "link" and "ban" hold several columns at once, and
    "also" the record's values of columns of which the notes keep what gives way. `taken`: columns that replace a full
    value. `edits`: see `edits_between`. `kept`: the person as they were kept when no
    decision stood any more.
    """

    offered: Mapping[str, Any]
    taken: frozenset[str] = frozenset()
    stands: bool = True
    edits: Mapping[str, Any] = field(default_factory=dict)
    kept: Mapping[str, Any] | None = None


def replay(base: Mapping[str, Any] | None, steps: Iterable[Step]) -> State | None:
    """The columns that follow from the steps that stand; None when nobody would have made this person.

    `base`: the columns before the first step, or None where that made the person.
    """
    state, exists = {**NOBODY, **(base or {})}, base is not None  # a column that is younger than the base was empty
    for step in steps:
        if step.stands:
            state = joined(state, step, makes=not exists)
            exists = True
        if step.kept is not None:
            state, exists = {**state, **step.kept}, True
        else:
            state = _edited(state, step.edits)
    return state if exists else None


def edits_between(expected: Mapping[str, Any], actual: Mapping[str, Any]) -> State:
    """What others changed: single columns, tags added and removed, the link to GHL, the ban on calls."""
    edits: State = {}
    if fields := {name: actual[name] for name in FIELDS if actual[name] != expected[name]}:
        edits["fields"] = fields
    had, has = tags_in(expected["tags"]), tags_in(actual["tags"])
    added, removed = [tag for tag in has if tag not in had], [tag for tag in had if tag not in has]
    if added or removed:
        edits["tags"] = {"added": added, "removed": removed}
    if not same_link(expected, actual):
        edits["link"] = {name: actual[name] for name in LINK}
    if bool(actual["do_not_call"]) != bool(expected["do_not_call"]):
        edits["ban"] = {name: actual[name] for name in BAN}
    return edits


def with_more(edits: Mapping[str, Any], more: Mapping[str, Any]) -> State:
    """Edits, and then more of them."""
    both = {**edits, **more}
    if "fields" in edits and "fields" in more:
        both["fields"] = {**edits["fields"], **more["fields"]}
    if "tags" in edits and "tags" in more:
        first, then = edits["tags"], more["tags"]
        both["tags"] = {
            "added": [*(tag for tag in first["added"] if tag not in then["removed"]), *then["added"]],
            "removed": [*(tag for tag in first["removed"] if tag not in then["added"]), *then["removed"]],
        }
    return both


def without_fields(steps: Sequence[Step], since: int, columns: Iterable[str]) -> list[Step]:
    """The steps, but what others wrote into these columns from step number `since` on has never been written."""
    dropped = frozenset(columns)
    return [step if number < since else _without(step, dropped) for number, step in enumerate(steps)]


def same_link(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether both are the same GHL contact, or none."""
    mine, theirs = one["ghl_contact_id"] or "", other["ghl_contact_id"] or ""
    return mine == theirs and (not mine or one["ghl_location_id"] == other["ghl_location_id"])


def tags_in(value: Any) -> list[str]:
    """Tags as a list, once each; other systems have written one text with semicolons."""
    tags = (tag.strip() for tag in value.split(";")) if isinstance(value, str) else (str(tag) for tag in value or [])
    return list(dict.fromkeys(tag for tag in tags if tag))


def joined(before: Mapping[str, Any], step: Step, *, makes: bool) -> State:
    """A person's columns after one step: what they lacked is filled in, and what was taken is replaced.

    `makes`: the step makes the person, who gets the founding columns too.
    """
    offered, state = step.offered, dict(before)
    for name in FIELDS if makes else IDENTITY_COLUMNS:
        if offered.get(name) and (name in step.taken or not before[name]):
            state[name] = offered[name]
    state["notes"] = _with_what_gave_way(state, before, offered.get("also", {}))
    held = tags_in(before["tags"])
    if new := [tag for tag in offered.get("tags", ()) if tag not in held]:
        state["tags"] = [*held, *dict.fromkeys(new)]
    if offered.get("link") and not before["ghl_contact_id"]:
        state |= offered["link"]
    if offered.get("ban") and not before["do_not_call"]:
        state |= offered["ban"]
    return state


def _with_what_gave_way(state: Mapping[str, Any], before: Mapping[str, Any], also: Mapping[str, str]) -> str:
    """The notes with a line for each value that could have stood in a column but does not."""
    notes = str(state["notes"])
    for name, words in ALSO_KEPT.items():
        for value in (before[name], also[name]) if name in also else ():
            line = f"{words}: {value}"
            if value and value != state[name] and line not in notes.splitlines():
                notes = f"{notes.rstrip()}\n{line}" if notes.strip() else line
    return notes


def _edited(state: State, edits: Mapping[str, Any]) -> State:
    edited = {**state, **edits.get("fields", {}), **edits.get("link", {}), **edits.get("ban", {})}
    if tags := edits.get("tags"):
        kept = [tag for tag in tags_in(state["tags"]) if tag not in tags["removed"]]
        edited["tags"] = [*kept, *(tag for tag in tags["added"] if tag not in kept)]
    return edited


def _without(step: Step, columns: frozenset[str]) -> Step:
    fields = {name: value for name, value in step.edits.get("fields", {}).items() if name not in columns}
    edits = {name: value for name, value in step.edits.items() if name != "fields"}
    return Step(step.offered, step.taken, step.stands, edits | ({"fields": fields} if fields else {}), step.kept)
