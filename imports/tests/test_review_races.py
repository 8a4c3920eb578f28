"""Two reviewers at the same records at the same moment: one decides, the other is told, and nothing is done twice."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connections

from imports.deciding import review
from imports.models import StagedRecord
from imports.tests.review_cast import a_batch, a_call, a_record
from imports.undoing import undo
from prospects.models import SalesProspect


@pytest.fixture
def two_reviewers(shared_database: None) -> list[User]:
    return [User.objects.create_user(name) for name in ("rita", "rolf")]


def at_once(*decisions: Callable[[], Any]) -> list[Any]:
    """Runs the decisions in threads that start together. Gives each one's result, or the refusal it met."""
    barrier, results = threading.Barrier(len(decisions)), [None] * len(decisions)

    def run(number: int) -> None:
        barrier.wait()
        try:
            results[number] = decisions[number]()
        except (review.DecisionRefusedError, undo.UndoRefusedError) as refusal:
            results[number] = refusal
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(decisions))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return results


def test_two_reviewers_who_approve_one_record_make_one_prospect_and_the_second_is_told(two_reviewers, integration):
    record = a_record(a_batch(integration))
    a_call(record)
    results = at_once(*(lambda who=who: review.approve_as_new(record.pk, who) for who in two_reviewers))
    assert SalesProspect.objects.count() == 1
    told = [result for result in results if isinstance(result, review.AlreadyDecidedError)]
    assert [type(result) for result in results if result not in told] == [review.Decided]
    first = StagedRecord.objects.get().reviewed_by
    assert len(told) == 1
    assert f"approved as new by {first}" in str(told[0])


def test_two_reviewers_who_decide_differently_leave_one_decision(two_reviewers, integration):
    record = a_record(a_batch(integration))
    rita, rolf = two_reviewers
    results = at_once(lambda: review.approve_as_new(record.pk, rita), lambda: review.reject(record.pk, rolf))
    record.refresh_from_db()
    assert sum(isinstance(result, review.AlreadyDecidedError) for result in results) == 1
    assert SalesProspect.objects.count() == (record.decision == "new")


def test_two_reviewers_who_join_twins_from_both_ends_make_one_person(two_reviewers, integration):
    batch = a_batch(integration)
    one, two = a_record(batch), a_record(batch)
    rita, rolf = two_reviewers
    at_once(
        lambda: review.merge(one.pk, rita, kind="staged", candidate_id=two.pk),
        lambda: review.merge(two.pk, rolf, kind="staged", candidate_id=one.pk),
    )
    assert SalesProspect.objects.count() == 1
    assert set(StagedRecord.objects.values_list("imported_prospect", flat=True)) == {SalesProspect.objects.get().pk}


def test_two_records_of_one_ghl_contact_approved_at_once_make_one_prospect(two_reviewers, integration):
    old, new = (
        a_record(a_batch(integration), ghl_contact_id="oneContact", contact_email=f"{n}@x.example") for n in "ab"
    )
    rita, rolf = two_reviewers
    at_once(lambda: review.approve_as_new(old.pk, rita), lambda: review.approve_as_new(new.pk, rolf))
    assert SalesProspect.objects.count() == 1


def test_records_of_one_new_person_in_two_batches_approved_at_once_make_one_prospect(two_reviewers, integration):
    rita, rolf = two_reviewers
    for last_name in ("Voss", "Abernathy", "Quill", "Mbeki", "Irigoyen"):
        who = {
            "contact_first_name": "Thora",
            "contact_last_name": last_name,
            "contact_email": f"tv@{last_name}.example",
        }
        first, second = (a_record(a_batch(integration), **who).pk for _ in range(2))
        results = at_once(partial(review.approve_as_new, first, rita), partial(review.approve_as_new, second, rolf))
        assert SalesProspect.objects.filter(contact_last_name=last_name).count() == 1
        assert [type(one) for one in results if not isinstance(one, review.Decided)] == [review.SomebodyNewError]


def test_two_who_undo_one_decision_at_once_undo_it_once(two_reviewers, integration):
    rita, rolf = two_reviewers
    record = a_record(a_batch(integration))
    a_call(record)
    decision = review.approve_as_new(record.pk, rita).decision
    results = at_once(*(lambda who=who: undo.undo(decision.pk, who) for who in two_reviewers))
    assert sum(isinstance(result, undo.AlreadyUndoneError) for result in results) == 1
    assert sum(isinstance(result, undo.Undone) for result in results) == 1
    assert not SalesProspect.objects.exists()


def test_two_merges_of_one_person_undone_at_once_leave_the_person_as_before_both(two_reviewers, integration):
    rita, rolf = two_reviewers
    known = SalesProspect.objects.create(contact_last_name="Known")
    batch = a_batch(integration)
    decisions = [
        review.merge(a_record(batch).pk, rita, kind="prospect", candidate_id=known.pk).decision for _ in range(2)
    ]
    at_once(
        *(lambda one=one, who=who: undo.undo(one.pk, who) for one, who in zip(decisions, (rita, rolf), strict=True))
    )
    known.refresh_from_db()
    assert (known.contact_email, known.firm_name, known.ghl_contact_id) == ("", "", None)
    assert set(StagedRecord.objects.values_list("status", flat=True)) == {"pending"}
