"""Undoing from the desk, the record's page and the decision's own, and the log of decisions as a list and a file."""

import csv
import io
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from imports.deciding import review
from imports.models import BulkRun, ReviewDecision, StagedRecord
from imports.tests.review_cast import a_candidate, a_record
from imports.undoing import undo
from prospects.models import SalesProspect

LOG = reverse("admin:imports_reviewdecision_changelist")
UNDO_LAST = reverse("admin:imports_reviewdecision_undo_last")


def url(decision: ReviewDecision, page: str = "change") -> str:
    return reverse(f"admin:imports_reviewdecision_{page}", args=[decision.pk])


def of_record(record: StagedRecord) -> str:
    return reverse("admin:imports_stagedrecord_change", args=[record.pk])


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_the_desk_has_a_key_that_undoes_what_was_decided_last(page, batch, reviewer):
    first, second = a_record(batch), a_record(batch)
    assert 'data-key="z"' not in page.get(of_record(first)).content.decode(), "nothing to undo yet"
    review.approve_as_new(first.pk, reviewer)
    html = page.get(of_record(second)).content.decode()
    assert 'data-key="z"' in html
    assert f"Approved as new: {first}" in html
    answer = page.post(UNDO_LAST)
    assert answer.url.startswith(of_record(first))
    assert f"Undone: {first}" in told(answer)
    assert not SalesProspect.objects.exists()


def test_only_ones_own_decisions_are_undone_by_that_key(page, batch, admin_user):
    record = a_record(batch)
    review.skip(record.pk, admin_user)
    assert "You have decided nothing" in told(page.post(UNDO_LAST))
    record.refresh_from_db()
    assert record.status == "skipped"


def test_a_bulk_run_is_not_undone_by_a_single_key(page, batch, reviewer):
    run = BulkRun.objects.create(decision="skip", started_by=reviewer)
    review.skip(a_record(batch).pk, reviewer, bulk_run=run)
    answer = page.post(UNDO_LAST)
    assert answer.url == reverse("admin:imports_bulkrun_change", args=[run.pk])
    assert ReviewDecision.objects.get().stands


def test_a_decided_record_is_undone_from_its_page(page, batch, admin_user):
    record = a_record(batch)
    decision = review.reject(record.pk, admin_user).decision
    assert url(decision, "undo") in page.get(of_record(record)).content.decode()
    page.post(url(decision, "undo"))
    record.refresh_from_db()
    assert record.is_waiting


def test_a_record_decided_before_the_log_says_that_it_cannot_be_undone(page, batch, reviewer):
    record = a_record(batch)
    review.skip(record.pk, reviewer).decision.delete()
    assert "cannot be undone" in page.get(of_record(record)).content.decode()


def test_where_something_is_to_choose_the_undo_leads_to_the_page_that_asks(page, batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    record = a_record(batch)
    decision = review.merge(
        record.pk, reviewer, kind="prospect", candidate_id=known.pk, take=["contact_phone"]
    ).decision
    SalesProspect.objects.update(contact_phone="+12125557777")
    assert page.post(UNDO_LAST).url.startswith(url(decision))
    assert ReviewDecision.objects.get().stands, "nothing is done before somebody chose"
    html = page.get(url(decision)).content.decode()
    assert "Keep today’s value: +12125557777" in html
    assert "Put back the old one: +12125550000" in html
    page.post(url(decision, "undo"), {"on_its_page": "yes", "for_contact_phone": "put_back"})
    known.refresh_from_db()
    assert known.contact_phone == "+12125550000"


def test_a_person_with_entries_is_kept_or_removed_as_was_chosen(page, batch, reviewer):
    decision = review.approve_as_new(a_record(batch).pk, reviewer).decision
    SalesProspect.objects.update(notes="Met in May")
    assert "Met in May" in page.get(url(decision)).content.decode()
    page.post(url(decision, "undo"), {"on_its_page": "yes", "person": "remove"})
    assert not SalesProspect.objects.exists()


def test_an_undone_decision_tells_who_undid_it_and_has_no_button(page, batch, reviewer, admin_user):
    decision = review.skip(a_record(batch).pk, reviewer).decision
    undo.undo(decision.pk, admin_user)
    html = page.get(url(decision)).content.decode()
    assert "<strong>Undone</strong> by admin" in html
    assert url(decision, "undo") not in html
    assert "undone already, by admin" in told(page.post(url(decision, "undo")))


def test_an_undo_is_posted_and_takes_the_right_to_review(client, batch, reviewer, django_user_model):
    from django.contrib.auth.models import Permission

    decision = review.skip(a_record(batch).pk, reviewer).decision
    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_reviewdecision"))
    client.force_login(onlooker)
    for address in (url(decision, "undo"), UNDO_LAST):
        assert client.get(address).status_code == 405
        assert client.post(address).status_code == 403
    assert ReviewDecision.objects.get().stands


@pytest.mark.parametrize("unknown", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_decision_leads_back_to_the_log(page, unknown):
    assert page.get(reverse("admin:imports_reviewdecision_change", args=[unknown])).url == LOG


def test_the_log_lists_and_exports_who_decided_what_on_which_evidence(page, batch, reviewer, admin_user):
    known = SalesProspect.objects.create(contact_last_name="Known")
    record = a_record(batch, contact_last_name="=HYPERLINK(1)", contact_first_name="")
    a_candidate(record, known)
    review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk)
    undo.undo(review.skip(a_record(batch).pk, admin_user).decision.pk, reviewer)
    assert "Certain 99.5" in page.get(LOG).content.decode()
    answer = page.get(reverse("admin:imports_reviewdecision_export"), {"decision__exact": "merge"})
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["reviewer"], row["decision"], row["score"], row["band"]) == ("reviewer", "Merged", "0.9950", "certain")
    assert row["reasons"].startswith("Same e-mail address: ann@lee.example (+12.4); Different titles")
    assert row["record"].startswith("'="), "no spreadsheet runs what a record is called"


def test_the_log_asks_the_database_no_more_often_for_many_than_for_few(
    page, batch, reviewer, django_assert_max_num_queries
):
    for _ in range(30):
        review.skip(a_record(batch).pk, reviewer)
    with django_assert_max_num_queries(15):
        page.get(LOG)
