"""Finding whom a batch's people may be: lookup keys in the database, evidence weighed by the pure engine.

Works through the batch in chunks, so that memory does not grow with the batch or with what the portal knows.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from imports import lookup
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import weigh
from imports.models import ImportBatch, MatchCandidate, StagedRecord
from prospects.identity import Identity, identity_of
from prospects.models import IDENTITY_COLUMNS, Contact, Person, PersonQuerySet, SalesProspect

CHUNK = 500

Kind = MatchCandidate.Kind


@dataclass(frozen=True, slots=True)
class Side:
    """What a batch is compared with: all prospects, or one client's contacts."""

    kind: MatchCandidate.Kind
    scope: str
    people: PersonQuerySet

    @classmethod
    def of(cls, batch: ImportBatch) -> "Side":
        if batch.integration.is_internal:
            return cls(Kind.PROSPECT, "internal", SalesProspect.objects.all())
        client_id = batch.integration.client_id
        return cls(Kind.CONTACT, f"client:{client_id}", Contact.objects.filter(client_id=client_id))


@dataclass(frozen=True, slots=True)
class Found:
    """What a detection found: records that match somebody the portal has, and records that repeat an earlier one."""

    matched: int
    in_batch_duplicates: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the comparison needs of a waiting record. `position` is its place in the batch."""

    id: uuid.UUID
    position: int
    identity: Identity


def detect(batch: ImportBatch, *, after_chunk: Callable[[int], None] = lambda compared: None) -> Found:
    """Compares a batch's waiting records with the right side and with each other, and writes the candidates.

    Safe to run again: candidates of waiting records are replaced, decided records keep theirs. `after_chunk` is called
    between chunks with how many more records have been compared, and may raise to stop.
    """
    side = Side.of(batch)
    scope = f"batch:{batch.pk}"
    lookup.refresh(side.scope, side.people, identity_of_person, lambda: after_chunk(0))
    lookup.forget(scope)
    try:
        ids = list(waiting_of(batch).values_list("pk", flat=True))  # 16 bytes each, where a record is a kilobyte
        for chunk in _slices(ids):
            lookup.add(scope, {record.id: record.identity for record in _read(waiting_of(batch).filter(pk__in=chunk))})
            after_chunk(0)
        population = lookup.population(side.scope, scope)
        for chunk in _slices(ids):
            with transaction.atomic():
                _detect_chunk(waiting_of(batch), chunk, side, scope, population)
            after_chunk(len(chunk))
    finally:
        lookup.forget(scope)
    return count_found(batch)


def waiting_of(batch: ImportBatch) -> QuerySet[StagedRecord]:
    return batch.records.filter(status__in=StagedRecord.WAITING).order_by("position", "id")


def count_found(batch: ImportBatch) -> Found:
    matches = MatchCandidate.objects.filter(staged_record__batch=batch).exclude(candidate_kind=Kind.STAGED)
    return Found(
        matched=matches.values("staged_record_id").distinct().count(),
        in_batch_duplicates=batch.records.filter(is_in_batch_duplicate=True).count(),
    )


# ---------------------------------------------------------------- identities


def identity_of_record(record: StagedRecord) -> Identity:
    given = record.raw_data if isinstance(record.raw_data, dict) else {}
    columns = (getattr(record, column) for column in IDENTITY_COLUMNS)
    return _identity(record.ghl_contact_id, *(given.get(key) for key in READ_OF_RAW), *columns)


def identity_of_person(person: Person) -> Identity:
    columns = (getattr(person, column) for column in IDENTITY_COLUMNS)
    return _identity(person.ghl_contact_id or "", None, None, None, *columns)


READ_OF_RAW = ("additionalEmails", "additionalPhones", "country")
READ = ("pk", "position", "ghl_contact_id", *(f"raw_data__{key}" for key in READ_OF_RAW), *IDENTITY_COLUMNS)


def _read(records: QuerySet[StagedRecord]) -> list[Waiting]:
    """Plain values rather than model instances: a detection reads every record several times."""
    return [Waiting(pk, position, _identity(*values)) for pk, position, *values in records.values_list(*READ)]


def _identity(
    ghl_contact_id: str,
    emails: Any,
    phones: Any,
    country: Any,
    firm: str,
    first: str,
    last: str,
    title: str,
    email: str,
    phone: str,
    linkedin: str,
) -> Identity:
    """The identity of a row: what GHL knows besides, then the columns in the order of IDENTITY_COLUMNS."""
    return identity_of(
        first_name=first,
        last_name=last,
        firm=firm,
        email=email,
        phone=phone,
        linkedin=linkedin,
        title=title,
        ghl_contact_id=ghl_contact_id,
        other_emails=_others(emails, "email"),
        other_phones=_others(phones, "phone"),
        country=country if isinstance(country, str) and len(country) == 2 else "US",
    )


def _others(values: Any, key: str) -> tuple[str, ...]:
    """Further e-mails or phones: GHL sends texts, or objects with the text inside."""
    if not isinstance(values, list):
        return ()
    texts = (value.get(key) if isinstance(value, dict) else value for value in values)
    return tuple(text for text in texts if isinstance(text, str))


def _slices(ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(ids), CHUNK):
        yield ids[start : start + CHUNK]


# ---------------------------------------------------------------- one chunk


def _detect_chunk(
    waiting: QuerySet[StagedRecord], record_ids: Sequence[uuid.UUID], side: Side, scope: str, population: int
) -> None:
    """Inside a transaction: a record that a reviewer decides meanwhile is left alone.

    Each pair of the batch is weighed once, when its later record comes, and written for both.
    """
    records = _read(waiting.filter(pk__in=record_ids).select_for_update())
    proposals = lookup.proposals({record.id: record.identity for record in records}, (side.scope, scope))
    people = side.people.filter(pk__in=proposals.people_of(side.scope))
    known = {person.pk: identity_of_person(person) for person in people.iterator()}
    last = max((record.position for record in records), default=0)
    neighbours = {
        other.id: other for other in _read(waiting.filter(pk__in=proposals.people_of(scope), position__lt=last))
    }
    sharing = proposals.sharing.joined_with(lookup.sharing({*known, *neighbours}, (side.scope, scope)))
    pool = Pool.of(sharing, population)
    MatchCandidate.objects.filter(staged_record__in=[record.id for record in records]).delete()
    found: list[MatchCandidate] = []
    with_nobody: list[uuid.UUID] = []
    for record in records:
        own = [
            candidate
            for person_id in proposals.of(record.id, side.scope)
            if person_id in known
            for candidate in _weighed(record.id, record.identity, side.kind, person_id, known[person_id], pool)
        ]
        for other_id in proposals.of(record.id, scope):
            other = neighbours.get(other_id)
            if other is not None and other.position < record.position:
                pair = list(_weighed(record.id, record.identity, Kind.STAGED, other_id, other.identity, pool))
                own += pair
                found += [_reversed(candidate) for candidate in pair]
        found += own
        if own:
            _note_best(record.id, own)
        else:
            with_nobody.append(record.id)
    _note_nobody(with_nobody)
    MatchCandidate.objects.bulk_create(found)


def _weighed(
    record_id: uuid.UUID, mine: Identity, kind: MatchCandidate.Kind, person_id: uuid.UUID, theirs: Identity, pool: Pool
) -> Iterator[MatchCandidate]:
    """The pair as a candidate, if it is one."""
    match = weigh(mine, theirs, pool)
    if match.band is not None:
        yield MatchCandidate(
            staged_record_id=record_id,
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
