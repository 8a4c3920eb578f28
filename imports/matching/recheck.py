"""Looking once more before somebody is made: people who came into the portal after a record was compared.

A record is compared when its batch arrives; it may be decided days later, after other batches brought the same person.
"""

import uuid
from collections.abc import Collection

from imports.duplicates.key_index import hashed
from imports.duplicates.keys import frequency_keys, lookup_keys, proposes
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import Match, candidate
from imports.matching import lookup
from imports.matching.identities import identity_of_person, identity_of_record
from imports.matching.key_counts import KeyCounts
from imports.matching.not_duplicates import Remembered
from imports.matching.thresholds import standard_now
from imports.models import MatchCandidate, StagedRecord
from imports.side import Side
from prospects.models import Person

TOLD = ("certain", "likely")  # a merely possible newcomer does not hold a decision up


def note_newcomers(record: StagedRecord) -> list[Person]:
    """People who are likely this record's and whom no reviewer was shown with it. They become its candidates."""
    side = Side.of(record.batch)
    found = newcomers(record)
    if not found or not StagedRecord.objects.filter(pk=record.pk, status__in=StagedRecord.WAITING).exists():
        return []  # decided meanwhile: the newcomer may be what another reviewer just made of this very record
    MatchCandidate.objects.bulk_create(
        [_candidate(record, side, person, match) for person, match in found], ignore_conflicts=True
    )
    _note_best(record, side, *max(found, key=lambda pair: pair[1].score))
    return [person for person, _ in found]


def newcomers(record: StagedRecord) -> list[tuple[Person, Match]]:
    """People who are likely this record's and whom no reviewer was shown with it."""
    shown = _shown_with(record)
    return [(person, match) for person, match in _alike(record, Side.of(record.batch)) if person.pk not in shown]


def obstacle_to_joining(other: StagedRecord, shown: Collection[uuid.UUID]) -> str:
    """Why a record cannot be merged into this other one of its batch; empty when it can.

    `shown` are the candidates that the reviewer sees: somebody in the portal whom only the other one resembles is not
    among them, and would be made a second time.
    """
    if other.status == StagedRecord.Status.ERROR:
        return f"It cannot be imported: {other.error_message}"
    if other.status not in StagedRecord.WAITING:
        decided = other.get_decision_display().lower()
        return "" if other.imported_person else f"It was {decided}, so there is nobody to merge into."
    known = other.matched_prospect or other.matched_contact
    if known is not None and other.match_band in TOLD and known.pk not in shown:
        return f"It resembles {known}, who is in the portal. Decide about it first."
    return ""


def _shown_with(record: StagedRecord) -> set[uuid.UUID]:
    """The record's candidates, and whom those of its own batch have become."""
    shown = set(record.candidates.values_list("candidate_id", flat=True))
    became = StagedRecord.objects.filter(pk__in=shown, status=StagedRecord.Status.IMPORTED)
    for pair in became.values_list("imported_prospect_id", "imported_contact_id"):
        shown.update(person_id for person_id in pair if person_id)
    return shown


def _alike(record: StagedRecord, side: Side) -> list[tuple[Person, Match]]:
    lookup.refresh(side.name, side.people, identity_of_person, lambda: None)
    mine = identity_of_record(record)
    keys = lookup_keys(mine)
    counts = KeyCounts(side.name, known=lookup.how_many(side.people), in_batch=set(map(hashed, keys)).__contains__)
    counts.learn(keys)
    telling = [hashed(key) for key in keys if proposes(key, counts(key))]
    ids = {person_id for people in lookup.holders(side.name, telling).values() for person_id in people}
    if not ids:
        return []
    people = {person: identity_of_person(person) for person in side.people.filter(pk__in=ids)}
    counts.learn(key for identity in people.values() for key in frequency_keys(identity))
    pool = Pool.of(counts, counts.known + 1)
    standard = standard_now()
    matches = [(person, candidate(mine, identity, pool, standard)) for person, identity in people.items()]
    remembered = Remembered.of([mine])
    return [
        (person, match)
        for person, match in matches
        if match and match.band in TOLD and not remembered.are_two(mine, people[person], person.pk)
    ]


def _candidate(record: StagedRecord, side: Side, person: Person, match: Match) -> MatchCandidate:
    return MatchCandidate(
        staged_record=record,
        candidate_kind=side.kind,
        candidate_id=person.pk,
        score=match.score,
        band=match.band or "",
        reasons=match.as_rows(),
    )


def _note_best(record: StagedRecord, side: Side, person: Person, match: Match) -> None:
    """Writes the newcomer onto the record, for the queue, unless a better match stands there or it is decided."""
    is_prospect = side.kind == MatchCandidate.Kind.PROSPECT
    matched = record.matched_prospect_id or record.matched_contact_id
    if matched and (record.match_score or 0) >= match.score:
        return
    StagedRecord.objects.filter(pk=record.pk, status__in=StagedRecord.WAITING).update(
        status=StagedRecord.Status.MATCHED,
        matched_prospect_id=person.pk if is_prospect else None,
        matched_contact_id=None if is_prospect else person.pk,
        match_score=match.score,
        match_band=match.band,
        match_reasons=match.as_rows(),
        match_reason_codes=f",{','.join(reason.code for reason in match.reasons)},",
    )
