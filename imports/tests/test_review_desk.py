"""What the server does for the desk's script: answers in the background, one decision however often it comes, what
comes next; and the values that a reviewer corrects before a new person is made."""

import re
import uuid
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from imports.deciding import review
from imports.deciding.choices import Choices
from imports.matching.recheck import note_newcomers
from imports.models import ReviewDecision, StagedRecord
from imports.tests.review_cast import a_batch, a_candidate, a_record
from imports.tests.test_review_races import at_once
from imports.undoing import undo
from prospects.models import IDENTITY_COLUMNS, SalesProspect

JSON = {"Accept": "application/json"}


def url_of(record: StagedRecord, page: str = "change") -> str:
    return reverse(f"admin:imports_stagedrecord_{page}", args=[record.pk])


def send(page: Client, record: StagedRecord, decision: str, **form: Any) -> dict[str, Any]:
    """Sends a decision as the script does."""
    answer: dict[str, Any] = page.post(url_of(record, "decide"), {"decision": decision, **form}, headers=JSON).json()
    return answer


def corrected(record: StagedRecord, reviewer: Any, **choices: Any) -> review.Decided:
    return review.approve_as_new(record.pk, reviewer, choices=Choices.of(**choices))


# ---------------------------------------------------------------- answers in the background


def test_a_saved_decision_is_answered_with_words_its_undo_and_what_comes_next(page, batch):
    first, second = a_record(batch), a_record(batch)
    answer = send(page, first, "approve")
    person = SalesProspect.objects.get()
    assert f"{answer['words']}: {answer['name']}{answer['ending']}" == f"Approved as new: {person}."
    assert str(person.pk) in answer["url"]
    assert answer["next"].startswith(url_of(second))
    assert (answer["outcome"], answer["is_last"]) == ("saved", False)
    page.post(answer["undo"])
    assert not SalesProspect.objects.exists()
    assert "Approved as new" not in page.get(answer["next"]).content.decode(), "it was told in the background"


def test_after_the_last_decision_the_queue_says_what_was_done(page, batch):
    answer = send(page, a_record(batch), "skip")
    assert answer["is_last"]
    html = page.get(answer["next"]).content.decode()
    assert "Skipped" in html
    assert "That was the last one here." in html


def test_a_refused_decision_is_answered_with_the_reason(page, batch, admin_user):
    record = a_record(batch)
    review.reject(record.pk, admin_user)
    answer = send(page, record, "approve")
    assert answer["outcome"] == "refused"
    assert "rejected by admin" in answer["words"]


def test_a_value_that_cannot_be_kept_is_answered_as_one_to_mend(page, batch):
    record = a_record(batch)
    answer = send(page, record, "approve", side_contact_email="other", value_contact_email="ann at lee")
    assert answer["outcome"] == "unusable"
    assert "“ann at lee” is no e-mail address" in answer["words"]
    record.refresh_from_db()
    assert record.is_waiting


# ---------------------------------------------------------------- sent twice, done once


@pytest.mark.parametrize("decision", ["approve", "merge", "skip", "reject"])
def test_a_decision_that_is_sent_twice_is_done_once_and_answered_as_saved_both_times(page, batch, decision):
    known = SalesProspect.objects.create(contact_last_name="Known")
    record = a_record(batch)
    a_candidate(record, known)
    form = {"key": str(uuid.uuid4()), "candidate": f"prospect:{known.pk}"}
    first, again = (send(page, record, decision, **form) for _ in range(2))
    assert [first["outcome"], again["outcome"]] == ["saved", "saved"]
    assert (first["words"], first["name"], first["undo"]) == (again["words"], again["name"], again["undo"])
    assert ReviewDecision.objects.count() == 1


def test_a_decision_that_comes_twice_at_the_same_moment_is_answered_as_saved_both_times(
    shared_database, batch, reviewer
):
    record, form = a_record(batch), {"key": str(uuid.uuid4())}
    tabs = [Client(), Client()]
    for tab in tabs:
        tab.force_login(reviewer)
    answers = at_once(*(lambda tab=tab: send(tab, record, "approve", **form) for tab in tabs))
    assert [answer["outcome"] for answer in answers] == ["saved", "saved"]
    assert SalesProspect.objects.count() == 1


def test_a_decision_that_comes_again_after_it_was_undone_is_not_done_anew(page, batch, reviewer):
    record, key = a_record(batch), str(uuid.uuid4())
    send(page, record, "approve", key=key)
    undo.undo(uuid.UUID(key), reviewer)
    answer = send(page, record, "approve", key=key)
    assert answer["ending"] == " before, and undone since."
    assert answer["undo"] is None
    assert not SalesProspect.objects.exists()


def test_somebody_elses_key_proves_nothing(page, batch, admin_user):
    record, key = a_record(batch), uuid.uuid4()
    review.skip(record.pk, admin_user, key=key)
    assert send(page, record, "skip", key=str(key))["outcome"] == "refused"


def test_every_page_that_is_shown_has_a_key_of_its_own(page, batch):
    record = a_record(batch)
    keys = [re.findall(r'name="key" value="([^"]+)"', page.get(url_of(record)).content.decode()) for _ in range(2)]
    assert keys[0] != keys[1]
    assert [len(one) for one in keys] == [1, 1]


# ---------------------------------------------------------------- what comes next


def test_what_follows_leaves_out_those_that_are_being_decided(page, batch):
    first, second, third = (a_record(batch) for _ in range(3))
    asked = url_of(first, "following")
    assert page.get(asked).url.startswith(url_of(second))
    assert page.get(asked, {"without": [second.pk]}).url.startswith(url_of(third))
    assert page.get(asked, {"without": [second.pk, third.pk, "nonsense"]}).status_code == 204
    assert page.get(url_of(third, "following")).url.startswith(url_of(first)), "none behind it, so the first one again"


def test_what_follows_is_under_the_same_filter(page, batch):
    other = a_batch(batch.integration)
    first, _, third = a_record(batch), a_record(other), a_record(batch)
    answer = page.get(url_of(first, "following"), {"_changelist_filters": f"batch={batch.pk}"})
    assert answer.url.startswith(url_of(third))
    assert f"batch%3D{batch.pk}" in answer.url


# ---------------------------------------------------------------- corrected before it is made


def test_a_new_person_gets_what_was_written_and_not_what_was_left_out(page, batch):
    record = a_record(batch, contact_title="Clerk", contact_linkedin="")
    form = {"side_contact_title": "other", "value_contact_title": "Counsel", "side_contact_phone": "ours"}
    form |= {"side_contact_linkedin": "other", "value_contact_linkedin": "linkedin.com/in/annlee"}
    send(page, record, "approve", side_firm_name="fill", **form)
    person = SalesProspect.objects.get()
    assert (person.contact_title, person.contact_phone) == ("Counsel", "")
    assert (person.contact_linkedin, person.firm_name) == ("linkedin.com/in/annlee", record.firm_name)
    assert person.ghl_values["contact_title"] == "Clerk", "what GHL says is no other for it"


def test_beside_a_candidate_only_what_was_written_counts_for_a_new_person(page, batch):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    record = a_record(batch)
    a_candidate(record, known)
    form = {"side_contact_phone": "ours", "side_contact_title": "other", "value_contact_title": "Counsel"}
    send(page, record, "approve", candidate=f"prospect:{known.pk}", **form)
    made = SalesProspect.objects.get(contact_last_name=record.contact_last_name)
    assert (made.contact_phone, made.contact_title) == (record.contact_phone, "Counsel")


def test_corrections_are_logged_and_in_the_persons_history(batch, reviewer):
    record = a_record(batch, contact_title="Clerk")
    decided = corrected(record, reviewer, written={"contact_title": "Counsel"}, keep=["contact_phone"])
    assert decided.decision.taken == ["contact_title"]
    assert decided.decision.offered["contact_title"] == "Counsel"
    assert "contact_phone" not in decided.decision.offered
    told = LogEntry.objects.get(object_id=decided.person.pk).change_message
    assert "Title: “Counsel” in place of “Clerk”, written by the reviewer." in told
    assert f"Phone: “{record.contact_phone}” left out by the reviewer." in told


@pytest.mark.parametrize("first_undone", [0, 1])
def test_corrections_are_replayed_by_an_undo(batch, reviewer, first_undone):
    made = corrected(
        a_record(batch, contact_title="Clerk"), reviewer, written={"contact_title": "Counsel"}, keep=["contact_phone"]
    )
    later = a_record(batch, contact_title="Partner")
    merged = review.merge(later.pk, reviewer, kind="prospect", candidate_id=made.person.pk)
    decisions = [made.decision, merged.decision]
    undo.undo(decisions[first_undone].pk, reviewer)
    person = SalesProspect.objects.get()
    left = ("Partner", later.contact_phone) if first_undone == 0 else ("Counsel", "")
    assert (person.contact_title, person.contact_phone) == left
    undo.undo(decisions[1 - first_undone].pk, reviewer)
    assert not SalesProspect.objects.exists()


def test_nobody_is_made_of_whom_nothing_is_left_to_tell_them_by(batch, reviewer):
    with pytest.raises(review.DecisionRefusedError, match="nothing to tell this person by"):
        corrected(a_record(batch), reviewer, keep=IDENTITY_COLUMNS)
    assert not SalesProspect.objects.exists()


def test_somebody_in_the_portal_whom_the_corrected_value_fits_is_shown_first(batch, reviewer):
    record = a_record(batch, contact_email="", contact_phone="")
    known = SalesProspect.objects.create(contact_last_name=record.contact_last_name, contact_email="ann@lee.example")
    assert not note_newcomers(record), "the last name alone is not enough"
    with pytest.raises(review.SomebodyNewError, match="likely the same person"):
        corrected(record, reviewer, written={"contact_email": "ann@lee.example"})
    assert record.candidates.get().candidate_id == known.pk
    assert corrected(record, reviewer, written={"contact_email": "ann@lee.example"}).person != known
