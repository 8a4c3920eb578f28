"""What an undo does to the calls that came along, and to those that came in since."""

from django.utils import timezone

from calls.models import SalesCall
from calls.summary_models import CallSummary
from imports.deciding import review
from imports.models import StagedCall
from imports.tests.review_cast import a_batch, a_call, a_record, merged
from imports.undoing import undo
from prospects.models import SalesProspect


def test_calls_that_came_in_since_become_an_unknown_callers_and_are_found_again(batch, reviewer):
    record = a_record(batch)
    made = review.approve_as_new(record.pk, reviewer)
    about = {"integration": batch.integration, "external_call_id": "live", "ghl_contact_id": record.ghl_contact_id}
    call = SalesCall.objects.create(prospect=made.person, notes="Call me in June", **about)
    undo.undo(made.decision.pk, reviewer)
    call.refresh_from_db()
    assert (call.prospect, call.notes) == (None, "Call me in June")
    again = review.approve_as_new(record.pk, reviewer).person
    call.refresh_from_db(), again.refresh_from_db()
    assert (call.prospect, again.dial_attempts) == (again, 1)


def test_calls_that_came_in_since_a_merge_leave_the_person_with_it(batch, reviewer, known):
    record = a_record(batch)
    decision = merged(record, known, reviewer)
    about = {"integration": batch.integration, "external_call_id": "live", "ghl_contact_id": record.ghl_contact_id}
    call = SalesCall.objects.create(prospect=known, direction="outbound", **about)
    undo.undo(decision.pk, reviewer)
    call.refresh_from_db(), known.refresh_from_db()
    assert (call.prospect, known.dial_attempts) == (None, 0)


def test_a_call_that_was_unknown_before_is_unknown_again_and_keeps_what_was_entered(batch, reviewer):
    record = a_record(batch)
    call = SalesCall.objects.create(
        integration=batch.integration, external_call_id="m", ghl_contact_id=record.ghl_contact_id
    )
    made = review.approve_as_new(record.pk, reviewer)
    SalesCall.objects.update(notes="Nice", disposition="Callback Requested", disposition_source="bdr")
    undo.undo(made.decision.pk, reviewer)
    call.refresh_from_db()
    assert (call.prospect, call.notes, call.disposition) == (None, "Nice", "Callback Requested")


def test_a_call_from_the_history_that_somebody_wrote_to_is_not_deleted(batch, reviewer):
    record = a_record(batch)
    a_call(record)
    made = review.approve_as_new(record.pk, reviewer)
    SalesCall.objects.update(notes="Nice", updated_at=timezone.now())
    undo.undo(made.decision.pk, reviewer)
    assert (SalesCall.objects.get().prospect, SalesCall.objects.get().notes) == (None, "Nice")
    assert review.approve_as_new(record.pk, reviewer).calls_added == 1


def test_a_call_from_the_history_that_was_summarized_since_is_not_deleted_with_its_summary(batch, reviewer):
    record = a_record(batch)
    a_call(record)
    made = review.approve_as_new(record.pk, reviewer)
    call = SalesCall.objects.get()
    about = {"transcript_digest": "d", "prompt_version": "1", "next_at": timezone.now()}
    CallSummary.objects.create(sales_call=call, **about)
    undo.undo(made.decision.pk, reviewer)
    assert CallSummary.objects.get().sales_call == call


def test_the_calls_of_a_contact_stay_while_another_decision_about_it_stands(batch, reviewer, known):
    first = a_record(batch)
    a_call(first)
    one = merged(first, known, reviewer)
    same = a_record(a_batch(batch.integration), ghl_contact_id=first.ghl_contact_id)
    two = merged(same, known, reviewer)
    undo.undo(one.pk, reviewer)
    assert SalesCall.objects.get().prospect == known
    undo.undo(two.pk, reviewer)
    assert not SalesCall.objects.exists()
    assert StagedCall.objects.get().recorded_at is None


def test_a_call_that_was_somebody_elses_goes_back_to_them(batch, reviewer, known):
    record = a_record(batch)
    staged = a_call(record)
    owner = SalesProspect.objects.create(contact_last_name="Owner")
    call = SalesCall.objects.create(
        integration=batch.integration, external_call_id=staged.external_call_id, prospect=owner, direction="outbound"
    )
    decision = merged(record, known, reviewer)
    call.refresh_from_db()
    assert call.prospect == known
    undo.undo(decision.pk, reviewer)
    call.refresh_from_db(), owner.refresh_from_db(), known.refresh_from_db()
    assert (call.prospect, owner.dial_attempts, known.dial_attempts) == (owner, 1, 0)


def test_a_call_whose_owner_is_gone_becomes_an_unknown_callers(batch, reviewer, known):
    record = a_record(batch)
    staged = a_call(record)
    owner = SalesProspect.objects.create(contact_last_name="Owner")
    about = {"integration": batch.integration, "external_call_id": staged.external_call_id}
    call = SalesCall.objects.create(prospect=owner, **about)
    decision = merged(record, known, reviewer)
    owner.delete()
    undo.undo(decision.pk, reviewer)
    call.refresh_from_db()
    assert call.prospect is None
