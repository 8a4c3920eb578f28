"""What a merge would do to each field, and where exactly two values differ. Pure but for the rows it reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from imports.models import StagedRecord
from prospects.models import IDENTITY_COLUMNS, PersonIdentity

SAME, FILLS, KEEPS, DIFFERS = "same", "fills", "keeps", "differs"
# Fields in which a longer value says more; in an address or a number it says something else.
SAY_MORE_WHEN_LONGER = ("firm_name", "contact_first_name", "contact_last_name", "contact_title")
NEWER, LONGER = "newer", "longer"
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
    candidate's value stays unless the reviewer takes the record's). `why_staged`: why the record's value is proposed
    where the two differ. It is "newer" where the candidate still has the value that an earlier version of the record
    had, and "longer" where the candidate's is only its beginning and nobody in the portal wrote it.
    """

    column: str
    label: str
    staged: str
    known: str
    outcome: str
    why_staged: str = ""

    @property
    def takes_staged(self) -> bool:
        """Whether the record's value is what a merge leaves on the person, when nobody chooses otherwise."""
        return self.outcome == FILLS or bool(self.why_staged)

    @property
    def kept_value(self) -> str:
        return self.staged if self.takes_staged else self.known

    @property
    def staged_marks(self) -> str:
        return marks_in_words(self.staged_parts)

    @property
    def known_marks(self) -> str:
        return marks_in_words(self.known_parts)

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
        why = ""
        if outcome == DIFFERS:
            why = _why_staged(column, staged, known, earlier.get(column, ""), _told_by_ghl(person, column))
        found.append(FieldDifference(column, label_of(column), staged, known, outcome, why))
    return found


def marks_in_words(parts: Sequence[Part]) -> str:
    """What a reader who cannot see the marks is told of them."""
    marked = [part for part in parts if part.is_only_here]
    if not marked:
        return ""
    return "all of it differs" if len(marked) == len(parts) else ", ".join(f"“{one.text}”" for one in marked)


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


def _told_by_ghl(person: PersonIdentity, column: str) -> str:
    """What GHL last said of a column, of somebody who is linked to a GHL contact."""
    told = getattr(person, "ghl_values", None)
    return str(told.get(column) or "") if isinstance(told, Mapping) else ""


def _why_staged(column: str, staged: str, known: str, earlier: str, told: str) -> str:
    if earlier and earlier == known:
        return NEWER
    written_by_staff = told and told != known
    return LONGER if column in SAY_MORE_WHEN_LONGER and not written_by_staff and _begins(known, staged) else ""


def _begins(short: str, long: str) -> bool:
    """Whether a value is an initial or the first words of another: "J." of "James", "Lee" of "Lee & Partners"."""
    start, whole = short.casefold().strip(" ."), long.casefold()
    if not start or len(start) >= len(whole.strip(" .")) or not whole.startswith(start):
        return False
    return len(start) == 1 or not whole[len(start)].isalnum()


def _parts(mine: str, other: str) -> Iterator[Part]:
    if not mine or not other or mine == other:
        yield Part(mine, is_only_here=False)
        return
    matcher = SequenceMatcher(None, mine, other, autojunk=False)
    if matcher.ratio() < ALIKE_ENOUGH and mine not in other and other not in mine:
        yield Part(mine, is_only_here=True)
        return
    for kind, start, end, _, _ in matcher.get_opcodes():
        if end > start:
            yield Part(mine[start:end], is_only_here=kind != "equal")
