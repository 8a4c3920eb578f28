"""The form in which a reviewer chooses, field by field, what a merge leaves on the person, or what a new one gets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imports.deciding.choices import Choices
from imports.deciding.comparing import DIFFERS, FILLS, FieldDifference
from imports.deciding.replay import ALSO_KEPT
from imports.reading import LONGEST
from prospects.models import IDENTITY_COLUMNS

# To fill is not to take: what somebody wrote into an empty field meanwhile, unseen by the reviewer, stays.
OURS, THEIRS, FILL, OTHER = "ours", "theirs", "fill", "other"
SIDES = (OURS, THEIRS, FILL, OTHER)


@dataclass(frozen=True, slots=True)
class FieldChoice:
    """One field's part of the form. `value` is what may be edited, `both` whether the notes keep what gives way."""

    field: FieldDifference
    side: str
    value: str
    both: bool

    @property
    def longest(self) -> int:
        return LONGEST[self.field.column]

    @property
    def of_the_record(self) -> str:
        """What the browser sends when the record's value is chosen; empty where it has none of its own to choose."""
        return {DIFFERS: THEIRS, FILLS: FILL}.get(self.field.outcome, "")

    @property
    def may_keep_both(self) -> bool:
        return self.field.outcome == DIFFERS and self.field.column in ALSO_KEPT

    @property
    def is_changed(self) -> bool:
        """Whether the reviewer chose otherwise than proposed."""
        return self.side != _proposed(self.field)


def choices_shown(differences: Sequence[FieldDifference], given: Mapping[str, str]) -> list[FieldChoice]:
    """The form for these fields, as proposed, or as `given` in a form that was sent back."""
    shown = []
    for field in differences:
        side = given.get(f"side_{field.column}", "")
        shown.append(
            FieldChoice(
                field,
                side if side in SIDES else _proposed(field),
                given.get(f"value_{field.column}", field.kept_value),
                f"both_{field.column}" in given,
            )
        )
    return shown


def choices_given(form: Mapping[str, str]) -> Choices:
    """What was chosen. Raises UnusableValueError when a written value cannot be kept."""
    sides = {column: form.get(f"side_{column}") for column in IDENTITY_COLUMNS}
    return Choices.of(
        take=[column for column, side in sides.items() if side == THEIRS],
        keep=[column for column, side in sides.items() if side == OURS],
        written={column: form.get(f"value_{column}", "") for column, side in sides.items() if side == OTHER},
        both=[column for column in sides if f"both_{column}" in form],
    )


def choices_given_for_new(form: Mapping[str, str]) -> Choices:
    """What was chosen for a new person. Raises UnusableValueError when a written value cannot be kept.

    Where the record was shown beside somebody, “ours” meant that somebody's value, and only what was written counts.
    """
    given = choices_given(form)
    return Choices(written=given.written, keep=frozenset() if form.get("candidate") else given.keep)


def _proposed(field: FieldDifference) -> str:
    if field.outcome == FILLS:
        return FILL
    return THEIRS if field.takes_staged else OURS
