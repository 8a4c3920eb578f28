"""What a detection writes: candidates and, on each record, the best of them. Only what is news is written.

Scores drift a little with everybody who comes into the portal, since they tell how common a name or a firm is. Such a
drift is no news: what a reviewer has seen stays as it was.
"""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models
from django.utils import timezone

from imports.models import MatchCandidate, StagedRecord

Kind = MatchCandidate.Kind
Key = tuple[uuid.UUID, str, uuid.UUID]  # staged record, kind of candidate, candidate

_DRIFT = 0.005  # of a score
_DRIFT_OF_A_WEIGHT = 0.25  # bits

_NOTED = (
    "status", "matched_prospect_id", "matched_contact_id", "match_score", "match_band", "match_reasons",
    "match_reason_codes", "is_in_batch_duplicate",
)  # fmt: skip


def write_candidates(found: Iterable[MatchCandidate], existing: Iterable[MatchCandidate]) -> list[MatchCandidate]:
    """Makes `existing` what was `found`: adds, changes and removes rows. Returns the candidates as they are now."""
    new, changed, kept = [], [], []
    gone = {key_of(row): row for row in existing}
    for candidate in found:
        row = gone.pop(key_of(candidate), None)
        if row is None:
            new.append(candidate)
        elif _is_news(row, candidate):
            row.score, row.band, row.reasons = candidate.score, candidate.band, candidate.reasons
            row.updated_at = timezone.now()
            changed.append(row)
        else:
            kept.append(row)
    if gone:
        MatchCandidate.objects.filter(pk__in=[row.pk for row in gone.values()]).delete()
    if changed:
        MatchCandidate.objects.bulk_update(changed, ["score", "band", "reasons", "updated_at"])
    _write(
        "INSERT INTO ghl_import_match_candidates (staged_record_id, candidate_kind, candidate_id, score, band, reasons)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        _fields(MatchCandidate, ("staged_record_id", "candidate_kind", "candidate_id", "score", "band", "reasons")),
        [(*key_of(one), one.score, one.band, one.reasons) for one in new],
    )
    return [*new, *changed, *kept]


def key_of(candidate: MatchCandidate) -> Key:
    return candidate.staged_record_id, candidate.candidate_kind, candidate.candidate_id


def _is_news(old: MatchCandidate, new: MatchCandidate) -> bool:
    if old.band != new.band or abs(old.score - new.score) > _DRIFT or len(old.reasons) != len(new.reasons):
        return True
    return any(
        (was["code"], was["words"]) != (now["code"], now["words"])
        or abs(was["weight"] - now["weight"]) > _DRIFT_OF_A_WEIGHT
        for was, now in zip(old.reasons, new.reasons, strict=True)
    )


def note_best(own: Mapping[uuid.UUID, Sequence[MatchCandidate]], had_somebody: Collection[uuid.UUID]) -> None:
    """Writes onto each record what the queue shows and filters by, where it is not so already.

    That is its best candidate among those whom the portal has already; failing that, the best among earlier records
    of the batch, of which it is then a duplicate. The first record of a person has none. `had_somebody` are the
    records on which an earlier detection noted somebody.
    """
    rows = StagedRecord.objects.filter(pk__in=had_somebody) if had_somebody else StagedRecord.objects.none()
    before = {row["pk"]: row for row in rows.values("pk", *_NOTED)}
    notes = {record_id: _note(candidates) for record_id, candidates in own.items()}
    news = [(pk, note) for pk, note in notes.items() if before.get(pk) != {"pk": pk, **note}]
    now = timezone.now()
    _write(
        "UPDATE ghl_import_staging SET status = %s, matched_prospect_id = %s, matched_contact_id = %s,"
        " match_score = %s, match_band = %s, match_reasons = %s, match_reason_codes = %s,"
        " is_in_batch_duplicate = %s, updated_at = %s WHERE id = %s",
        _fields(StagedRecord, (*_NOTED, "updated_at", "id")),
        [(*note.values(), now, pk) for pk, note in news],
    )


def _fields(model: type[models.Model], names: Iterable[str]) -> "list[models.Field[Any, Any]]":
    by_column = {field.attname: field for field in model._meta.concrete_fields}
    return [by_column[name] for name in names]


def _write(sql: str, fields: "Sequence[models.Field[Any, Any]]", rows: Iterable[Sequence[Any]]) -> None:
    """One statement for all rows: writing each by itself, or as a model, took longer than comparing them."""
    prepared = [
        [field.get_db_prep_save(value, connection) for field, value in zip(fields, row, strict=True)] for row in rows
    ]
    if prepared:
        with connection.cursor() as cursor:
            cursor.executemany(sql, prepared)


def _note(candidates: Sequence[MatchCandidate]) -> dict[str, Any]:
    """The values of `_NOTED`, in its order."""
    known = [candidate for candidate in candidates if candidate.candidate_kind != Kind.STAGED]
    best = max(known or candidates, key=lambda candidate: candidate.score, default=None)
    return {
        "status": StagedRecord.Status.MATCHED if known else StagedRecord.Status.PENDING,
        "matched_prospect_id": best.candidate_id if best and best.candidate_kind == Kind.PROSPECT else None,
        "matched_contact_id": best.candidate_id if best and best.candidate_kind == Kind.CONTACT else None,
        "match_score": best.score if best else None,
        "match_band": best.band if best else "",
        "match_reasons": best.reasons if best else [],
        "match_reason_codes": f",{','.join(reason['code'] for reason in best.reasons)}," if best else "",
        "is_in_batch_duplicate": len(known) < len(candidates),
    }
