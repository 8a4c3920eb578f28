"""Several records decided together: one person is left with the calls of all, and every step can be taken back."""

import random
import uuid
from typing import Any

import pytest
from django.db.models.signals import post_save

from calls.models import SalesCall
from imports.deciding import review
from imports.deciding.decisions import latest_of, standing
from imports.deciding.groups import group_of
from imports.deciding.together import Chosen, decide_together
from imports.models import MatchCandidate, ReviewDecision, StagedCall, StagedRecord
from imports.tests.group_cast import DANA, are_alike, records_of_dana
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_client_location, a_record, an_error
from imports.tests.test_review_races import at_once, two_reviewers  # noqa: F401
from imports.tests.test_undo_any_order import tables
from imports.undoing import undo
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(db: Any) -> SalesProspect:
    return SalesProspect.objects.create(**{**DANA, "contact_email": "", "contact_title": "Clerk"})


@pytest.fixture
def kim(db: Any) -> SalesProspect:
    """Somebody whom nobody else resembles."""
    return SalesProspect.objects.create(contact_last_name="Kim")


def chosen(*records: StagedRecord, leading: Any = None, person: Any = None, **values: Any) -> Chosen:
    leads = leading or person or records[0]
    return Chosen([record.pk for record in records], leads.pk, person.pk if person else None, **values)


def decided(records: Any) -> set[Any]:
    rows = StagedRecord.objects.filter(pk__in=[record.pk for record in records])
    return set(rows.values_list("status", "decision"))


# ---------------------------------------------------------------- what is decided


def test_three_records_of_nobody_known_become_one_new_person_with_the_calls_of_all(batch, reviewer):
    records = records_of_dana(batch)
    for record in records:
        a_call(record)
    done = decide_together(chosen(*records), reviewer)
    prospect = SalesProspect.objects.get()
    assert {record.imported_prospect for record in StagedRecord.objects.all()} == {prospect}
    assert (done.person, done.calls_added, len(done.also_decided)) == (prospect, 3, 2)
    assert SalesCall.objects.filter(prospect=prospect).count() == 3
    assert prospect.dial_attempts == 3
    assert sorted(standing().values_list("decision", flat=True)) == ["merge", "merge", "new"]


def test_counts_of_calls_survive_a_merge_of_a_record_without_calls(batch, reviewer):
    first, second, third = records_of_dana(batch)
    a_call(first)
    decide_together(chosen(first, second, third), reviewer)
    assert SalesProspect.objects.get().dial_attempts == 1


def test_so_they_do_when_two_are_approved_as_one_on_the_page_of_the_one_without(batch, reviewer):
    record, twin = records_of_dana(batch, 2)
    a_call(twin)
    review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk)
    assert SalesProspect.objects.get().dial_attempts == 1


def test_records_are_merged_into_whom_the_portal_has_and_their_values_stay(batch, reviewer, known):
    records = records_of_dana(batch, 2, contact_title="Partner")
    for record in records:
        a_candidate(record, known)
    done = decide_together(chosen(*records, person=known), reviewer)
    known.refresh_from_db()
    assert (done.person, SalesProspect.objects.count()) == (known, 1)
    assert (known.contact_title, known.contact_email) == ("Clerk", DANA["contact_email"])
    assert decided(records) == {("imported", "merge")}
    assert {(one.candidate_kind, one.candidate_id, one.band) for one in standing()} == {
        ("prospect", known.pk, "certain")
    }


def test_the_leading_record_is_kept_where_they_differ_and_the_newest_fills_what_it_lacks(batch, reviewer):
    oldest = a_record(batch, **DANA, contact_title="Clerk", contact_linkedin="https://linkedin.com/in/old")
    leading = a_record(batch, **{**DANA, "contact_email": "dana@pratt.example"})
    newest = a_record(batch, **DANA, contact_title="Partner")
    decide_together(chosen(newest, oldest, leading, leading=leading), reviewer)
    dana = SalesProspect.objects.get()
    assert dana.contact_email == "dana@pratt.example"
    assert dana.contact_title == "Partner", "the newest that has one"
    assert dana.contact_linkedin == "https://linkedin.com/in/old", "nothing full gives way to something empty"


def test_a_record_may_lead_before_whom_the_portal_has(batch, reviewer, known):
    records = records_of_dana(batch, 2, contact_title="Partner")
    decide_together(chosen(*records, person=known, leading=records[1]), reviewer)
    known.refresh_from_db()
    assert known.contact_title == "Partner"
    assert known.ghl_contact_id == records[1].ghl_contact_id


def test_a_record_that_was_taken_out_waits_as_before(batch, reviewer):
    first, second, out = records_of_dana(batch)
    a_call(out)
    decide_together(chosen(first, second), reviewer)
    assert decided([out]) == {("pending", "")}
    assert not SalesCall.objects.exists()


def test_the_records_of_a_client_become_that_clients_contact(reviewer):
    location = a_client_location()
    decide_together(chosen(*records_of_dana(a_batch(location))), reviewer)
    assert Contact.objects.get().client == location.client
    assert not SalesProspect.objects.exists()


def test_after_a_twin_was_approved_the_others_join_whom_it_became(batch, reviewer):
    first, *others = records_of_dana(batch)
    person = review.approve_as_new(first.pk, reviewer).person
    decide_together(chosen(*others, person=person), reviewer)
    assert SalesProspect.objects.get() == person


# ---------------------------------------------------------------- what is refused, and leaves everything as it was


def refused(what: Chosen, reviewer: Any, kind: type[Exception] = review.DecisionRefusedError) -> str:
    before = tables()
    with pytest.raises(kind) as told:
        decide_together(what, reviewer)
    assert {**tables(), "keys": None} == {**before, "keys": None}
    return str(told.value)


def test_when_one_was_decided_meanwhile_it_is_named_and_nothing_is_decided(batch, reviewer, admin_user):
    first, second, third = records_of_dana(batch)
    StagedRecord.objects.filter(pk=second.pk).update(contact_first_name="Danielle")
    review.reject(second.pk, admin_user)
    words = refused(chosen(first, second, third), reviewer, review.AlreadyDecidedError)
    assert "Danielle Reyes, Reyes & Pratt has been decided about already: rejected by admin." in words
    assert "Nothing was decided about the others." in words


def test_a_record_of_another_location_or_with_an_error_is_not_taken_along(batch, reviewer):
    first, second = records_of_dana(batch, 2)
    elsewhere = a_record(a_batch(a_client_location()), **DANA)
    assert "several locations" in refused(chosen(first, elsewhere), reviewer)
    assert "cannot be imported" in refused(chosen(first, second, an_error(batch)), reviewer)


def test_nobody_is_made_whom_the_portal_has_unknown_to_the_reviewer(batch, reviewer, kim):
    first, second, third = records_of_dana(batch)
    a_candidate(third, kim)
    assert "resembles Kim, who is in the portal" in refused(chosen(first, second, third), reviewer)
    decide_together(chosen(first, second, third, shown=[kim.pk]), reviewer)
    assert SalesProspect.objects.count() == 2, "the reviewer was told, and took them out"


def test_one_ghl_contact_is_one_person_however_it_is_decided(batch, reviewer, kim):
    first, second, third = records_of_dana(batch)
    SalesProspect.objects.update(ghl_contact_id="ofKim", ghl_location_id=batch.integration.location_id)
    earlier = a_record(a_batch(batch.integration), ghl_contact_id=third.ghl_contact_id)
    review.merge(earlier.pk, reviewer, kind="prospect", candidate_id=kim.pk)
    assert "is in the portal already, as" in refused(chosen(first, second, third), reviewer)


def test_somebody_who_came_into_the_portal_meanwhile_is_shown_first(batch, reviewer):
    records = records_of_dana(batch)
    newcomer = SalesProspect.objects.create(**DANA)
    with pytest.raises(review.SomebodyNewError, match="came into the portal"):
        decide_together(chosen(*records), reviewer)
    records[0].refresh_from_db()
    assert SalesProspect.objects.count() == 1
    found = [group_of(record, lambda: None) for record in StagedRecord.objects.select_related("batch__integration")]
    assert newcomer in [one.person for one in found if one]


def test_nonsense_is_refused_in_words(batch, reviewer, kim):
    first, second = records_of_dana(batch, 2)
    assert "Too few are left" in refused(chosen(first), reviewer)
    assert "Too few are left" in refused(Chosen([], kim.pk, kim.pk), reviewer)
    assert "was taken out" in refused(chosen(first, second, leading=kim), reviewer)
    gone = Chosen([first.pk, uuid.uuid4()], first.pk)
    assert "no longer there" in refused(gone, reviewer)


def test_what_breaks_in_the_middle_leaves_nothing_half_decided(batch, reviewer):
    records = records_of_dana(batch)
    before = tables()

    def breaks(**about: Any) -> None:
        if ReviewDecision.objects.count() == 2:
            raise RuntimeError("The disk is full.")

    post_save.connect(breaks, sender=ReviewDecision)
    try:
        with pytest.raises(RuntimeError):
            decide_together(chosen(*records), reviewer)
    finally:
        post_save.disconnect(breaks, sender=ReviewDecision)
    assert not ReviewDecision.objects.exists()
    assert {**tables(), "keys": None} == {**before, "keys": None}


# ---------------------------------------------------------------- undo


def test_one_undo_takes_all_of_it_back(batch, reviewer, known):
    records = records_of_dana(batch)
    for record in records:
        a_candidate(record, known)
        a_call(record)
    before = tables()
    decide_together(chosen(*records, person=known), reviewer)
    leading = latest_of(reviewer)
    assert leading is not None
    undone = undo.undo(leading.pk, reviewer)
    assert {record.pk for record in undone.records} == {record.pk for record in records}
    assert tables() == before


def test_one_of_them_is_undone_by_itself(batch, reviewer):
    first, second, third = records_of_dana(batch)
    call = a_call(third)
    decide_together(chosen(first, second, third), reviewer)
    undo.undo(standing().get(staged_record=third).pk, reviewer)
    assert decided([third]) == {("pending", "")}
    assert decided([first, second]) == {("imported", "new"), ("imported", "merge")}
    assert StagedCall.objects.get(pk=call.pk).recorded_at is None
    assert SalesProspect.objects.count() == 1


@pytest.mark.parametrize("seed", range(6))
def test_undone_in_any_order_the_tables_are_as_at_the_start(batch, reviewer, known, seed):
    order = random.Random(seed)  # noqa: S311
    records = [
        a_record(batch, **DANA, contact_title=title, tags=[title or "none"]) for title in ("Partner", "", "Counsel", "")
    ]
    for number, record in enumerate(records):
        a_call(record)
        for other in records[:number]:
            are_alike(record, other)
        a_candidate(record, known)
    before = tables()
    person = known if seed % 2 else None
    leading = order.choice(records)
    decide_together(chosen(*records, person=person, leading=leading, shown=[known.pk]), reviewer)
    while decisions := list(standing()):
        undo.undo(order.choice(decisions).pk, reviewer)
    after = tables()
    assert after == before
    assert not ReviewDecision.objects.filter(undone_at__isnull=True).exists()
    assert MatchCandidate.objects.exists()


# ---------------------------------------------------------------- two reviewers at once


@pytest.mark.django_db(transaction=True)
def test_two_reviewers_who_decide_one_group_at_once_make_one_person_and_the_second_is_told(two_reviewers, integration):  # noqa: F811
    records = records_of_dana(a_batch(integration))
    results = at_once(*(lambda who=who: decide_together(chosen(*records), who) for who in two_reviewers))
    told = [one for one in results if isinstance(one, review.AlreadyDecidedError)]
    assert [type(one) for one in results if one not in told] == [review.Decided]
    winner = StagedRecord.objects.values_list("reviewed_by__username", flat=True).distinct().get()
    assert f"by {winner}" in str(told[0])
    assert SalesProspect.objects.count() == 1
    assert ReviewDecision.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_group_and_a_single_decision_at_once_leave_one_of_the_two(two_reviewers, integration):  # noqa: F811
    records = records_of_dana(a_batch(integration))
    rita, rolf = two_reviewers
    group, single = at_once(lambda: decide_together(chosen(*records), rita), lambda: review.reject(records[2].pk, rolf))
    assert isinstance(group, review.AlreadyDecidedError) != isinstance(single, review.AlreadyDecidedError)
    statuses = sorted(StagedRecord.objects.values_list("status", flat=True))
    assert statuses == (["imported"] * 3 if isinstance(group, review.Decided) else ["pending", "pending", "rejected"])
