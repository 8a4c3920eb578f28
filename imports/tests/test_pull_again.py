"""Pulling a location again: what is known is left in peace, what changed comes once, what was decided stays."""

import pytest

from calls.models import SalesCall
from imports.deciding import review
from imports.models import StagedCall, StagedRecord
from imports.pulling import batches
from imports.tests.pull_cast import LIST, SEARCH, pulled, staged
from prospects.models import SalesProspect


@pytest.fixture
def ada(ghl):
    return ghl.location.add_contact(first_name="Ada", last_name="Byron", email="ada@engines.example")


@pytest.fixture
def first(ghl, ada, location):
    """The first pull: Ada, and Ben with a call."""
    ben = ghl.location.add_contact(first_name="Ben", last_name="Mills", phone="+12025550143")
    ghl.location.add_call(ben.id, duration=40)
    return pulled(location)


def test_unchanged_contacts_are_not_staged_again(first, location):
    again = pulled(location)
    assert (again.contacts_read, again.contacts_staged, again.contacts_unchanged) == (2, 0, 2)
    assert (again.calls_read, again.status) == (1, "success")
    assert StagedRecord.objects.count() == 2
    assert StagedCall.objects.count() == 1


def test_a_contact_is_the_same_by_whichever_way_it_comes(ghl, first, location):
    ghl.faults.refuse(SEARCH)
    again = pulled(location)
    assert again.contacts_unchanged == 2
    assert ghl.journal.entries(LIST)


def test_a_changed_contact_that_nobody_decided_about_replaces_its_older_row(ghl, ada, first, location):
    ghl.location.change_contact(ada.id, company_name="Engines Ltd")
    again = pulled(location)
    old, new = staged(first)[ada.id], staged(again)[ada.id]
    assert (old.status, old.decision, old.reviewed_by) == ("skipped", "superseded", None)
    assert (new.status, new.firm_name, new.changes) == ("pending", "Engines Ltd", None)
    assert (again.contacts_staged, again.contacts_unchanged) == (1, 1)


@pytest.mark.parametrize("decide", [review.approve_as_new, review.skip, review.reject])
def test_a_changed_contact_that_was_decided_comes_back_as_a_change_of_it(ghl, ada, first, location, reviewer, decide):
    decided = decide(staged(first)[ada.id].pk, reviewer).record
    ghl.location.change_contact(ada.id, company_name="Engines Ltd")
    new = staged(pulled(location))[ada.id]
    decided.refresh_from_db()
    assert new.changes == decided
    assert decided.reviewed_by == reviewer
    assert decided.decision in ("new", "skip", "reject")


def test_a_change_that_changes_again_is_still_a_change_of_what_was_decided(ghl, ada, first, location, reviewer):
    decided = review.skip(staged(first)[ada.id].pk, reviewer).record
    for firm in ("Engines Ltd", "Engines Inc", "Engines GmbH"):
        ghl.location.change_contact(ada.id, company_name=firm)
        new = staged(pulled(location))[ada.id]
        assert (new.changes, new.firm_name) == (decided, firm)
    assert StagedRecord.objects.filter(ghl_contact_id=ada.id, status__in=StagedRecord.UNDECIDED).count() == 1


def test_a_reviewer_who_decides_while_the_pull_looks_is_not_overruled(ghl, ada, first, location, reviewer, monkeypatch):
    """The pull has read the row as undecided; the decision comes before it writes."""
    from imports.pulling import staging

    latest_records = staging.latest_records

    def then_somebody_decides(*args):
        latest = latest_records(*args)
        review.skip(staged(first)[ada.id].pk, reviewer)
        return latest

    monkeypatch.setattr(staging, "latest_records", then_somebody_decides)
    ghl.location.change_contact(ada.id, company_name="Engines Ltd")
    new = staged(pulled(location))[ada.id]
    decided = StagedRecord.objects.get(batch=first, ghl_contact_id=ada.id)
    assert (decided.decision, decided.reviewed_by, new.changes) == ("skip", reviewer, decided)


def test_what_was_decided_stays_decided_when_nothing_changed(ada, first, location, reviewer):
    review.reject(staged(first)[ada.id].pk, reviewer)
    assert pulled(location).contacts_staged == 0
    assert staged(first)[ada.id].status == "rejected"


def test_a_contact_that_ghl_deleted_keeps_its_row(ghl, ada, first, location):
    ghl.location.remove_contact(ada.id)
    assert pulled(location).contacts_read == 1
    assert staged(first)[ada.id].status == "pending"


def test_new_calls_of_known_people_are_recorded_at_once(ghl, ada, first, location, reviewer):
    person = review.approve_as_new(staged(first)[ada.id].pk, reviewer).person
    call = ghl.location.add_call(ada.id, duration=61, direction="inbound")
    pulled(location)
    recorded = SalesCall.objects.get(external_call_id=call.id)
    assert (recorded.prospect, recorded.duration, recorded.direction) == (person, 61, "inbound")


def test_calls_wait_for_the_decision_about_their_person(ghl, ada, first, location, reviewer):
    ghl.location.add_call(ada.id)
    again = pulled(location)
    assert SalesCall.objects.count() == 0
    assert review.approve_as_new(staged(first)[ada.id].pk, reviewer).calls_added == 1
    assert again.calls_read == 2


def test_a_call_that_changed_is_brought_up_to_date(ghl, ada, first, location, reviewer):
    """Exported while it rang; ended since."""
    call = ghl.location.add_call(ada.id, status="ringing")
    review.approve_as_new(staged(first)[ada.id].pk, reviewer)
    pulled(location)
    assert SalesCall.objects.get(external_call_id=call.id).call_status == "pending"
    ghl.location.change_call(call.id, status="completed", duration=77)
    pulled(location)
    recorded = SalesCall.objects.get(external_call_id=call.id)
    assert (recorded.call_status, recorded.duration) == ("completed", 77)
    assert StagedCall.objects.filter(external_call_id=call.id).count() == 1


def test_an_unchanged_call_is_not_written_again(ghl, ada, first, location, reviewer):
    call = ghl.location.add_call(ada.id)
    review.approve_as_new(staged(first)[ada.id].pk, reviewer)
    pulled(location)
    before = SalesCall.objects.get(external_call_id=call.id).updated_at
    pulled(location)
    assert SalesCall.objects.get(external_call_id=call.id).updated_at == before


def test_calls_of_nobody_we_know_are_kept(ghl, ada, first, location):
    call = ghl.location.add_call(ada.id)
    ghl.bend_answer = lambda path, body: [message.pop("contactId", None) for message in body.get("messages", ())]
    pulled(location)
    assert StagedCall.objects.get(external_call_id=call.id).ghl_contact_id == ""


def test_a_call_whose_contact_is_missing_for_once_stays_with_its_person(ghl, ada, first, location):
    call = ghl.location.add_call(ada.id)
    pulled(location)
    ghl.bend_answer = lambda path, body: [message.pop("contactId", None) for message in body.get("messages", ())]
    pulled(location)
    assert StagedCall.objects.get(external_call_id=call.id).ghl_contact_id == ada.id


def test_the_calls_of_a_client_location_go_to_its_contacts(ghl, ada, integration, reviewer):
    from calls.models import Call
    from integrations.models import Client

    integration.integration_type, integration.client = "client", Client.objects.create(name="Acme")
    integration.save()
    call = ghl.location.add_call(ada.id)
    batch = pulled(integration)
    person = review.approve_as_new(staged(batch)[ada.id].pk, reviewer).person
    assert Call.objects.get(external_call_id=call.id).contact == person
    assert SalesProspect.objects.count() == 0


def test_both_ways_of_reading_calls_come_to_the_same(ghl, ada, first, location):
    ghl.location.add_call(ada.id, duration=5)
    by_export = pulled(location)
    by_contact = pulled(location, strategy=batches.PER_CONTACT)
    assert by_export.calls_read == by_contact.calls_read == 2
    assert StagedCall.objects.count() == 2


def test_a_stand_in_half_way_stages_nobody_twice(crowd, location):
    crowd.faults.add(SEARCH, status=403, after=2, times=None)
    batch = pulled(location)
    assert (batch.status, batch.contacts_read, batch.contacts_staged) == ("success", 60, 60)
    assert batch.records.count() == 60


def test_a_stand_in_half_way_counts_unchanged_contacts_once(crowd, location):
    pulled(location)
    crowd.faults.add(SEARCH, status=403, after=2, times=None)
    again = pulled(location)
    assert (again.contacts_read, again.contacts_unchanged, again.contacts_staged) == (60, 60, 0)


def test_a_contact_refused_once_is_noted_until_its_calls_are_read(crowd, location):
    call = next(iter(crowd.location.messages.values()))
    messages = f"/conversations/{call.conversation_id}/messages"
    for status, errors in ((422, 1), (422, 1)):
        crowd.faults.add(messages, status=status)
        batch = pulled(location, strategy=batches.PER_CONTACT)
        assert (batch.status, batch.errors) == ("partial", errors)
        note = StagedCall.objects.exclude(error_message="").get()
        assert note.ghl_contact_id == call.contact_id
        assert "The calls of this contact could not be read" in note.error_message
    assert pulled(location, strategy=batches.PER_CONTACT).status == "success"
    assert not StagedCall.objects.exclude(error_message="").exists()


def test_such_a_note_goes_when_the_export_has_read_all_calls(crowd, location):
    call = next(iter(crowd.location.messages.values()))
    crowd.faults.add(f"/conversations/{call.conversation_id}/messages", status=422)
    assert pulled(location, strategy=batches.PER_CONTACT).errors == 1
    assert pulled(location).errors == 0
    assert not StagedCall.objects.exclude(error_message="").exists()
