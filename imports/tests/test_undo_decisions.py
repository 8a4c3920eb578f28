"""What an undo does to the person and the record, and what it leaves alone and says."""

import pytest
from django.contrib.admin.models import LogEntry
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.models import SalesCall
from imports.deciding import review
from imports.deciding.decisions import latest_of, standing_of
from imports.matching import lookup
from imports.matching.identities import identity_of_person
from imports.models import LookupKey, ReviewDecision, StagedCall, StagedRecord
from imports.side import Side
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_client_location, a_record, merged
from imports.undoing import undo
from imports.undoing.undo_plan import plan_of
from prospects.models import Contact, SalesProspect


def test_a_decision_is_logged_with_who_when_and_what_was_known_then(batch, reviewer, known):
    record = a_record(batch)
    a_candidate(record, known, score=0.97, band="likely")
    decision = merged(record, known, reviewer)
    record.candidates.all().delete()
    decision.refresh_from_db()
    assert (decision.reviewer, decision.score, decision.band) == (reviewer, 0.97, "likely")
    assert decision.reasons[0]["words"] == "Same e-mail address: ann@lee.example"
    assert decision.before["contact_email"] == ""
    assert decision.after["contact_email"] == record.contact_email


def test_an_undone_approval_takes_the_person_away_and_the_record_waits_again(batch, reviewer):
    record = a_record(batch)
    a_call(record)
    decision = review.approve_as_new(record.pk, reviewer).decision
    undo.undo(decision.pk, reviewer)
    record.refresh_from_db()
    assert (record.status, record.decision, record.reviewed_by, record.imported_prospect) == ("pending", "", None, None)
    assert not SalesProspect.objects.exists()
    assert not SalesCall.objects.exists()
    assert StagedCall.objects.get().recorded_at is None
    assert not LookupKey.objects.exists()


def test_an_undone_record_can_be_decided_again(batch, reviewer):
    record = a_record(batch)
    a_call(record)
    undo.undo(review.approve_as_new(record.pk, reviewer).decision.pk, reviewer)
    again = review.approve_as_new(record.pk, reviewer)
    assert again.calls_added == 1
    undo.undo(again.decision.pk, reviewer)
    assert not SalesProspect.objects.exists()


def test_an_undone_approval_of_a_client_takes_the_contact_away(reviewer):
    record = a_record(a_batch(a_client_location()))
    a_call(record)
    undo.undo(review.approve_as_new(record.pk, reviewer).decision.pk, reviewer)
    assert not Contact.objects.exists()


def test_an_undone_merge_gives_every_field_back_its_value_and_keys_follow(batch, reviewer, known):
    before = SalesProspect.objects.filter(pk=known.pk).values().get()
    record = a_record(batch, tags=["new"], raw_data={"id": "c", "dndSettings": {"Call": {"status": "active"}}})
    decision = merged(record, known, reviewer, "contact_phone")
    side = Side.of(batch)
    lookup.refresh(side.name, side.people, identity_of_person, lambda: None)
    undo.undo(decision.pk, reviewer)
    known.refresh_from_db()
    after = SalesProspect.objects.filter(pk=known.pk).values().get()
    changes = {name for name in after if after[name] != before[name]}
    assert changes <= {"updated_at", "keys_made_at", "calls_counted_at"}
    assert known.updated_at > known.keys_made_at, "who has other values is found by other keys"


@pytest.mark.parametrize("first", [0, 1])
def test_of_two_merges_the_earlier_undone_does_not_bring_its_value_back_over_the_later(batch, reviewer, known, first):
    decisions = [
        merged(a_record(batch, contact_phone=f"+1212555999{number}"), known, reviewer, "contact_phone")
        for number in (1, 2)
    ]
    undo.undo(decisions[first].pk, reviewer)
    known.refresh_from_db()
    assert known.contact_phone == ("+12125559992" if first == 0 else "+12125559991")
    undo.undo(decisions[1 - first].pk, reviewer)
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_email, known.tags) == ("+12125550000", "", "old; big")


def test_a_field_changed_since_is_kept_and_shown_as_a_conflict(batch, reviewer, known):
    decision = merged(a_record(batch), known, reviewer, "contact_phone")
    SalesProspect.objects.filter(pk=known.pk).update(contact_phone="+12125557777")
    plan = plan_of(decision)
    assert [(one.column, one.today, one.old) for one in plan.conflicts] == [
        ("contact_phone", "+12125557777", "+12125550000")
    ]
    words = undo.undo(decision.pk, reviewer).words
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_email) == ("+12125557777", "")
    assert words == "Kept as changed since: Phone."


def test_a_field_changed_since_goes_back_where_that_was_chosen(batch, reviewer, known):
    first = merged(a_record(batch), known, reviewer, "contact_phone")
    SalesProspect.objects.filter(pk=known.pk).update(contact_phone="+12125557777")
    second = merged(a_record(batch, contact_title="Partner"), known, reviewer)
    undo.undo(first.pk, reviewer, put_back=["contact_phone"])
    undo.undo(second.pk, reviewer)
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_title) == ("+12125550000", "")


def test_what_changed_before_a_later_merge_comes_back_when_that_is_undone(batch, reviewer, known):
    first = merged(a_record(batch), known, reviewer, "contact_phone")
    SalesProspect.objects.filter(pk=known.pk).update(contact_phone="+12125557777")
    second = merged(a_record(batch), known, reviewer, "contact_phone")
    undo.undo(first.pk, reviewer), undo.undo(second.pk, reviewer)
    known.refresh_from_db()
    assert known.contact_phone == "+12125557777"


def test_a_tag_that_others_added_stays_and_one_that_the_merge_brought_goes(batch, reviewer, known):
    decision = merged(a_record(batch, tags=["new"]), known, reviewer)
    known.refresh_from_db()
    known.tags = [*known.tags, "entered"]
    known.save()
    undo.undo(decision.pk, reviewer)
    known.refresh_from_db()
    assert known.tags == ["old", "big", "entered"]


def test_a_person_into_whom_others_were_merged_stays_as_those_would_have_made_them(batch, reviewer):
    founder, other = a_record(batch, tags=["a"]), a_record(batch, contact_title="Partner", tags=["b"])
    made = review.approve_as_new(founder.pk, reviewer)
    second = merged(other, made.person, reviewer)
    assert "stays in the portal" in " ".join(plan_of(made.decision).remains)
    undo.undo(made.decision.pk, reviewer)
    person = SalesProspect.objects.get()
    assert (person.contact_email, person.contact_title, person.tags) == (other.contact_email, "Partner", ["b"])
    assert person.ghl_contact_id == other.ghl_contact_id
    undo.undo(second.pk, reviewer)
    assert not SalesProspect.objects.exists()


def test_a_person_on_whom_something_was_entered_stays_unless_asked_otherwise(batch, reviewer):
    record = a_record(batch)
    made = review.approve_as_new(record.pk, reviewer)
    SalesProspect.objects.update(notes="Met in May", engagement_level="warm")
    plan = plan_of(made.decision)
    assert plan.asks
    assert [words.split(":")[0] for words in plan.reasons_to_keep] == ["Notes", "Engagement level"]
    words = undo.undo(made.decision.pk, reviewer).words
    record.refresh_from_db()
    assert record.is_waiting
    assert "Met in May" in words
    again = merged(record, SalesProspect.objects.get(), reviewer)
    undo.undo(again.pk, reviewer)
    assert SalesProspect.objects.get().notes == "Met in May", "nobody's making any more, so nobody's to take away"


def test_a_person_is_removed_with_what_was_entered_where_that_was_chosen(batch, reviewer):
    made = review.approve_as_new(a_record(batch).pk, reviewer)
    SalesProspect.objects.update(notes="Met in May")
    undo.undo(made.decision.pk, reviewer, remove_person=True)
    assert not SalesProspect.objects.exists()


def test_what_ghl_changed_on_a_person_is_no_reason_to_keep_them(batch, reviewer):
    made = review.approve_as_new(a_record(batch).pk, reviewer)
    SalesProspect.objects.update(contact_title="Chair", ghl_values={"contact_title": "Chair"})
    undo.undo(made.decision.pk, reviewer)
    assert not SalesProspect.objects.exists()


def test_a_person_who_was_pushed_to_ghl_since_stays_and_the_plan_says_so(integration, reviewer):
    batch = a_batch(integration, source="csv", source_digest="d")
    made = review.approve_as_new(a_record(batch, ghl_contact_id="").pk, reviewer)
    SalesProspect.objects.update(ghl_contact_id="pushed", ghl_location_id=integration.location_id)
    assert "as the contact pushed" in plan_of(made.decision).reasons_to_keep[0]
    undo.undo(made.decision.pk, reviewer)
    assert SalesProspect.objects.get().ghl_contact_id == "pushed"


def test_a_person_whom_an_older_decision_also_made_stays(batch, reviewer):
    made = review.approve_as_new(a_record(batch).pk, reviewer)
    before_the_log = a_record(batch)
    review.merge(before_the_log.pk, reviewer, kind="prospect", candidate_id=made.person.pk).decision.delete()
    assert standing_of(before_the_log) is None
    undo.undo(made.decision.pk, reviewer)
    assert SalesProspect.objects.count() == 1


def test_both_twins_that_were_approved_as_one_go_back_together(batch, reviewer):
    record, twin = a_record(batch), a_record(batch)
    decision = review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk).decision
    assert latest_of(reviewer) == decision
    done = undo.undo(decision.pk, reviewer)
    assert {one.pk for one in done.records} == {record.pk, twin.pk}
    assert set(StagedRecord.objects.values_list("status", flat=True)) == {"pending"}
    assert not SalesProspect.objects.exists()


def test_a_record_that_a_later_pull_renewed_does_not_wait_twice(batch, reviewer):
    record = a_record(batch, record_key="c")
    decision = review.skip(record.pk, reviewer).decision
    newer = a_record(a_batch(batch.integration), record_key="c", ghl_contact_id=record.ghl_contact_id, changes=record)
    assert "a later pull brought a newer version" in plan_of(decision).remains[0]
    undo.undo(decision.pk, reviewer)
    record.refresh_from_db(), newer.refresh_from_db()
    assert (record.decision, newer.changes, newer.is_waiting) == ("superseded", None, True)


def test_whoever_was_shown_the_person_that_goes_is_matched_anew(batch, reviewer):
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    first, second = a_record(batch, **same), a_record(batch, **same)
    made = review.approve_as_new(first.pk, reviewer)
    with pytest.raises(review.SomebodyNewError):
        review.approve_as_new(second.pk, reviewer)
    undo.undo(made.decision.pk, reviewer)
    second.refresh_from_db()
    assert (second.status, second.match_score, second.candidates.count()) == ("pending", None, 0)


def test_the_second_who_undoes_is_told_and_nothing_is_done_twice(batch, reviewer, admin_user):
    decision = review.reject(a_record(batch).pk, reviewer).decision
    undo.undo(decision.pk, admin_user)
    with pytest.raises(undo.AlreadyUndoneError, match="undone already, by admin"):
        undo.undo(decision.pk, reviewer)


def test_an_undo_is_in_the_admin_history_with_who_did_it(batch, reviewer, admin_user):
    record = a_record(batch)
    undo.undo(review.skip(record.pk, reviewer).decision.pk, admin_user)
    line = LogEntry.objects.filter(object_id=str(record.pk)).order_by("-pk")[0]
    assert (line.user, line.change_message) == (admin_user, "Undone: skipped.")


def test_an_undo_weeks_later_when_the_person_is_gone_gives_back_the_record(batch, reviewer, known):
    record = a_record(batch)
    decision = merged(record, known, reviewer)
    known.delete()
    assert "only the record" in undo_words(decision)
    undo.undo(decision.pk, reviewer)
    record.refresh_from_db()
    assert record.is_waiting


def undo_words(decision: ReviewDecision) -> str:
    return " ".join(plan_of(decision).remains)


def test_whom_only_a_second_look_found_because_of_the_merge_is_no_candidate_afterwards(batch, reviewer, known):
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    unnamed = SalesProspect.objects.create()
    decision = merged(a_record(batch, **same), unnamed, reviewer)
    second = a_record(batch, **same)
    with pytest.raises(review.SomebodyNewError):
        review.approve_as_new(second.pk, reviewer)
    undo.undo(decision.pk, reviewer)
    second.refresh_from_db()
    assert (second.status, second.matched_prospect, second.candidates.count()) == ("pending", None, 0)


def test_a_ban_on_calls_that_ghl_repeated_since_stays(batch, reviewer, known):
    record = a_record(batch, raw_data={"id": "c", "dndSettings": {"Call": {"status": "active"}}})
    decision = merged(record, known, reviewer)
    SalesProspect.objects.filter(pk=known.pk).update(do_not_call_told_at=timezone.now())
    undo.undo(decision.pk, reviewer)
    known.refresh_from_db()
    assert known.do_not_call is True


def test_a_link_to_ghl_that_somebody_else_has_by_now_is_not_taken_from_them(batch, reviewer, known):
    first, second = a_record(batch), a_record(batch)
    one = merged(first, known, reviewer)
    merged(second, known, reviewer)  # would be linked to its own contact, were it not for the first
    SalesProspect.objects.create(ghl_contact_id=second.ghl_contact_id, ghl_location_id=batch.integration.location_id)
    undo.undo(one.pk, reviewer)
    known.refresh_from_db()
    assert known.ghl_contact_id is None


def test_the_database_lets_one_decision_about_a_record_stand(batch, reviewer):
    record = a_record(batch)
    decision = review.skip(record.pk, reviewer).decision
    again = {"staged_record": record, "reviewer": reviewer, "decided_at": timezone.now(), "status_before": "pending"}
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewDecision.objects.create(decision="reject", **again)
    undo.undo(decision.pk, reviewer)
    ReviewDecision.objects.create(decision="reject", **again)


def test_a_record_set_aside_with_a_match_that_is_gone_comes_back_without_it(batch, reviewer):
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    first, second = a_record(batch, **same), a_record(batch, **same)
    made = review.approve_as_new(first.pk, reviewer)
    with pytest.raises(review.SomebodyNewError):
        review.approve_as_new(second.pk, reviewer)
    skipped = review.skip(second.pk, reviewer).decision
    undo.undo(made.decision.pk, reviewer), undo.undo(skipped.pk, reviewer)
    second.refresh_from_db()
    assert (second.status, second.match_score) == ("pending", None)
