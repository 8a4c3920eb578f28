"""The rules of batches, staged records, their calls and candidates, kept by the database whoever writes."""

import uuid
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import IntegrityError, connection, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from imports.models import ImportBatch, LookupKey, MatchCandidate, StagedCall, StagedRecord
from integrations.models import Client, GHLIntegration
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(integration: GHLIntegration) -> ImportBatch:
    return ImportBatch.objects.create(integration=integration, source="ghl")


@pytest.fixture
def record(batch: ImportBatch) -> StagedRecord:
    return StagedRecord.objects.create(batch=batch, record_key="c0", raw_data={})


def refused(model: Any, **values: Any) -> bool:
    try:
        with transaction.atomic():
            model.objects.bulk_create([model(**values)])
    except IntegrityError:
        return True
    return False


def staged(batch: ImportBatch, **values: Any) -> bool:
    """Whether a staged record like this is taken."""
    return not refused(StagedRecord, **{"batch": batch, "record_key": uuid.uuid4().hex, "raw_data": {}, **values})


# ---------------------------------------------------------------- batches


@pytest.mark.parametrize("status", ["", "done", "Success"])
def test_a_batch_s_status_is_one_that_others_know(integration, status):
    assert refused(ImportBatch, integration=integration, source="csv", status=status)


def test_a_batch_comes_from_ghl_or_from_a_file(integration):
    assert refused(ImportBatch, integration=integration, source="fax")


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_location_has_one_pull_under_way(integration, status):
    ImportBatch.objects.create(integration=integration, source="ghl", status="running")
    assert refused(ImportBatch, integration=integration, source="ghl", status=status)
    assert not refused(ImportBatch, integration=integration, source="ghl", status="failed")


def test_a_file_is_one_batch_of_a_location(integration):
    other = GHLIntegration.objects.create(location_id="loc2", integration_type="internal")
    ImportBatch.objects.create(integration=integration, source="csv", source_digest="d")
    assert refused(ImportBatch, integration=integration, source="csv", source_digest="d")
    assert not refused(ImportBatch, integration=other, source="csv", source_digest="d")


@pytest.mark.parametrize("status", ["success", "partial"])
def test_a_batch_that_is_done_is_finished(integration, status):
    row = {"integration": integration, "source": "csv", "status": status}
    assert refused(ImportBatch, **row, phase="done")
    assert refused(ImportBatch, **row, finished_at=timezone.now())
    assert not refused(ImportBatch, **row, phase="done", finished_at=timezone.now())


def test_a_batch_with_records_is_not_deleted(batch, record):
    with pytest.raises(ProtectedError):
        batch.delete()


# ---------------------------------------------------------------- staged records


@pytest.mark.parametrize("status", ["pending", "matched"])
def test_an_undecided_record_names_no_decision(batch, reviewer, status):
    assert staged(batch, status=status)
    assert not staged(batch, status=status, decision="new", reviewed_by=reviewer, reviewed_at=timezone.now())
    assert not staged(batch, status=status, reviewed_at=timezone.now())


DECIDED = [
    ("imported", "new"),
    ("imported", "merge"),
    ("skipped", "skip"),
    ("rejected", "reject"),
]


@pytest.mark.parametrize(("status", "decision"), DECIDED)
def test_a_decided_record_names_its_decision_its_reviewer_and_the_time(batch, reviewer, status, decision):
    row = {"status": status, "decision": decision, "reviewed_by": reviewer, "reviewed_at": timezone.now()}
    assert staged(batch, **row)
    assert not staged(batch, **row | {"decision": ""})
    assert not staged(batch, **row | {"reviewed_by": None})
    assert not staged(batch, **row | {"reviewed_at": None})


@pytest.mark.parametrize("status", ["imported", "skipped", "rejected"])
@pytest.mark.parametrize("decision", ["new", "merge", "skip", "reject", "superseded", "maybe"])
def test_a_status_and_a_decision_that_do_not_fit_are_refused(batch, reviewer, status, decision):
    fits = (status, decision) in [*DECIDED, ("skipped", "superseded")]
    row = {"status": status, "decision": decision, "reviewed_by": reviewer, "reviewed_at": timezone.now()}
    assert staged(batch, **row) is fits


def test_a_record_that_a_later_pull_replaced_needs_no_reviewer(batch):
    assert staged(batch, status="skipped", decision="superseded", reviewed_at=timezone.now())


def test_an_update_past_the_model_cannot_decide_halfway(record):
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ghl_import_staging SET status = 'imported'")


@pytest.mark.parametrize("status", ["", "approved", "PENDING"])
def test_a_record_s_status_is_one_of_six(batch, status):
    assert not staged(batch, status=status)


def test_a_record_that_cannot_be_read_says_why(batch):
    assert not staged(batch, status="error")
    assert staged(batch, status="error", error_message="Line 3: nothing to tell this person by.")


def test_a_record_is_in_its_batch_once(batch, record, integration):
    assert not staged(batch, record_key="c0")
    assert staged(ImportBatch.objects.create(integration=integration, source="csv"), record_key="c0")


def test_a_record_matches_on_one_side_only(batch):
    contact = Contact.objects.create(client=Client.objects.create(name="Acme"))
    prospect = SalesProspect.objects.create()
    assert staged(batch, matched_prospect=prospect)
    assert not staged(batch, matched_prospect=prospect, matched_contact=contact)


def test_a_reviewer_whose_decisions_are_kept_is_not_deleted(batch, reviewer):
    staged(batch, status="rejected", decision="reject", reviewed_by=reviewer, reviewed_at=timezone.now())
    with pytest.raises(ProtectedError):
        User.objects.get(pk=reviewer.pk).delete()


# ---------------------------------------------------------------- calls, candidates, keys


def test_a_location_s_call_is_staged_once(batch, integration):
    row = {"integration": integration, "batch": batch, "external_call_id": "m1", "raw_data": {}}
    assert not refused(StagedCall, **row)
    assert refused(StagedCall, **row)


def candidate(record: StagedRecord, **values: Any) -> bool:
    row = {"candidate_kind": "prospect", "candidate_id": uuid.uuid4(), "score": 0.5, "band": "possible"}
    return not refused(MatchCandidate, **{"staged_record": record, **row, **values})


def test_somebody_is_a_record_s_candidate_once(record):
    somebody = uuid.uuid4()
    assert candidate(record, candidate_id=somebody)
    assert not candidate(record, candidate_id=somebody)
    assert candidate(record, candidate_id=somebody, candidate_kind="contact")


@pytest.mark.parametrize(("score", "taken"), [(0, True), (1, True), (-0.01, False), (1.01, False)])
def test_a_score_is_between_0_and_1(record, score, taken):
    assert candidate(record, score=score) is taken


@pytest.mark.parametrize(("band", "taken"), [("certain", True), ("likely", True), ("possible", True), ("sure", False)])
def test_a_band_is_one_of_three(record, band, taken):
    assert candidate(record, band=band) is taken


@pytest.mark.parametrize("kind", ["prospect", "contact", "staged"])
def test_a_candidate_s_kind_is_one_of_three(record, kind):
    assert candidate(record, candidate_kind=kind)
    assert not candidate(record, candidate_kind=f"{kind}s")


def test_nobody_is_their_own_duplicate(record):
    assert not candidate(record, candidate_kind="staged", candidate_id=record.pk)


def test_candidates_go_with_their_record(record):
    candidate(record)
    record.delete()
    assert not MatchCandidate.objects.exists()


def test_a_lookup_key_is_kept_once_for_a_person():
    row = {"scope": 1, "value": 2, "person_id": uuid.uuid4()}
    assert not refused(LookupKey, **row)
    assert refused(LookupKey, **row)
