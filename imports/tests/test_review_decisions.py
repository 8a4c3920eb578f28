"""What each decision does, and what it refuses to do."""

import uuid
from contextlib import suppress
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry

from calls.models import Call, SalesCall
from imports.deciding import review
from imports.matching.recheck import note_newcomers
from imports.models import StagedRecord
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_client_location, a_record, an_error
from prospects.models import Contact, SalesProspect


def test_an_approved_record_becomes_a_new_prospect_with_its_calls(batch, reviewer):
    record = a_record(batch, contact_title="Partner", tags=["ip", "texas"])
    a_call(record)
    decided = review.approve_as_new(record.pk, reviewer)
    prospect = SalesProspect.objects.get()
    assert (prospect.contact_email, prospect.contact_title) == (record.contact_email, "Partner")
    assert (prospect.engagement_level, prospect.source, prospect.tags) == ("new", batch.source_name, ["ip", "texas"])
    assert (prospect.ghl_contact_id, prospect.ghl_location_id) == (record.ghl_contact_id, batch.integration.location_id)
    assert (decided.calls_added, SalesCall.objects.get().prospect) == (1, prospect)


def test_an_approved_record_of_a_client_becomes_that_clients_contact(reviewer):
    location = a_client_location()
    record = a_record(a_batch(location))
    a_call(record)
    review.approve_as_new(record.pk, reviewer)
    assert Contact.objects.get().client == location.client
    assert Call.objects.get().contact == Contact.objects.get()
    assert not SalesProspect.objects.exists()


def test_a_row_of_a_file_brings_its_own_source_and_notes(integration, reviewer):
    batch = a_batch(integration, source="csv", source_digest="d", source_name="list.csv")
    record = a_record(batch, ghl_contact_id="", raw_data={"Source": "Conference", "Notes": "Met in May"})
    prospect = review.approve_as_new(record.pk, reviewer).person
    assert (prospect.source, prospect.notes, prospect.ghl_contact_id) == ("Conference", "Met in May", None)


def test_a_merge_fills_what_is_empty_and_keeps_what_is_there(batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000", tags=["old"])
    record = a_record(batch, tags=["new"])
    review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk)
    known.refresh_from_db()
    assert (known.contact_last_name, known.contact_phone) == ("Known", "+12125550000")
    assert (known.contact_email, known.firm_name, known.tags) == (
        record.contact_email,
        record.firm_name,
        ["old", "new"],
    )
    assert known.ghl_contact_id == record.ghl_contact_id
    assert SalesProspect.objects.count() == 1


def test_a_merge_takes_what_the_reviewer_ticked_and_the_history_keeps_the_old_value(batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    record = a_record(batch, contact_phone="+12125559999")
    review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk, take=["contact_phone", "source"])
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_last_name, known.source) == ("+12125559999", "Known", "")
    message = LogEntry.objects.get(object_id=str(known.pk)).change_message
    assert "“+12125559999” in place of “+12125550000”" in message


def test_an_empty_value_never_replaces_a_full_one(batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    record = a_record(batch, contact_phone="")
    review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk, take=["contact_phone"])
    known.refresh_from_db()
    assert known.contact_phone == "+12125550000"


def test_a_merge_leaves_a_person_linked_to_another_ghl_contact_linked_to_it(batch, reviewer):
    known = SalesProspect.objects.create(
        contact_last_name="Known", ghl_contact_id="first", ghl_location_id=batch.integration.location_id
    )
    review.merge(a_record(batch).pk, reviewer, kind="prospect", candidate_id=known.pk)
    known.refresh_from_db()
    assert known.ghl_contact_id == "first"


def test_two_records_of_a_batch_are_approved_as_one_person_with_the_calls_of_both(batch, reviewer):
    record, twin = a_record(batch), a_record(batch, contact_title="Partner")
    a_call(record), a_call(twin)
    decided = review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk)
    prospect = SalesProspect.objects.get()
    assert [also.pk for also in decided.also_decided] == [twin.pk]
    assert set(StagedRecord.objects.values_list("status", "imported_prospect")) == {("imported", prospect.pk)}
    assert SalesCall.objects.filter(prospect=prospect).count() == 2


def test_a_record_merges_into_whom_its_twin_became(batch, reviewer):
    record, twin = a_record(batch), a_record(batch)
    prospect = review.approve_as_new(twin.pk, reviewer).person
    assert review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk).person == prospect
    assert SalesProspect.objects.count() == 1


@pytest.mark.parametrize(("decide", "status"), [(review.skip, "skipped"), (review.reject, "rejected")])
def test_a_record_set_aside_makes_nobody_and_is_kept(batch, reviewer, decide, status):
    record = a_record(batch)
    decide(record.pk, reviewer)
    record.refresh_from_db()
    assert (record.status, record.reviewed_by) == (status, reviewer)
    assert record.reviewed_at is not None
    assert not SalesProspect.objects.exists()


@pytest.mark.parametrize("decide", [review.approve_as_new, review.skip, review.reject])
def test_a_decided_record_is_not_decided_again_and_the_second_reviewer_learns_who_did(
    batch, reviewer, admin_user, decide
):
    record = a_record(batch)
    review.skip(record.pk, reviewer)
    with pytest.raises(review.AlreadyDecidedError, match="skipped by reviewer"):
        decide(record.pk, admin_user)
    record.refresh_from_db()
    assert (record.decision, record.reviewed_by) == ("skip", reviewer)
    assert not SalesProspect.objects.exists()


def test_a_record_that_cannot_be_read_is_not_approved_but_can_be_skipped(batch, reviewer):
    record = an_error(batch)
    with pytest.raises(review.DecisionRefusedError, match="Nothing to tell this person by"):
        review.approve_as_new(record.pk, reviewer)
    assert not SalesProspect.objects.exists()
    review.skip(record.pk, reviewer)
    record.refresh_from_db()
    assert record.status == "skipped"


def test_a_ghl_contact_that_is_linked_to_somebody_does_not_become_a_second_person(batch, reviewer):
    record = a_record(batch, contact_email="other@nowhere.example")
    SalesProspect.objects.create(
        contact_last_name="Linked", ghl_contact_id=record.ghl_contact_id, ghl_location_id=batch.integration.location_id
    )
    _refused_once_shown(record, reviewer, "in the portal")
    assert SalesProspect.objects.count() == 1


def test_a_ghl_contact_that_was_merged_into_somebody_does_not_become_a_second_person(batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", ghl_contact_id="first", ghl_location_id="elsewhere")
    first = a_record(batch)
    review.merge(first.pk, reviewer, kind="prospect", candidate_id=known.pk)
    changed = a_record(
        a_batch(batch.integration), ghl_contact_id=first.ghl_contact_id, changes=first, contact_email="new@x.example"
    )
    _refused_once_shown(changed, reviewer, "in the portal already, as .*Known")
    assert SalesProspect.objects.count() == 1


def test_somebody_likely_who_came_since_the_comparison_is_shown_before_a_second_person_is_made(batch, reviewer):
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    record = a_record(batch, **same, contact_phone="+12125551234")
    came = SalesProspect.objects.create(**same, contact_phone="+12125551234")
    with pytest.raises(review.SomebodyNewError, match="Quill"):
        review.approve_as_new(record.pk, reviewer)
    record.refresh_from_db()
    assert (record.status, record.matched_prospect) == ("matched", came)
    assert record.candidates.get().candidate_id == came.pk
    review.approve_as_new(record.pk, reviewer)  # shown now, and decided all the same
    assert SalesProspect.objects.count() == 2


def test_whom_another_reviewer_just_made_of_a_record_is_no_newcomer_to_it(batch, reviewer):
    record = a_record(batch)
    review.approve_as_new(record.pk, reviewer)
    assert note_newcomers(StagedRecord.objects.get(pk=record.pk)) == []
    assert not record.candidates.exists()


def test_nobody_of_another_client_is_merged_into(reviewer):
    record = a_record(a_batch(a_client_location("One")))
    stranger = Contact.objects.create(client=a_client_location("Two").client, contact_last_name="Stranger")
    with pytest.raises(review.DecisionRefusedError, match="no longer there"):
        review.merge(record.pk, reviewer, kind="contact", candidate_id=stranger.pk)
    record.refresh_from_db()
    assert record.is_waiting


def test_a_person_who_is_gone_is_not_merged_into_and_the_record_waits_on(batch, reviewer):
    record = a_record(batch)
    with pytest.raises(review.DecisionRefusedError, match="no longer there"):
        review.merge(record.pk, reviewer, kind="prospect", candidate_id=uuid.uuid4())
    record.refresh_from_db()
    assert (record.decision, record.reviewed_by) == ("", None)
    assert not LogEntry.objects.exists()


def test_nobody_is_merged_into_a_twin_that_cannot_be_read_or_was_rejected(batch, reviewer):
    record, rejected, unreadable = a_record(batch), a_record(batch), an_error(batch)
    review.reject(rejected.pk, reviewer)
    for twin, why in ((rejected, "rejected"), (unreadable, "cannot be imported")):
        with pytest.raises(review.DecisionRefusedError, match=why):
            review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk)
    assert not SalesProspect.objects.exists()


def test_twins_are_not_made_anew_when_one_resembles_somebody_the_reviewer_was_not_shown(batch, reviewer):
    record, twin = a_record(batch), a_record(batch)
    a_candidate(record, twin), a_candidate(twin, SalesProspect.objects.create(contact_last_name="Known"))
    with pytest.raises(review.DecisionRefusedError, match="resembles Known"):
        review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk)
    assert SalesProspect.objects.count() == 1
    record.refresh_from_db()
    assert record.is_waiting


def test_twins_are_not_made_anew_when_somebody_likely_came_since_the_comparison(batch, reviewer):
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    record, twin = a_record(batch, **same), a_record(batch, **same)
    SalesProspect.objects.create(**same)
    with pytest.raises(review.SomebodyNewError):
        review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk)
    assert SalesProspect.objects.count() == 1


def test_every_decision_is_in_the_admin_history_with_its_reviewer(batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known")
    records = [a_record(batch) for _ in range(4)]
    review.approve_as_new(records[0].pk, reviewer)
    review.merge(records[1].pk, reviewer, kind="prospect", candidate_id=known.pk)
    review.skip(records[2].pk, reviewer)
    review.reject(records[3].pk, reviewer)
    lines = [LogEntry.objects.get(object_id=str(record.pk)) for record in records]
    assert {line.user for line in lines} == {reviewer}
    words = [line.change_message.split()[0].strip(".") for line in lines]
    assert words == ["Approved", "Merged", "Skipped", "Rejected"]


def test_a_batch_that_was_given_up_before_its_comparison_still_makes_nobody_twice(integration, reviewer):
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    batch = a_batch(integration, status="failed", error="Given up")
    first, second = a_record(batch, **same), a_record(batch, **same)
    review.approve_as_new(first.pk, reviewer)
    with pytest.raises(review.SomebodyNewError):
        review.approve_as_new(second.pk, reviewer)
    assert SalesProspect.objects.count() == 1


def _refused_once_shown(record: StagedRecord, reviewer: Any, why: str) -> None:
    """Where somebody likely was found just now, the reviewer is shown them first; asking again is what is refused."""
    with suppress(review.DecisionRefusedError):
        review.approve_as_new(record.pk, reviewer)
    with pytest.raises(review.DecisionRefusedError, match=why):
        review.approve_as_new(record.pk, reviewer)
