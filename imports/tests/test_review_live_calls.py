"""What a decision does about calls that came in before it, and about what GHL says of the person afterwards."""

import pytest

from calls.models import SalesCall
from imports.deciding import review
from imports.models import ImportBatch, StagedRecord
from integrations.models import GHLIntegration
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def batch(integration: GHLIntegration) -> ImportBatch:
    return ImportBatch.objects.create(integration=integration, source="ghl")


def staged(batch: ImportBatch, **raw: object) -> StagedRecord:
    return StagedRecord.objects.create(
        batch=batch, record_key="c1", ghl_contact_id="c1", contact_first_name="Dana", contact_phone="+12025550143",
        raw_data={"id": "c1", **raw},
    )  # fmt: skip


def stranger_s_call(integration: GHLIntegration, **columns: str) -> SalesCall:
    about = {"external_call_id": "m1", "ghl_contact_id": "c1", "call_status": "no-answer", "direction": "outbound"}
    return SalesCall.objects.create(integration=integration, **about | columns)


def test_an_unknown_caller_s_calls_go_to_the_person_who_is_approved(batch, reviewer):
    call = stranger_s_call(batch.integration)
    decided = review.approve_as_new(staged(batch).pk, reviewer)
    call.refresh_from_db()
    assert (call.prospect, decided.calls_added, SalesProspect.objects.get().dial_attempts) == (decided.person, 1, 1)


def test_an_unknown_caller_s_calls_go_to_the_person_who_is_merged_into(batch, reviewer):
    call = stranger_s_call(batch.integration)
    dana = SalesProspect.objects.create(contact_first_name="Dana", ghl_contact_id="other", ghl_location_id="loc")
    review.merge(staged(batch).pk, reviewer, kind="prospect", candidate_id=dana.pk)
    call.refresh_from_db()
    assert call.prospect == dana


def test_a_person_from_a_file_gets_the_calls_of_their_number(batch, reviewer):
    call = stranger_s_call(batch.integration, ghl_contact_id="", to_number="+12025550143")
    record = staged(batch)
    ImportBatch.objects.update(source="csv", source_digest="d")
    StagedRecord.objects.update(ghl_contact_id="")
    review.approve_as_new(record.pk, reviewer)
    call.refresh_from_db()
    assert call.prospect is not None


@pytest.mark.parametrize("way", ["approve", "merge"])
def test_a_ban_on_calls_comes_along(batch, reviewer, way):
    record = staged(batch, dndSettings={"Call": {"status": "active"}})
    dana = SalesProspect.objects.create() if way == "merge" else None
    if dana:
        review.merge(record.pk, reviewer, kind="prospect", candidate_id=dana.pk)
    else:
        review.approve_as_new(record.pk, reviewer)
    assert SalesProspect.objects.get().do_not_call is True


def test_what_a_reviewer_kept_is_not_taken_for_ghl_s_word(batch, reviewer):
    """The person's phone stays; GHL's, which lost, is what a later delivery is compared with."""
    dana = SalesProspect.objects.create(contact_first_name="Dana", contact_phone="+12025550188")
    review.merge(staged(batch).pk, reviewer, kind="prospect", candidate_id=dana.pk)
    dana.refresh_from_db()
    assert (dana.contact_phone, dana.ghl_values["contact_phone"]) == ("+12025550188", "+12025550143")
