"""Finding whom a batch's people may be: lookup keys in the database, evidence weighed by the pure engine.

Works through the batch in chunks, so that memory does not grow with the batch or with what the portal knows.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from imports import lookup
from imports.duplicates.key_index import KeyIndex, hashed
from imports.duplicates.keys import lookup_keys, proposes
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import weigh
from imports.identities import Waiting, identity_of_person, named, read_waiting
from imports.models import ImportBatch, MatchCandidate, StagedRecord
from prospects.identity import Identity
from prospects.models import Contact, PersonQuerySet, SalesProspect

CHUNK = 200  # records compared at a time; what they may match is some twenty times as many

Kind = MatchCandidate.Kind


@dataclass(frozen=True, slots=True)
class Side:
    """What a batch is compared with: all prospects, or one client's contacts."""

    kind: MatchCandidate.Kind
    name: str
    people: PersonQuerySet

    @classmethod
    def of(cls, batch: ImportBatch) -> "Side":
        if batch.integration.is_internal:
            return cls(Kind.PROSPECT, "internal", SalesProspect.objects.all())
        client = batch.integration.client
        return cls(Kind.CONTACT, f"client:{client.pk if client else ''}", Contact.objects.filter(client=client))


@dataclass(frozen=True, slots=True)
class Found:
    """What a detection found: records that match somebody the portal has, and records that repeat an earlier one."""

    matched: int
    in_batch_duplicates: int


def detect(batch: ImportBatch, *, after_chunk: Callable[[int], None] = lambda compared: None) -> Found:
    """Compares a batch's waiting records with the right side and with each other, and writes the candidates.

    Safe to run again: candidates of waiting records are replaced, decided records keep theirs. `after_chunk` is called
    between chunks with how many more records have been compared, and may raise to stop.
    """
    side = Side.of(batch)
    lookup.refresh(side.name, side.people, identity_of_person, lambda: after_chunk(0))
    ids = list(waiting_of(batch).values_list("pk", flat=True))
    pool = _PoolOfBatch(side, ids, _indexed(ids, after_chunk), lookup.population(side.name))
    for first in range(0, len(ids), CHUNK):
        with transaction.atomic():
            _detect_chunk(first, pool)
        after_chunk(len(ids[first : first + CHUNK]))
    return count_found(batch)


def waiting_of(batch: ImportBatch) -> QuerySet[StagedRecord]:
    return batch.records.filter(status__in=StagedRecord.WAITING).order_by("position", "id")


def count_found(batch: ImportBatch) -> Found:
    matches = MatchCandidate.objects.filter(staged_record__batch=batch).exclude(candidate_kind=Kind.STAGED)
    return Found(
        matched=matches.values("staged_record_id").distinct().count(),
        in_batch_duplicates=batch.records.filter(is_in_batch_duplicate=True).count(),
    )


def _slices(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


# ---------------------------------------------------------------- one chunk


@dataclass(frozen=True, slots=True)
class _PoolOfBatch:
    """All that a record may match: the people of the side, and the batch's records, numbered as in `ids`."""

    side: Side
    ids: Sequence[uuid.UUID]
    index: KeyIndex
    known: int  # how many people of the side have keys

    @property
    def population(self) -> int:
        return self.known + len(self.ids)

    def count(self, identities: Iterable[Identity], into: dict[int, int]) -> None:
        """Adds how many people and records share each key of these identities, where it is not counted yet."""
        values = {hashed(key) for identity in identities for key in lookup_keys(identity)} - into.keys()
        known = lookup.counts(self.side.name, values) if self.known else {}
        into.update((value, known.get(value, 0) + self.index.count(value)) for value in values)


def _indexed(ids: Sequence[uuid.UUID], after_chunk: Callable[[int], None]) -> KeyIndex:
    """The keys of all records; one that was decided meanwhile keeps its number and has none."""
    index = KeyIndex()
    for chunk in _slices(ids):
        records = {record.id: record for record in read_waiting(named(chunk))}
        for record_id in chunk:
            record = records.get(record_id)
            index.add(map(hashed, lookup_keys(record.identity)) if record else ())
        after_chunk(0)
    index.seal()
    return index


def _detect_chunk(first: int, pool: _PoolOfBatch) -> None:
    """The records numbered from `first`. Inside a transaction: one that a reviewer decides meanwhile is left alone.

    Each pair of the batch is weighed once, when its later record comes, and written for both.
    """
    number_of = {pool.ids[number]: number for number in range(first, min(first + CHUNK, len(pool.ids)))}
    records = read_waiting(named(number_of).select_for_update())
    counts: dict[int, int] = {}
    pool.count((record.identity for record in records), counts)
    known_ids, earlier_ids = _proposed(records, number_of, counts, pool)
    people = pool.side.people.filter(pk__in=set().union(*known_ids.values()))
    known = {person.pk: identity_of_person(person) for person in people.iterator()}
    neighbours = read_waiting(named(set().union(*earlier_ids.values())))
    earlier = {other.id: other.identity for other in neighbours}
    pool.count((*known.values(), *earlier.values()), counts)
    weights = Pool.of(lambda key: counts.get(hashed(key), 0), pool.population)
    MatchCandidate.objects.filter(staged_record__in=[record.id for record in records]).delete()
    found: list[MatchCandidate] = []
    with_nobody: list[uuid.UUID] = []
    for record in records:
        pairs = (
            *((pool.side.kind, person_id, known.get(person_id)) for person_id in known_ids[record.id]),
            *((Kind.STAGED, other_id, earlier.get(other_id)) for other_id in earlier_ids[record.id]),
        )
        own = [
            candidate
            for kind, person_id, identity in pairs
            if identity is not None  # decided or deleted since the keys were made
            for candidate in _weighed(record, kind, person_id, identity, weights)
        ]
        found += own
        found += [_reversed(candidate) for candidate in own if candidate.candidate_kind == Kind.STAGED]
        if own:
            _note_best(record.id, own)
        else:
            with_nobody.append(record.id)
    _note_nobody(with_nobody)
    MatchCandidate.objects.bulk_create(found)


Proposed = dict[uuid.UUID, set[uuid.UUID]]


def _proposed(
    records: Sequence[Waiting], number_of: Mapping[uuid.UUID, int], counts: Mapping[int, int], pool: _PoolOfBatch
) -> tuple[Proposed, Proposed]:
    """For each record the people of the side, and the earlier records, that share a telling key with it."""
    telling = {
        record.id: [value for key in lookup_keys(record.identity) if proposes(key, counts[value := hashed(key)])]
        for record in records
    }
    holders = lookup.holders(pool.side.name, {value for values in telling.values() for value in values})
    known = {
        record_id: {person for value in values for person in holders.get(value, ())}
        for record_id, values in telling.items()
    }
    earlier = {
        record_id: {
            pool.ids[number]
            for value in values
            for number in pool.index.holders(value)
            if number < number_of[record_id]
        }
        for record_id, values in telling.items()
    }
    return known, earlier


def _weighed(
    record: Waiting, kind: MatchCandidate.Kind, person_id: uuid.UUID, theirs: Identity, pool: Pool
) -> Iterator[MatchCandidate]:
    """The pair as a candidate, if it is one."""
    match = weigh(record.identity, theirs, pool)
    if match.band is not None:
        yield MatchCandidate(
            staged_record_id=record.id,
            candidate_kind=kind,
            candidate_id=person_id,
            score=match.score,
            band=match.band,
            reasons=[
                {"code": reason.code, "words": reason.words, "weight": round(reason.weight, 2)}
                for reason in match.reasons
            ],
        )


def _reversed(candidate: MatchCandidate) -> MatchCandidate:
    """The same pair of the batch, seen from its other record."""
    return MatchCandidate(
        staged_record_id=candidate.candidate_id,
        candidate_kind=Kind.STAGED,
        candidate_id=candidate.staged_record_id,
        score=candidate.score,
        band=candidate.band,
        reasons=candidate.reasons,
    )


def _note_best(record_id: uuid.UUID, own: Sequence[MatchCandidate]) -> None:
    """Writes onto the record what the queue shows and filters by.

    That is its best candidate among those whom the portal has already; failing that, the best among earlier records
    of the batch, of which it is then a duplicate. The first record of a person has none.
    """
    known = [candidate for candidate in own if candidate.candidate_kind != Kind.STAGED]
    best = max(known or own, key=lambda candidate: candidate.score)
    StagedRecord.objects.filter(pk=record_id).update(
        status=StagedRecord.Status.MATCHED if known else StagedRecord.Status.PENDING,
        matched_prospect_id=_id_if(best, Kind.PROSPECT),
        matched_contact_id=_id_if(best, Kind.CONTACT),
        match_score=best.score,
        match_band=best.band,
        match_reasons=best.reasons,
        match_reason_codes=f",{','.join(reason['code'] for reason in best.reasons)},",
        is_in_batch_duplicate=len(known) < len(own),
        updated_at=timezone.now(),
    )


def _note_nobody(record_ids: Sequence[uuid.UUID]) -> None:
    """Most records have nobody; only those that had somebody at an earlier detection need the write."""
    had_somebody = StagedRecord.objects.filter(pk__in=record_ids, match_score__isnull=False)
    had_somebody.update(
        status=StagedRecord.Status.PENDING,
        matched_prospect_id=None,
        matched_contact_id=None,
        match_score=None,
        match_band="",
        match_reasons=[],
        match_reason_codes="",
        is_in_batch_duplicate=False,
        updated_at=timezone.now(),
    )


def _id_if(candidate: MatchCandidate, kind: MatchCandidate.Kind) -> uuid.UUID | None:
    return candidate.candidate_id if candidate.candidate_kind == kind else None
