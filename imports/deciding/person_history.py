"""The decisions about one person as steps that can be replayed, and what others changed in between."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imports.attaching import plain
from imports.deciding.replay import BAN, COLUMNS, NOBODY, Step, edits_between, replay, with_more
from imports.models import ReviewDecision
from prospects.models import Contact, SalesProspect

AnyPerson = SalesProspect | Contact
# What a person can be told to be besides: compared when a person who was made by a decision is to go again.
ENTERED = ("engagement_level", "cadence_stage", "campaign_id")


@dataclass(frozen=True, slots=True)
class History:
    """All decisions about a person, first to last, undone ones too."""

    decisions: Sequence[ReviewDecision]

    @property
    def base(self) -> Mapping[str, Any] | None:
        return self.decisions[0].before if self.decisions else None

    def steps(self, *, without: Iterable[uuid.UUID] = ()) -> list[Step]:
        """As they stand, but for those named."""
        left_out = set(without)
        return [
            Step(
                offered=one.offered,
                taken=frozenset(one.taken),
                stands=one.stands and one.pk not in left_out,
                edits=one.edits_since,
                kept=one.kept,
            )
            for one in self.decisions
        ]

    def edits_of_others(self, person: AnyPerson) -> dict[str, Any]:
        """What somebody changed on the person since the last decision or undo."""
        expected = replay(self.base, self.steps()) or dict(NOBODY)
        actual = state_of(person)
        edits = edits_between(expected, actual)
        if actual["do_not_call"] and "ban" not in edits and self._was_banned_again(person):
            edits["ban"] = {name: actual[name] for name in BAN}
        return edits

    def _was_banned_again(self, person: AnyPerson) -> bool:
        """Whether GHL or staff have said themselves that this person is not to be called, since a record did."""
        told_at = person.do_not_call_told_at
        banning = [one.decided_at for one in self.decisions if one.stands and "ban" in one.offered]
        return told_at is not None and bool(banning) and told_at > min(banning)

    def note_edits(self, edits: Mapping[str, Any]) -> None:
        """Keeps what others changed as a fact behind the last step. The person is locked by the caller."""
        if edits and self.decisions:
            last = self.decisions[-1]
            last.edits_since = with_more(last.edits_since, edits)
            last.save(update_fields=["edits_since", "updated_at"])


def history_of(person_id: uuid.UUID) -> History:
    rows = ReviewDecision.objects.filter(person_id=person_id).order_by("step")
    return History(list(rows.select_related("staged_record").defer("staged_record__raw_data", "calls")))


def state_of(person: AnyPerson) -> dict[str, Any]:
    """The columns that decisions write, as JSON has them."""
    return {name: plain(getattr(person, name)) for name in COLUMNS}


def entered_of(person: AnyPerson) -> dict[str, Any]:
    """The columns that no decision writes but staff do."""
    return {name: plain(getattr(person, name)) for name in ENTERED if hasattr(person, name)}


def set_columns(person: AnyPerson, columns: Mapping[str, Any]) -> None:
    """The reverse of `state_of`, for some columns."""
    for name, value in columns.items():
        column: Any = person._meta.get_field(name)
        setattr(person, name, column.to_python(value))
