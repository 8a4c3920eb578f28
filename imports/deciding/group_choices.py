"""What a reviewer chooses field by field for several records that are one person. Asks the database nothing.

Without a choice the rule holds: the leading one's value, or else what the newest of the others says that has one.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from imports.deciding.choices import KNOWN, Choices
from imports.deciding.claims import DecisionRefusedError
from imports.deciding.comparing import label_of
from imports.deciding.groups import Member
from imports.models import StagedRecord
from prospects.models import IDENTITY_COLUMNS


@dataclass(frozen=True, slots=True)
class GroupChoices:
    """Columns in which the reviewer chose; names that are none of `IDENTITY_COLUMNS` are passed over.

    `whose`: by column, the id of the member whose value is kept. `empty`: nothing is to stand there, as far as the
    portal has nothing either. `written`: the reviewer's own value replaces all. `both`: the values that give way are
    kept in the person's notes; see `imports.deciding.replay.ALSO_KEPT`.
    """

    whose: Mapping[str, uuid.UUID] = field(default_factory=dict)
    empty: frozenset[str] = frozenset()
    written: Mapping[str, str] = field(default_factory=dict)
    both: frozenset[str] = frozenset()

    @classmethod
    def of(
        cls,
        *,
        whose: Mapping[str, uuid.UUID] | None = None,
        empty: Iterable[str] = (),
        written: Mapping[str, str] | None = None,
        both: Iterable[str] = (),
    ) -> "GroupChoices":
        """What is written goes before what is left empty, and that before a member's value.

        Raises UnusableValueError when a written value cannot be kept.
        """
        checked = Choices.of(keep=empty, written=written, both=both)
        left_empty = checked.keep - checked.written.keys()
        settled = left_empty | checked.written.keys()
        of_members = {name: pk for name, pk in (whose or {}).items() if name in KNOWN - settled}
        return cls(of_members, left_empty, checked.written, checked.both)

    def check(self, members: Collection[Member]) -> None:
        """Raises DecisionRefusedError when a value was chosen that none of these has."""
        for column, pk in self.whose.items():
            if not any(one.pk == pk and getattr(one, column) for one in members):
                raise DecisionRefusedError(
                    f"{label_of(column)}: the one whose value you chose was taken out, or has none. Choose another."
                )

    def kept(self, column: str, members: Sequence[Member]) -> str:
        """What they are together. `members`: the leading one first, then the portal's person, then the newest first."""
        if column in self.written or column in self.empty:
            return self.written.get(column, "")
        chosen = [one for one in members if one.pk == self.whose.get(column)]
        return next((value for one in (*chosen, *members) if (value := getattr(one, column))), "")

    def about(
        self, record: StagedRecord, members: Sequence[Member], replaces: Collection[str], *, writes: bool
    ) -> Choices:
        """The choices for one record's decision. `members` as in `kept`.

        `replaces`: the columns in which the rule lets this record's value take the place of the person's. `writes`: the
        written values are this record's to bring. A chosen value comes with the decision of the record that has it, so
        that undoing that one by itself takes away what came with it, and nothing else.
        """
        # Where the others are noted, one record brings the value: else one that is kept would be noted as another.
        noted = self.both - self.written.keys()
        owners = {name: self._owner(name, members) for name in noted} | dict(self.whose)
        mine = {name for name, pk in owners.items() if pk == record.pk}
        take = (mine | (set(replaces) - owners.keys())) - self.empty
        written = dict(self.written) if writes else {}
        gives_way = {name for name in self.both if getattr(record, name) not in ("", self.kept(name, members))}
        return Choices(
            take=frozenset(take),
            keep=self.empty,
            written=written,
            both=frozenset(gives_way | (self.both & (take | written.keys()))),
        )

    def _owner(self, column: str, members: Sequence[Member]) -> uuid.UUID | None:
        return next((one.pk for one in members if getattr(one, column)), None)

    def in_words(self, members: Sequence[Member]) -> list[str]:
        """A sentence for each field in which the reviewer chose, for the person's history."""
        name_of = {one.pk: str(one) for one in members}
        said = []
        for column in IDENTITY_COLUMNS:
            label, kept = label_of(column), self.kept(column, members)
            if column in self.written:
                said.append(f"{label}: “{kept}” written by the reviewer.")
            elif column in self.empty:
                said.append(f"{label}: left empty by the reviewer.")
            elif column in self.whose:
                said.append(f"{label}: “{kept}” chosen by the reviewer, the value of {name_of[self.whose[column]]}.")
            if column in self.both:
                said.append(f"{label}: the other values are kept in the notes.")
        return said
