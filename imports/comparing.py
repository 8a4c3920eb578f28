"""What a merge would do to each field, and where exactly two values differ. Pure but for the rows it reads."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from imports.models import StagedRecord
from prospects.models import IDENTITY_COLUMNS, PersonIdentity

SAME, FILLS, KEEPS, DIFFERS = "same", "fills", "keeps", "differs"
# Below this likeness two values share letters by accident only, and marking each would be noise.
ALIKE_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a value, and whether the other value lacks it."""

    text: str
    is_only_here: bool


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field of a record and of a candidate.

    `outcome` of a merge: "same", "fills" (the candidate lacks it), "keeps" (the record lacks it) or "differs" (the
    candidate's value stays unless the reviewer takes the record's). `suggested`: the candidate still has the value
    that an earlier version of the record had, so that the new one is probably wanted.
    """

    column: str
    label: str
    staged: str
    known: str
    outcome: str
    suggested: bool = False

    @property
    def staged_parts(self) -> list[Part]:
        return list(_parts(self.staged, self.known))

    @property
    def known_parts(self) -> list[Part]:
        return list(_parts(self.known, self.staged))


def differences(
    record: StagedRecord, person: PersonIdentity, before: Mapping[str, str] | None = None
) -> list[FieldDifference]:
    """What a merge would do, field by field. `before`: the values of the decided version that this record changes."""
    earlier = before or {}
    found = []
    for column in IDENTITY_COLUMNS:
        staged, known = getattr(record, column), getattr(person, column)
        outcome = _outcome(staged, known)
        suggested = outcome == DIFFERS and bool(earlier.get(column)) and earlier[column] == known
        found.append(FieldDifference(column, label_of(column), staged, known, outcome, suggested))
    return found


def changed_fields(record: StagedRecord, earlier: StagedRecord) -> list[FieldDifference]:
    """The fields that this record has otherwise than the decided version before it; `known` is the old value."""
    return [difference for difference in differences(record, earlier) if difference.outcome != SAME]


def values_of(record: StagedRecord | None) -> dict[str, str]:
    return {column: getattr(record, column) for column in IDENTITY_COLUMNS} if record else {}


def label_of(column: str) -> str:
    words = str(StagedRecord._meta.get_field(column).verbose_name)  # type: ignore[union-attr]
    return words[:1].upper() + words[1:]


def _outcome(staged: str, known: str) -> str:
    if staged == known:
        return SAME
    if not known:
        return FILLS
    return DIFFERS if staged else KEEPS


def _parts(mine: str, other: str) -> Iterator[Part]:
    if not mine or not other or mine == other:
        yield Part(mine, is_only_here=False)
        return
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    if matcher.ratio() < ALIKE_ENOUGH:
        yield Part(mine, is_only_here=True)
        return
    for kind, start, end, _, _ in matcher.get_opcodes():
        if end > start:
            yield Part(mine[start:end], is_only_here=kind != "equal")
