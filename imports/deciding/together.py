"""Deciding about several records at once, as one person: each its own decision in the log, all in one transaction."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from django.contrib.admin.models import CHANGE
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from imports.attaching import people_of_contacts
from imports.deciding.choices import Choices
from imports.deciding.claims import (
    AlreadyDecidedError,
    DecisionRefusedError,
    claim,
    lock_in_queue_order,
    look_again,
    making_somebody,
    refusal_of,
)
from imports.deciding.group_choices import GroupChoices
from imports.deciding.groups import Member, in_order
from imports.deciding.joining import person_on_side
from imports.deciding.person_history import AnyPerson
from imports.deciding.review import Decided, approve_claimed, log, merge_claimed, take_along
from imports.matching.recheck import TOLD
from imports.models import MatchCandidate, ReviewDecision, StagedRecord
from imports.side import Side
from prospects.models import IDENTITY_COLUMNS

Decision = StagedRecord.Decision
NOTHING_DONE = "Nothing was decided about the others."


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a reviewer chose: which records are one person, whom of the portal (if anybody), and who leads.

    `leading` is one of these. `shown` are the people of the portal whom the reviewer was told of. `choices` go before
    the leading one, field by field.
    """

    records: Collection[uuid.UUID]
    leading: uuid.UUID
    person: uuid.UUID | None = None
    shown: Collection[uuid.UUID] = ()
    choices: GroupChoices = field(default_factory=GroupChoices)


def decide_together(chosen: Chosen, reviewer: AbstractBaseUser, *, key: uuid.UUID | None = None) -> Decided:
    """Makes one person of these records, or merges all of them into one whom the portal has, with their calls.

    Where they differ, the leading one's value is kept; what it lacks, the newest that has it says; unless the reviewer
    chose otherwise. Nothing full gives way to something empty. Undoing the decision that is returned undoes all of
    them; each can be undone by itself. It has the id `key`, if one is given: see `imports.deciding.decisions.note`.
    Raises DecisionRefusedError, and then nothing was decided: its kind AlreadyDecidedError when somebody decided about
    one of them first, and SomebodyNewError as `imports.deciding.review.approve_as_new` does.
    """
    ids = set(chosen.records)
    if len(ids) + (chosen.person is not None) < 2 or not ids:
        raise DecisionRefusedError("Too few are left to be decided together. Decide on the record’s own page.")
    if chosen.leading not in ids | {chosen.person}:
        raise DecisionRefusedError("The one that leads was taken out. Choose another that leads.")
    if chosen.person is None and chosen.choices.written:
        look_again(chosen.leading, as_written=chosen.choices.written)
    with making_somebody(*ids) if chosen.person is None else transaction.atomic():
        lock_in_queue_order(*ids)
        records = _waiting(ids, reviewer)
        same = _known_contacts(records)
        _refuse_unseen(records, chosen, same)
        decided = _decide(records, chosen, reviewer, same, key)
        return _summed(decided, chosen.leading)


def along_with(decision: ReviewDecision) -> list[ReviewDecision]:
    """The decisions that were taken together with this one and stand, itself included, the leading one first."""
    leading = decision.together_with or decision
    along = leading.along.filter(undone_at__isnull=True).select_related("staged_record__batch")
    return [one for one in (leading, *along) if one.stands]


# ---------------------------------------------------------------- before


def _waiting(ids: Collection[uuid.UUID], reviewer: AbstractBaseUser) -> list[StagedRecord]:
    """The records, oldest first, if all of them wait and are of one location."""
    people = ("matched_prospect", "matched_contact", "reviewed_by")
    found = StagedRecord.objects.select_related("batch__integration", *people).filter(pk__in=ids)
    records = in_order(found)
    if len(records) < len(ids):
        raise DecisionRefusedError("One of these records is no longer there. Open the group again.")
    if len({record.batch.integration_id for record in records}) > 1:
        raise DecisionRefusedError("These records are of several locations. Decide about each by itself.")
    if gone := [record for record in records if not record.is_waiting]:
        raise AlreadyDecidedError(f"{' '.join(str(refusal_of(one, reviewer)) for one in gone)} {NOTHING_DONE}")
    return records


def _known_contacts(records: Collection[StagedRecord]) -> Mapping[uuid.UUID, AnyPerson]:
    """Whom the portal has already as the very GHL contacts that these records are of."""
    integration = next(iter(records)).batch.integration
    people = people_of_contacts(integration, [one.ghl_contact_id for one in records if one.ghl_contact_id])
    return {one.pk: people[one.ghl_contact_id] for one in records if one.ghl_contact_id in people}


def _refuse_unseen(records: Collection[StagedRecord], chosen: Chosen, same: Mapping[uuid.UUID, AnyPerson]) -> None:
    """One GHL contact is one person; and nobody is made whom the portal has, unknown to the reviewer."""
    for record in records:
        person = same.get(record.pk)
        if person is not None and person.pk != chosen.person:
            raise DecisionRefusedError(
                f"The GHL contact of {record} is in the portal already, as {person}. Take the record out, and merge it "
                "into that one on its own page."
            )
        known = record.matched_prospect or record.matched_contact
        if known is not None and record.match_band in TOLD and known.pk not in {*chosen.shown, chosen.person}:
            raise DecisionRefusedError(
                f"{record} resembles {known}, who is in the portal and was not shown with these. Open the group again."
            )


# ---------------------------------------------------------------- deciding


def _decide(
    records: list[StagedRecord],
    chosen: Chosen,
    reviewer: AbstractBaseUser,
    same: Mapping[uuid.UUID, AnyPerson],
    key: uuid.UUID | None,
) -> list[Decided]:
    """The leading record first, then the others, oldest first: what the leading one lacks, the newest says at last."""
    person = person_on_side(records[0], chosen.person) if chosen.person else None
    leading = next((one for one in records if one.pk == chosen.leading), None)
    merging = _Merging.of(records, person, leading, chosen, reviewer, _Evidence.of(records, chosen, same), key)
    decided = []
    if leading is not None and person is None:
        decided.append(merging.made_of(leading))
        person = decided[0].person
    elif leading is not None and person is not None:
        decided.append(merging.into(person, leading, IDENTITY_COLUMNS))
    assert person is not None  # noqa: S101  somebody leads: a record, of which they are made, or they themselves
    lacking = [column for column in IDENTITY_COLUMNS if not getattr(person, column)]
    for record in records:
        if record is not leading:
            now = person_on_side(record, person.pk)  # calls that came along have changed their counts
            decided.append(merging.into(now, record, lacking))
    merging.log(person)
    return decided


@dataclass(frozen=True, slots=True)
class _Merging:
    """Decides about each record by what was chosen for it. `members`: see `GroupChoices.kept`.

    `first` is the record whose decision stands for all: that decision brings what the reviewer wrote,
    and has the `key`.
    """

    choices: GroupChoices
    members: list[Member]
    first: uuid.UUID
    reviewer: AbstractBaseUser
    evidence: "_Evidence"
    key: uuid.UUID | None

    @classmethod
    def of(
        cls,
        records: list[StagedRecord],
        person: AnyPerson | None,
        leading: StagedRecord | None,
        chosen: Chosen,
        reviewer: AbstractBaseUser,
        evidence: "_Evidence",
        key: uuid.UUID | None,
    ) -> "_Merging":
        """Raises DecisionRefusedError when a value was chosen that none of them has."""
        newest_first = [one for one in reversed(records) if one is not leading]
        members: list[Member] = [*([leading] if leading else []), *([person] if person else []), *newest_first]
        chosen.choices.check(members)
        first = leading or records[-1]
        return cls(chosen.choices, members, first.pk, reviewer, evidence, key)

    def made_of(self, record: StagedRecord) -> Decided:
        return approve_claimed(record.pk, self.reviewer, choices=self._choices_for(record, ()), key=self.key)

    def _choices_for(self, record: StagedRecord, replaces: Collection[str]) -> Choices:
        return self.choices.about(record, self.members, replaces, writes=record.pk == self.first)

    def into(self, person: AnyPerson, record: StagedRecord, replaces: Collection[str]) -> Decided:
        """Merges a record; in these columns its value, if it has one, takes the place of the person's by the rule."""
        choices = self._choices_for(record, replaces)
        take = {
            name
            for name in choices.take
            if getattr(record, name) and getattr(person, name) and getattr(record, name) != getattr(person, name)
        }
        claimed, status_before = claim(record.pk, Decision.MERGE, self.reviewer)
        return merge_claimed(
            claimed,
            person,
            self.reviewer,
            status_before,
            chosen=self.evidence.about(record),
            choices=replace(choices, take=frozenset(take)),
            key=self.key if record.pk == self.first else None,
        )

    def log(self, person: AnyPerson) -> None:
        """Tells the person's history what was chosen, and of whom: the decisions tell what each of them changed."""
        if said := self.choices.in_words(self.members):
            log(self.reviewer, person, CHANGE, f"Several records decided together. {' '.join(said)}")


@dataclass(frozen=True, slots=True)
class _Evidence:
    """By which candidate each record came to the others: the person, the leading record, or else the likeliest."""

    best: Mapping[uuid.UUID, tuple[str, uuid.UUID]]

    @classmethod
    def of(cls, records: Collection[StagedRecord], chosen: Chosen, same: Mapping[uuid.UUID, AnyPerson]) -> "_Evidence":
        ids = {one.pk for one in records}
        named = ids | ({chosen.person} if chosen.person else set())
        rows = MatchCandidate.objects.filter(staged_record__in=ids, candidate_id__in=named)

        def rank(row: MatchCandidate) -> tuple[bool, bool, float]:
            return row.candidate_id == chosen.person, row.candidate_id == chosen.leading, row.score

        best: dict[uuid.UUID, tuple[str, uuid.UUID]] = {}
        for row in sorted(rows.defer("reasons"), key=rank):
            best[row.staged_record_id] = (row.candidate_kind, row.candidate_id)
        kind = Side.of(next(iter(records)).batch).kind
        for record_id, person in same.items():
            best.setdefault(record_id, (kind, person.pk))
        return cls(best)

    def about(self, record: StagedRecord) -> tuple[str, uuid.UUID] | None:
        return self.best.get(record.pk)


def _summed(decided: list[Decided], leading: uuid.UUID) -> Decided:
    """The leading record's decision, or else the newest one's, with the others along."""
    first = next((one for one in decided if one.record.pk == leading), decided[-1])
    calls = sum(one.calls_added for one in decided)
    whole = take_along(first, [one for one in decided if one is not first])
    return Decided(whole.record, whole.person, calls, whole.decision, whole.also_decided)
