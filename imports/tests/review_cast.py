"""Batches, staged records and candidates for tests of reviewing, each in one line."""

from itertools import count
from typing import Any

from django.utils import timezone

from imports.deciding import review
from imports.models import ImportBatch, MatchCandidate, ReviewDecision, StagedCall, StagedRecord
from integrations.models import Client, GHLIntegration
from prospects.models import Contact, SalesProspect

NUMBERS = count(1)
REASONS = [
    {"code": "email-same", "words": "Same e-mail address: ann@lee.example", "weight": 12.4},
    {"code": "title-different", "words": "Different titles: partner / associate", "weight": -1.7},
]


def a_batch(integration: GHLIntegration, **values: Any) -> ImportBatch:
    """A finished pull, unless told otherwise."""
    finished = {"status": "success", "phase": "done", "finished_at": timezone.now()}
    given = {"source": "ghl", "source_name": f"GHL {integration}", **finished, **values}
    return ImportBatch.objects.create(integration=integration, **given)


def a_record(batch: ImportBatch, **values: Any) -> StagedRecord:
    """A waiting record of somebody whom nobody else resembles."""
    record = _unsaved_record(batch, **values)
    record.save(force_insert=True)
    return record


def many_records(batch: ImportBatch, count: int, **values: Any) -> list[StagedRecord]:
    """So many of them, written at once."""
    return StagedRecord.objects.bulk_create(_unsaved_record(batch, **values) for _ in range(count))


def _unsaved_record(batch: ImportBatch, **values: Any) -> StagedRecord:
    number = next(NUMBERS)
    contact_id = values.pop("ghl_contact_id", f"contact{number:013}")
    given = {
        "contact_first_name": f"Ann{'abcdefghij'[number % 10]}",
        "contact_last_name": f"Lee{number}",
        "firm_name": f"Firm {number}",
        "contact_email": f"ann{number}@firm{number}.example",
        "contact_phone": f"+1212555{number:04}",
        "record_key": contact_id or f"line:{number}",
        "position": number,
        "raw_data": {"id": contact_id},
        **values,
    }
    return StagedRecord(batch=batch, ghl_contact_id=contact_id, **given)


def a_call(record: StagedRecord, **values: Any) -> StagedCall:
    number = next(NUMBERS)
    raw = {
        "id": f"message{number:013}",
        "contactId": record.ghl_contact_id,
        "messageType": "TYPE_CALL",
        "direction": "outbound",
        "status": "completed",
        "dateAdded": "2026-07-25T18:34:36.728Z",
        "meta": {"call": {"duration": 125, "status": "completed"}},
        **values,
    }
    return StagedCall.objects.create(
        integration=record.batch.integration,
        batch=record.batch,
        external_call_id=raw["id"],
        ghl_contact_id=record.ghl_contact_id,
        raw_data=raw,
    )


def a_candidate(record: StagedRecord, who: Any, band: str = "certain", score: float = 0.995) -> MatchCandidate:
    """Makes somebody a candidate of a record, as the detection does."""
    kinds = {SalesProspect: "prospect", Contact: "contact", StagedRecord: "staged"}
    kind = kinds[type(who)]
    if kind != "staged":
        StagedRecord.objects.filter(pk=record.pk).update(
            status="matched", match_score=score, match_band=band, match_reasons=REASONS,
            match_reason_codes=",email-same,title-different,", **{f"matched_{kind}": who},
        )  # fmt: skip
    return MatchCandidate.objects.create(
        staged_record=record, candidate_kind=kind, candidate_id=who.pk, score=score, band=band, reasons=REASONS
    )


def an_error(batch: ImportBatch, **values: Any) -> StagedRecord:
    return a_record(batch, status="error", error_message="Nothing to tell this person by.", **values)


def a_client_location(name: str = "Harbor Legal Search") -> GHLIntegration:
    client = Client.objects.create(name=name)
    location_id = f"clientLocation{next(NUMBERS):06}"
    return GHLIntegration.objects.create(
        name=name, location_id=location_id, integration_type=GHLIntegration.Type.CLIENT, client=client
    )


def merged(record: StagedRecord, person: Any, reviewer: Any, *take: str) -> ReviewDecision:
    """The decision that the record is this person, taking these fields."""
    return review.merge(record.pk, reviewer, kind="prospect", candidate_id=person.pk, take=take).decision
