"""What the portal knows of a pair already: whether it waits in the queue, and whether somebody told the two apart."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.safestring import SafeString

from imports.admin.pair_choosing import Picked
from imports.admin.words import band_badge
from imports.matching.not_duplicates import Remembered
from imports.models import MatchCandidate, StagedRecord, ToldApart

Chosen = Mapping[str, Picked | None]


@dataclass(frozen=True, slots=True)
class PairInQueue:
    """A waiting record and its candidate, and what the queue says of them."""

    record: StagedRecord
    row: MatchCandidate

    @property
    def certainty(self) -> SafeString:
        return band_badge(self.row.band, self.row.score)


def notes_about(chosen: Chosen) -> list[str]:
    """What to bear in mind when looking at the two."""
    one, other = chosen["one"], chosen["other"]
    if one is None or other is None:
        return []
    notes = []
    if one.ref == other.ref:
        notes.append("These are one and the same record.")
    if one.side.name != other.side.name:
        notes.append("They are on different sides, so the portal never compares them; counted is on the first one’s.")
    said = Remembered.of([one.identity, other.identity])
    if any(_are_two(said, *two) for two in ((one, other), (other, one))):
        notes.append(
            "A reviewer said that these are two people. They are shown together again when one of them changes."
        )
    return notes


def _are_two(said: Remembered, mine: Picked, theirs: Picked) -> bool:
    if not isinstance(mine.row, StagedRecord):
        return False
    person_id = None if isinstance(theirs.row, StagedRecord) else theirs.row.pk
    return said.are_two(mine.identity, theirs.identity, person_id)


def in_queue(chosen: Chosen) -> PairInQueue | None:
    """Whether one of the two waits in the queue with the other as a candidate."""
    one, other = chosen["one"], chosen["other"]
    if one is None or other is None:
        return None
    for mine, theirs in ((one, other), (other, one)):
        if isinstance(mine.row, StagedRecord) and mine.row.is_waiting:
            rows = MatchCandidate.objects.filter(staged_record=mine.row, candidate_kind=theirs.kind)
            if (row := rows.filter(candidate_id=theirs.row.pk).first()) is not None:
                return PairInQueue(mine.row, row)
    return None


def told_apart(chosen: Chosen) -> ToldApart | None:
    """Where somebody told just these two apart, and nobody took it back."""
    one, other = chosen["one"], chosen["other"]
    if one is None or other is None:
        return None
    standing = ToldApart.objects.filter(undone_at__isnull=True).select_related("said_by")
    for mine, theirs in ((one, other), (other, one)):
        if isinstance(mine.row, StagedRecord):
            rows = standing.filter(staged_record=mine.row, candidate_kind=theirs.kind)
            if (row := rows.filter(candidate_id=theirs.row.pk).first()) is not None:
                return row
    return None
