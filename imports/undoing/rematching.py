"""What the queue shows of a record's matches, worked out again from the candidates that are still there."""

import uuid
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, Value
from django.db.models.functions import Greatest
from django.utils import timezone

from imports.deciding.person_history import AnyPerson
from imports.models import LookupKey, MatchCandidate, StagedRecord
from prospects.models import Contact, SalesProspect

Kind, Status = MatchCandidate.Kind, StagedRecord.Status


def forget_person(person: AnyPerson) -> None:
    """Removes somebody who is about to go from all that finds or names them; waiting records are matched anew."""
    candidates = MatchCandidate.objects.exclude(candidate_kind=Kind.STAGED).filter(candidate_id=person.pk)
    shown_with = set(candidates.values_list("staged_record_id", flat=True))
    candidates.delete()
    LookupKey.objects.filter(person_id=person.pk).delete()
    note_best_again(shown_with)


def forget_second_looks(person: AnyPerson, since: datetime) -> None:
    """Drops this person as a candidate where only a second look found them, after that moment.

    They were found as they were then. If they are still likely the same, the next second look finds them again.
    """
    candidates = MatchCandidate.objects.exclude(candidate_kind=Kind.STAGED).filter(candidate_id=person.pk)
    found = candidates.filter(created_at__gt=Greatest(F("staged_record__batch__finished_at"), Value(since)))
    shown_with = dict(found.values_list("pk", "staged_record_id"))
    if shown_with:
        MatchCandidate.objects.filter(pk__in=shown_with).delete()
        note_best_again(set(shown_with.values()))


def is_match_there(record: StagedRecord) -> bool:
    """Whether the match that the record shows is among its candidates still."""
    matched = record.matched_prospect_id or record.matched_contact_id
    return matched is not None and record.candidates.filter(candidate_id=matched).exists()


def waiting_with(person_id: uuid.UUID) -> list[uuid.UUID]:
    """The waiting records of which this person is a candidate."""
    candidates = MatchCandidate.objects.exclude(candidate_kind=Kind.STAGED).filter(candidate_id=person_id)
    rows = candidates.filter(staged_record__status__in=StagedRecord.WAITING)
    return list(rows.values_list("staged_record_id", flat=True))


def note_best_again(record_ids: Collection[uuid.UUID]) -> None:
    """Writes onto waiting records which of their candidates is the best, as the detection does."""
    rows = StagedRecord.objects.filter(pk__in=record_ids, status__in=StagedRecord.WAITING).defer("raw_data")
    for record in rows.prefetch_related("candidates"):
        known = [one for one in record.candidates.all() if one.candidate_kind != Kind.STAGED and _is_there(one)]
        earlier = _earlier_twins(record)
        best = max(known or earlier, key=lambda one: one.score, default=None)
        reasons: list[dict[str, Any]] = best.reasons if best else []
        codes = f",{','.join(str(reason.get('code', '')) for reason in reasons)}," if best else ""
        StagedRecord.objects.filter(pk=record.pk, status__in=StagedRecord.WAITING).update(
            status=Status.MATCHED if known else Status.PENDING,
            matched_prospect_id=best.candidate_id if best and best.candidate_kind == Kind.PROSPECT else None,
            matched_contact_id=best.candidate_id if best and best.candidate_kind == Kind.CONTACT else None,
            match_score=best.score if best else None,
            match_band=best.band if best else "",
            match_reasons=reasons,
            match_reason_codes=codes[:500],
            is_in_batch_duplicate=bool(earlier),
            updated_at=timezone.now(),
        )


def _is_there(candidate: MatchCandidate) -> bool:
    people: Any = SalesProspect if candidate.candidate_kind == Kind.PROSPECT else Contact
    return bool(people.objects.filter(pk=candidate.candidate_id).exists())


def _earlier_twins(record: StagedRecord) -> list[MatchCandidate]:
    """Only the later one of two records of a batch is a duplicate of the other."""
    twins = {one.candidate_id: one for one in record.candidates.all() if one.candidate_kind == Kind.STAGED}
    places = StagedRecord.objects.filter(pk__in=twins).values_list("pk", "position")
    return [twins[pk] for pk, position in places if (position, pk) < (record.position, record.pk)]
