"""The fields of a group side by side, and the form in which a reviewer chooses, field by field, whose value is kept."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imports.admin.field_choices import OTHER
from imports.admin.group_columns import Column
from imports.deciding.comparing import DIFFERS, SAME, FieldDifference, label_of
from imports.deciding.group_choices import GroupChoices
from imports.deciding.replay import ALSO_KEPT
from imports.reading import LONGEST
from prospects.models import IDENTITY_COLUMNS

# Besides these a side is the id of the member whose value is kept.
PROPOSED, EMPTY = "", "empty"


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One field of all members, with its part of the form.

    In each cell `staged` is the member's value and `known` what they are together. `side`: see `PROPOSED`; `value` is
    what may be written, `both` whether the notes keep what gives way.
    """

    column: str
    label: str
    together: str
    cells: list[tuple[Column, FieldDifference]]
    side: str
    value: str
    both: bool

    @property
    def values(self) -> set[str]:
        return {cell.staged for _, cell in self.cells if cell.staged}

    @property
    def differs(self) -> bool:
        return len(self.values) > 1

    @property
    def longest(self) -> int:
        return LONGEST[self.column]

    @property
    def may_be_empty(self) -> bool:
        """A merge empties no full field of the portal."""
        return not any(column.is_person and cell.staged for column, cell in self.cells)

    @property
    def may_keep_both(self) -> bool:
        return self.differs and self.column in ALSO_KEPT

    @property
    def is_changed(self) -> bool:
        """Whether the reviewer chose otherwise than proposed."""
        return self.side != PROPOSED


def rows_of(columns: Sequence[Column], given: Mapping[str, str]) -> list[FieldRow]:
    """The fields that any of them has something in, as proposed, or as `given` in a form that was sent back."""
    names = [name for name in IDENTITY_COLUMNS if any(getattr(column.who, name) for column in columns)]
    return [_row(name, columns, given) for name in names]


def group_choices_given(form: Mapping[str, str]) -> GroupChoices:
    """What was chosen. Raises UnusableValueError when a written value cannot be kept, ValueError for no member's id."""
    sides = {column: form.get(f"side_{column}", PROPOSED) for column in IDENTITY_COLUMNS}
    return GroupChoices.of(
        whose={column: uuid.UUID(side) for column, side in sides.items() if side not in (PROPOSED, EMPTY, OTHER)},
        empty=[column for column, side in sides.items() if side == EMPTY],
        written={column: form.get(f"value_{column}", "") for column, side in sides.items() if side == OTHER},
        both=[column for column in sides if f"both_{column}" in form],
    )


def _row(name: str, columns: Sequence[Column], given: Mapping[str, str]) -> FieldRow:
    order = sorted((column for column in columns if column.is_in), key=lambda column: not column.leads)
    proposed = next((value for column in order if (value := getattr(column.who, name))), "")
    asked = given.get(f"side_{name}", PROPOSED)
    of_members = {column.key: getattr(column.who, name) for column in order}
    side = asked if asked in (EMPTY, OTHER) or of_members.get(asked) else PROPOSED
    value = given.get(f"value_{name}", proposed)
    together = {PROPOSED: proposed, EMPTY: "", OTHER: value, **of_members}[side]
    cells = [(column, _cell(name, getattr(column.who, name), together)) for column in columns]
    return FieldRow(name, label_of(name), together, cells, side, value, f"both_{name}" in given)


def _cell(name: str, value: str, together: str) -> FieldDifference:
    outcome = DIFFERS if value and value != together else SAME
    return FieldDifference(name, label_of(name), value, together, outcome)
