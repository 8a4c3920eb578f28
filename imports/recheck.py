"""Looking once more before somebody is made: people who came into the portal after a record was compared.

A record is compared when its batch arrives; it may be decided days later, after other batches brought the same person.
"""

import uuid

from django.db import IntegrityError, transaction

from imports import lookup
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import Match, weigh
from imports.matching import Side, identity_of_person, identity_of_record
from imports.models import MatchCandidate, StagedRecord
from prospects.models import Person

TOLD = ("certain", "likely")  # a merely possible newcomer does not hold a decision up
TRIES = 3


def note_newcomers(record: StagedRecord) -> list[Person]:
    """People who are likely this record's and whom no reviewer was shown with it. They become its candidates."""
    side = Side.of(record.batch)
    shown = _shown_with(record)
    found = [(person, match) for person, match in _alike(record, side) if person.pk not in shown]
    MatchCandidate.objects.bulk_create(
        [_candidate(record, side, person, match) for person, match in found], ignore_conflicts=True
    )
    if found:
        _note_best(record, side, *max(found, key=lambda pair: pair[1].score))
    return [person for person, _ in found]


def _shown_with(record: StagedRecord) -> set[uuid.UUID]:
    """The record's candidates, and whom those of its own batch have become."""
    shown = set(record.candidates.values_list("candidate_id", flat=True))
    became = StagedRecord.objects.filter(pk__in=shown, status=StagedRecord.Status.IMPORTED)
    for pair in became.values_list("imported_prospect_id", "imported_contact_id"):
        shown.update(person_id for person_id in pair if person_id)
    return shown


def _alike(record: StagedRecord, side: Side) -> list[tuple[Person, Match]]:
    _refresh_keys(side)
    mine = identity_of_record(record)
    own_scope = f"recheck:{uuid.uuid4()}"  # its own, so that two reviewers may look at one record
    with transaction.atomic():
        lookup.add(own_scope, {record.pk: mine})
        scopes = (side.scope, own_scope)
        ids = lookup.proposals({record.pk: mine}, scopes).people_of(side.scope)
        people = {person.pk: person for person in side.people.filter(pk__in=ids)}
        # Counting the people themselves is far cheaper than counting their keys, and the same but for a few.
        pool = Pool.of(lookup.sharing({record.pk, *people}, scopes), side.people.count())
        matches = [(person, weigh(mine, identity_of_person(person), pool)) for person in people.values()]
        lookup.forget(own_scope)
    return [(person, match) for person, match in matches if match.band in TOLD]


def _refresh_keys(side: Side) -> None:
    """Makes the keys of people who have none yet. Another process may be at it: the database lets one of us win."""
    for _ in range(TRIES):
        try:
            lookup.refresh(side.scope, side.people, identity_of_person, lambda: None)
        except IntegrityError:
            continue
        return


def _candidate(record: StagedRecord, side: Side, person: Person, match: Match) -> MatchCandidate:
    return MatchCandidate(
        staged_record=record,
        candidate_kind=side.kind,
        candidate_id=person.pk,
        score=match.score,
        band=match.band or "",
        reasons=_reasons(match),
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
        match_reasons=_reasons(match),
        match_reason_codes=f",{','.join(reason.code for reason in match.reasons)},",
    )


def _reasons(match: Match) -> list[dict[str, object]]:
    return [{"code": reason.code, "words": reason.words, "weight": round(reason.weight, 2)} for reason in match.reasons]
