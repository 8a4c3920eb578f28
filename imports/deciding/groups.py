"""Records that look like one person, to be decided together: which they are, and what links them.

A group is made of candidates that the detection found. It is a proposal: a person decides, see
`imports.deciding.together`.

How sure is sure is asked when a batch is compared, by the thresholds that staff set and what decisions taught, if that
is switched on. Each candidate keeps the band that it was given then, and a group goes by these bands alone: so a change
of either changes a group when it changes the queue, which is when the batch is compared again. Records of two batches
that were compared by different thresholds are each taken as the queue shows them. What decisions taught is not asked
whether two contradict each other: it was learnt from candidates, and says nothing of those who are none.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, combinations
from typing import Any

from django.db.models import QuerySet

from imports.attaching import people_of_contacts
from imports.deciding.decisions import SAME_CONTACT
from imports.deciding.person_history import AnyPerson
from imports.duplicates.grouping import LARGEST, groups_of, speaks_against
from imports.matching.identities import identity_of_person, identity_of_record
from imports.matching.not_duplicates import Remembered
from imports.matching.recheck import TOLD
from imports.models import MatchCandidate, StagedRecord
from imports.side import Side
from prospects.identity import Identity
from prospects.models import IDENTITY_COLUMNS

FEWEST = 3  # two are decided on the record's own page
MOST_LOOKED_AT = 20  # records around the one asked about, the likeliest first
MOST_LINKS = 500
READ_WITH = ("batch__integration__client", "imported_prospect", "imported_contact")

Kind = MatchCandidate.Kind
Member = StagedRecord | AnyPerson
Pair = frozenset[uuid.UUID]


@dataclass(frozen=True, slots=True)
class Link:
    """Why two are taken for one person, as the detection wrote it down."""

    score: float
    band: str
    reasons: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Somebody who resembles members and is not in the group, and why not; `against`: whom they are not taken for."""

    who: Member
    resembles: list[Member]
    why: str
    against: Member | None = None


@dataclass(frozen=True, slots=True)
class RecordGroup:
    """Waiting records that look like one person, the newest first, and whom the portal has as that person, if any."""

    person: AnyPerson | None
    records: list[StagedRecord]
    links: Mapping[Pair, Link]
    left_out: list[LeftOut]

    @property
    def members(self) -> list[Member]:
        return [*([self.person] if self.person else []), *self.records]

    @property
    def leading(self) -> Member:
        """Whose values are kept where they differ, unless somebody chooses otherwise: the portal's, or the fullest."""
        return self.person or max(self.records, key=_fullness)

    @property
    def shown_people(self) -> set[uuid.UUID]:
        """The people of the portal whom somebody who looks at the group is told of."""
        told = [*self.members, *(one.who for one in self.left_out)]
        return {one.pk for one in told if not isinstance(one, StagedRecord)}

    def links_of(self, member: Member) -> list[tuple[Member, Link]]:
        """Whom of the group a member resembles, the likeliest first."""
        found = [(other, self.links[pair]) for other in self.members if (pair := _pair(member, other)) in self.links]
        return sorted(found, key=lambda link: -link[1].score)


def group_of(record: StagedRecord, known: Callable[[], AnyPerson | None]) -> RecordGroup | None:
    """The group that a waiting record belongs to; None when fewer than three look like one person.

    `known` tells whom the portal has as the record's own GHL contact; it is asked only where no candidate says so. Two
    who were said to be two people, two people of the portal, and two records that contradict each other are never in
    one group, whoever resembles both.
    """
    if not record.is_waiting:
        return None
    around = _around(record, known)
    if around is None:
        return None
    apart = _apart(around)
    pairs = [(str(min(pair)), str(max(pair)), link.score, link.band) for pair, link in around.links.items()]
    found = groups_of(pairs, {frozenset(map(str, pair)) for pair in apart})
    groups = [[around.named[uuid.UUID(one)] for one in group.members] for group in found]
    members = _those_with(record, groups)
    return _group(members, groups, around, apart) if len(members) >= FEWEST else None


def resemble_others(record: StagedRecord, *, twins: Collection[uuid.UUID], people: Collection[uuid.UUID]) -> bool:
    """Whether these, whom a record resembles, resemble somebody else as well: then it may have a group."""
    if twins and _good().filter(staged_record__in=twins).exclude(candidate_id=record.pk).exists():
        return True
    return bool(people) and _naming(record, people).exists()


def in_order(records: Iterable[StagedRecord]) -> list[StagedRecord]:
    """Oldest first."""
    return sorted(records, key=lambda record: (record.batch.created_at, record.position, record.pk))


# ---------------------------------------------------------------- who is around a record, and what links them


@dataclass
class _Around:
    named: dict[uuid.UUID, Member]
    links: dict[Pair, Link] = field(default_factory=dict)

    @cached_property
    def identities(self) -> dict[uuid.UUID, Identity]:
        records = {one.pk: identity_of_record(one) for one in self.records}
        return records | {one.pk: identity_of_person(one) for one in self.people}

    def speak_against(self, one: Member, other: Member) -> bool:
        return speaks_against(self.identities[one.pk], self.identities[other.pk])

    @property
    def records(self) -> list[StagedRecord]:
        return [one for one in self.named.values() if isinstance(one, StagedRecord)]

    @property
    def people(self) -> list[AnyPerson]:
        return [one for one in self.named.values() if not isinstance(one, StagedRecord)]

    def add(self, one: uuid.UUID | None, other: uuid.UUID | None, link: Link) -> None:
        """Each pair once, by the strongest of what links them; only those who are `named`."""
        if one == other or one not in self.named or other not in self.named:
            return
        pair = frozenset((one, other))
        if pair not in self.links or self.links[pair].score < link.score:
            self.links[pair] = link


def _around(record: StagedRecord, known: Callable[[], AnyPerson | None]) -> _Around | None:
    """Whom the record resembles, and whom those resemble; None when there are too few for a group."""
    own = [row for row in record.candidates.all() if row.band in TOLD]
    near = [row.candidate_id for row in own if row.candidate_kind == Kind.STAGED][:MOST_LOOKED_AT]
    people = {row.candidate_id for row in own if row.candidate_kind != Kind.STAGED}
    itself = None if people else known()
    people |= {itself.pk} if itself else set()
    rows = [*own, *_rows_of(near), *_rows_naming(record, people)]
    staged = [row.staged_record_id for row in rows]
    staged += [row.candidate_id for row in rows if row.candidate_kind == Kind.STAGED]
    ids = list(dict.fromkeys([record.pk, *near, *staged]))[: MOST_LOOKED_AT + 1]
    people |= {row.candidate_id for row in rows if row.candidate_kind != Kind.STAGED}
    if len(ids) + len(people) < FEWEST:
        return None
    return _linked(record, rows, ids, people, itself)


def _rows_of(record_ids: Collection[uuid.UUID]) -> list[MatchCandidate]:
    if not record_ids:
        return []
    return list(_good().filter(staged_record__in=record_ids).order_by("-score", "id")[:MOST_LINKS])


def _rows_naming(record: StagedRecord, people: Collection[uuid.UUID]) -> list[MatchCandidate]:
    """The candidates by which other waiting records of the location, of whatever batch, resemble these people."""
    return list(_naming(record, people).order_by("-score", "id")[:MOST_LOOKED_AT]) if people else []


def _naming(record: StagedRecord, people: Collection[uuid.UUID]) -> QuerySet[MatchCandidate]:
    rows = _good().filter(candidate_kind=Side.of(record.batch).kind, candidate_id__in=people)
    here = rows.filter(staged_record__batch__integration=record.batch.integration_id)
    return here.filter(staged_record__status__in=StagedRecord.WAITING).exclude(staged_record=record)


def _good() -> QuerySet[MatchCandidate]:
    return MatchCandidate.objects.filter(band__in=TOLD)


def _linked(
    record: StagedRecord,
    rows: list[MatchCandidate],
    ids: list[uuid.UUID],
    people: set[uuid.UUID],
    itself: AnyPerson | None,
) -> _Around:
    integration = record.batch.integration
    found = StagedRecord.objects.select_related(*READ_WITH).in_bulk(ids)
    became = {pk: one.imported_person for pk, one in found.items() if one.imported_person}
    waiting = {pk: found[pk] for pk in ids if pk in found and found[pk].is_waiting}
    contacts = people_of_contacts(integration, [one.ghl_contact_id for one in waiting.values() if one.ghl_contact_id])
    missing = people - {person.pk for person in became.values()}
    of_side = Side.of(record.batch).people.filter(pk__in=missing) if missing else []
    persons = chain(of_side, became.values(), contacts.values(), [itself] if itself else [])
    named: dict[uuid.UUID, Any] = {**waiting, **{person.pk: person for person in persons}}
    around = _Around(named)
    for row in rows:
        other = became.get(row.candidate_id)
        around.add(
            row.staged_record_id,
            other.pk if other else row.candidate_id,
            Link(row.score, row.band, row.reasons),
        )
    same = Link(1.0, "certain", [SAME_CONTACT])
    for one in waiting.values():
        person = itself if one.pk == record.pk and itself else contacts.get(one.ghl_contact_id)
        around.add(one.pk, person.pk if person else None, same)
    _link_over_batches(around)
    return around


def _link_over_batches(around: _Around) -> None:
    """Two batches are not compared with each other: their records are linked by whom both of them resemble."""
    for person in around.people:
        reason = {"code": "same-person", "words": f"Both resemble {person}, whom the portal has", "weight": 0}
        alike = [(one, link) for one in around.records if (link := around.links.get(_pair(one, person)))]
        for (one, first), (other, second) in combinations(alike, 2):
            weaker = min(first, second, key=lambda link: link.score)
            if one.batch_id != other.batch_id and not around.speak_against(one, other):
                around.add(one.pk, other.pk, Link(weaker.score, weaker.band, [reason]))


# ---------------------------------------------------------------- who is never in one group


def _apart(around: _Around) -> dict[Pair, str]:
    """The pairs that are two people, each with the words for it."""
    identities = around.identities
    remembered = Remembered.of(identities[one.pk] for one in around.records)
    apart = {
        _pair(one, other): "The portal has both of them: a record is merged into one person only."
        for one, other in combinations(around.people, 2)
    }
    for one, other in chain(
        combinations(around.records, 2), ((one, other) for one in around.records for other in around.people)
    ):
        pair, person_id = _pair(one, other), None if isinstance(other, StagedRecord) else other.pk
        if remembered.are_two(identities[one.pk], identities[other.pk], person_id):
            apart[pair] = "A reviewer has said that these are two people."
        elif pair not in around.links and around.speak_against(one, other):
            apart[pair] = "What they say of themselves speaks against one person."
    return apart


# ---------------------------------------------------------------- the group


def _those_with(who: Member, groups: Iterable[list[Member]]) -> list[Member]:
    return next((group for group in groups if who.pk in {one.pk for one in group}), [who])


def _group(
    members: list[Member], groups: list[list[Member]], around: _Around, apart: Mapping[Pair, str]
) -> RecordGroup:
    people = [one for one in members if not isinstance(one, StagedRecord)]
    records = in_order(one for one in members if isinstance(one, StagedRecord))
    ids = {one.pk for one in members}
    return RecordGroup(
        person=people[0] if people else None,
        records=records[::-1],
        links={pair: link for pair, link in around.links.items() if pair <= ids},
        left_out=_left_out(members, groups, around, apart),
    )


def _left_out(
    members: list[Member], groups: list[list[Member]], around: _Around, apart: Mapping[Pair, str]
) -> list[LeftOut]:
    ids = {one.pk for one in members}
    found = []
    for who in around.named.values():
        linked = [one for one in members if _pair(one, who) in around.links]
        if who.pk in ids or not linked:
            continue
        against = next((one for one in members if _pair(one, who) in apart), None)
        others = [one for one in _those_with(who, groups) if one.pk != who.pk]
        if against is not None:
            why = apart[_pair(against, who)]
        elif len(members) + 1 + len(others) > LARGEST:
            why = f"At most {LARGEST} are decided together; decide about this one after these."
        elif others:
            why = f"More like {others[0]}."
        else:
            why = f"Only {len(linked)} of these {len(members)} resemble this one."
        found.append(LeftOut(who, linked, why, against))
    return found


def _fullness(record: StagedRecord) -> int:
    """Of several as full as each other, `max` takes the first, which is the newest."""
    return sum(bool(getattr(record, column)) for column in IDENTITY_COLUMNS)


def _pair(one: Member, other: Member) -> Pair:
    return frozenset((one.pk, other.pk))
