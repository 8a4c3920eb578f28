"""Finding whom a batch's people may be: lookup keys in the database, evidence weighed by the pure engine.

Works through the batch in chunks, each a transaction of its own.
"""

import uuid
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from django.db import transaction
from django.db.models import QuerySet

from imports.duplicates.scoring import Match, candidate
from imports.duplicates.standard import Standard
from imports.matching.batch_pool import BatchPool
from imports.matching.batch_records import BatchRecords
from imports.matching.identities import named
from imports.matching.not_duplicates import Remembered
from imports.matching.thresholds import standard_now
from imports.matching.written_matches import key_of, note_best, write_candidates
from imports.models import ImportBatch, MatchCandidate, StagedRecord
from imports.side import Side
from prospects.identity import Identity

CHUNK = 500  # records compared at a time, in one transaction

Kind = MatchCandidate.Kind


@dataclass(frozen=True, slots=True)
class Found:
    """What a detection found: records that match somebody the portal has, and records that repeat an earlier one."""

    matched: int
    in_batch_duplicates: int


def detect(
    batch: ImportBatch,
    *,
    staged: BatchRecords | None = None,
    after_chunk: Callable[[int], None] = lambda compared: None,
) -> Found:
    """Compares a batch's waiting records with the right side and with each other, and writes the candidates.

    Safe to run again: what is found again is left as it is, what no longer holds is removed, and decided records keep
    their candidates. `staged` are records as they were when they were staged: where they are just those that wait,
    none of them has to be read again. `after_chunk` is called between chunks with how many more records have been
    compared, and may raise to stop.
    """
    pool = BatchPool(Side.of(batch), _records_of(batch, staged, after_chunk), lambda: after_chunk(0))
    standard = standard_now()
    was_compared = MatchCandidate.objects.filter(staged_record__batch=batch).exists()
    for numbers in pool.records.in_chunks(CHUNK):
        with transaction.atomic():
            _detect_chunk(numbers, pool, standard, was_compared=was_compared)
        after_chunk(len(numbers))
    return count_found(batch)


def _records_of(batch: ImportBatch, staged: BatchRecords | None, after_chunk: Callable[[int], None]) -> BatchRecords:
    ids = list(waiting_of(batch).values_list("pk", flat=True))
    if staged is not None and staged.are(ids):
        return staged
    records = BatchRecords()
    records.read(ids, lambda: after_chunk(0))
    return records


def waiting_of(batch: ImportBatch) -> QuerySet[StagedRecord]:
    return batch.records.filter(status__in=StagedRecord.WAITING).order_by("position", "id")


def count_found(batch: ImportBatch) -> Found:
    matches = MatchCandidate.objects.filter(staged_record__batch=batch).exclude(candidate_kind=Kind.STAGED)
    return Found(
        matched=matches.values("staged_record_id").distinct().count(),
        in_batch_duplicates=batch.records.filter(is_in_batch_duplicate=True).count(),
    )


# ---------------------------------------------------------------- one chunk


def _detect_chunk(numbers: Sequence[int], pool: BatchPool, standard: Standard, *, was_compared: bool) -> None:
    """Inside a transaction: a record that a reviewer decides meanwhile is left alone.

    Each pair of the batch is weighed once, when its later record comes, and written for both.
    """
    records, had_somebody = _locked(numbers, pool)
    found = _found(records, pool, standard)
    existing = _existing(records, pool) if was_compared else []
    waiting = _waiting_among(
        {one.candidate_id for one in found if one.candidate_kind == Kind.STAGED}
        | {one.staged_record_id for one in existing}
    )
    pairs = [one for one in found if one.candidate_kind != Kind.STAGED or one.candidate_id in waiting]
    now = write_candidates(
        [*pairs, *(_reversed(one) for one in pairs if one.candidate_kind == Kind.STAGED)],
        [one for one in existing if one.staged_record_id in waiting],
    )
    own: dict[uuid.UUID, list[MatchCandidate]] = {record_id: [] for record_id in had_somebody}
    of_pairs = set(map(key_of, pairs))
    for one in now:
        if key_of(one) in of_pairs:
            own.setdefault(one.staged_record_id, []).append(one)
    note_best(own, had_somebody)


def _locked(numbers: Iterable[int], pool: BatchPool) -> tuple[dict[int, Identity], list[uuid.UUID]]:
    """The records of these numbers that still wait, and which of them a candidate is noted on, all locked."""
    number_of = {pool.records.id_of(number): number for number in numbers}
    rows = named(number_of).select_for_update().values_list("pk", "status", "match_score")
    waiting = {pk: score for pk, status, score in rows if status in StagedRecord.WAITING}
    records = pool.records.gone_through([number_of[pk] for pk in waiting])
    return records, [pk for pk, score in waiting.items() if score is not None]


def _found(records: Mapping[int, Identity], pool: BatchPool, standard: Standard) -> list[MatchCandidate]:
    """The candidates of these records: people of the side, and earlier records."""
    proposed = pool.proposed(records)
    compared = [records[number] for number in records if proposed.people[number] or proposed.earlier[number]]
    people = pool.people(set().union(*proposed.people.values()))
    neighbours = pool.records.identities(set().union(*proposed.earlier.values()))
    pool.learn(compared, chain(people.values(), neighbours.values()))
    matches = []
    for number, mine in records.items():
        pairs = chain(
            ((pool.side.kind, person_id, people.get(person_id)) for person_id in proposed.people[number]),
            ((Kind.STAGED, pool.records.id_of(other), neighbours.get(other)) for other in proposed.earlier[number]),
        )
        for kind, candidate_id, theirs in pairs:
            # Who was decided or deleted since the keys were made has no identity any more.
            match = candidate(mine, theirs, pool.weights, standard) if theirs else None
            if match and theirs:
                matches.append((number, kind, candidate_id, theirs, match))
    remembered = Remembered.of({records[number] for number, *_ in matches})
    return [
        _candidate(pool.records.id_of(number), kind, candidate_id, match)
        for number, kind, candidate_id, theirs, match in matches
        if not remembered.are_two(records[number], theirs, None if kind == Kind.STAGED else candidate_id)
    ]


def _existing(records: Mapping[int, Identity], pool: BatchPool) -> list[MatchCandidate]:
    """What an earlier detection wrote of the same pairs: those with people, and those whose later record is here."""
    ids = {pool.records.id_of(number): number for number in records}
    own = MatchCandidate.objects.filter(staged_record__in=ids)
    reversed_ones = MatchCandidate.objects.filter(candidate_kind=Kind.STAGED, candidate_id__in=ids)
    return [
        *(
            one
            for one in own
            if one.candidate_kind != Kind.STAGED or pool.is_earlier(one.candidate_id, one.staged_record_id)
        ),
        *(one for one in reversed_ones if pool.is_earlier(one.staged_record_id, one.candidate_id)),
    ]


def _waiting_among(record_ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    rows = named(record_ids).values_list("pk", "status")
    return {pk for pk, status in rows if status in StagedRecord.WAITING}


def _candidate(
    record_id: uuid.UUID, kind: MatchCandidate.Kind, candidate_id: uuid.UUID, match: Match
) -> MatchCandidate:
    return MatchCandidate(
        staged_record_id=record_id,
        candidate_kind=kind,
        candidate_id=candidate_id,
        score=match.score,
        band=match.band or "",
        reasons=match.as_rows(),
    )


def _reversed(one: MatchCandidate) -> MatchCandidate:
    """The same pair of the batch, seen from its other record."""
    return MatchCandidate(
        staged_record_id=one.candidate_id,
        candidate_kind=Kind.STAGED,
        candidate_id=one.staged_record_id,
        score=one.score,
        band=one.band,
        reasons=one.reasons,
    )
