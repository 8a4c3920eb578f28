"""What a decision brought to a person, in words: for the person's history and the decision's own page. Pure."""

from typing import Any

from imports.deciding.comparing import label_of
from imports.deciding.replay import FIELDS
from imports.models import ReviewDecision
from prospects.models import IDENTITY_COLUMNS


def change_in_words(column: str, old: str, new: str, *, by_hand: bool) -> str:
    """A sentence about one field that has `new` now; `by_hand`: the reviewer wrote it."""
    if column == "notes":
        return f"Notes: “{new.removeprefix(old.rstrip()).strip()}” added."
    written = ", written by the reviewer" if by_hand else ""
    return f"{label_of(column)}: “{new}”{f' in place of “{old}”' if old else ''}{written}."


def left_out_in_words(column: str, old: str) -> str:
    return f"{label_of(column)}: “{old}” left out by the reviewer."


def values_in_words(decision: ReviewDecision) -> list[str]:
    """A sentence for each field that a merge changed, or that somebody who was made has otherwise than the record."""
    after, offered, record = decision.after or {}, decision.offered, decision.staged_record
    before: dict[str, Any] = decision.before or {name: getattr(record, name) for name in IDENTITY_COLUMNS}
    said = []
    for column in FIELDS:
        old, new = before.get(column) or "", after.get(column) or ""
        by_hand = column in IDENTITY_COLUMNS and offered.get(column, "") not in ("", getattr(record, column))
        if column in before and new and new != old:
            said.append(change_in_words(column, old, new, by_hand=by_hand))
        elif decision.before is None and old and not new:
            said.append(left_out_in_words(column, old))
    return said
