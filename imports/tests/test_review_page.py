"""The page where one record is decided: what it shows, what its buttons do, and where it leads next."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from imports.deciding import review
from imports.models import StagedRecord
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_record, an_error
from prospects.models import SalesProspect

QUEUE = reverse("admin:imports_stagedrecord_changelist")


def url_of(record: StagedRecord, filters: str = "") -> str:
    query = f"?{urlencode({'_changelist_filters': filters})}" if filters else ""
    return reverse("admin:imports_stagedrecord_change", args=[record.pk]) + query


def decide(page: Client, record: StagedRecord, decision: str, filters: str = "", **values: Any) -> Any:
    url = reverse("admin:imports_stagedrecord_decide", args=[record.pk])
    query = f"?{urlencode({'_changelist_filters': filters})}" if filters else ""
    return page.post(url + query, {"decision": decision, **values})


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def shown(page: Client, record: StagedRecord, filters: str = "") -> str:
    return page.get(url_of(record, filters)).content.decode()


def test_the_page_shows_the_record_beside_its_candidate_with_the_reasons(page, batch):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_title="Associate")
    record = a_record(batch, contact_title="Partner")
    a_candidate(record, known)
    html = shown(page, record)
    for words in (record.contact_email, "Known", "Certain 99.5 %", "Same e-mail address", "Different titles", "−1.7"):
        assert words in html


def test_the_page_marks_the_very_characters_that_differ(page, batch):
    known = SalesProspect.objects.create(contact_phone="+12125550100")
    record = a_record(batch, contact_phone="+12125550200")
    a_candidate(record, known)
    html = shown(page, record)
    assert "+12125550<mark>2</mark>00" in html
    assert "+12125550<mark>1</mark>00" in html


def test_the_page_shows_the_calls_with_their_duration_in_minutes(page, batch):
    record = a_record(batch)
    a_call(record)
    assert "2:05 min" in shown(page, record)


def test_the_page_warns_of_a_person_who_must_not_be_called(page, batch):
    record = a_record(batch, raw_data={"id": "x", "dndSettings": {"Call": {"status": "active"}}})
    assert "Do not call" in shown(page, record)


def test_a_change_of_a_decided_record_shows_what_changed_and_suggests_it(page, batch, reviewer):
    first = a_record(batch, contact_title="Associate")
    known = review.approve_as_new(first.pk, reviewer).person
    changed = a_record(
        a_batch(batch.integration), changes=first, contact_title="Partner", ghl_contact_id=first.ghl_contact_id
    )
    html = shown(page, changed)
    assert "<del>Associate</del> → <ins>Partner</ins>" in html
    assert 'name="side_contact_title" value="theirs" checked' in html
    assert f'value="prospect:{known.pk}"' in html, "whom the contact became is offered without any comparison"
    assert 'value="approve"' not in html, "one GHL contact is one person"


def test_a_decided_record_tells_who_decided_and_has_no_buttons(page, batch, reviewer):
    record = a_record(batch)
    review.approve_as_new(record.pk, reviewer)
    html = shown(page, record)
    assert "Approved as new" in html
    assert "by reviewer" in html
    assert 'name="decision"' not in html


def test_an_error_shows_its_reason_and_can_be_skipped_but_not_approved(page, batch):
    html = shown(page, an_error(batch))
    assert "Nothing to tell this person by." in html
    assert 'value="skip"' in html
    assert 'value="approve"' not in html


def test_approving_leads_to_the_next_waiting_record_with_a_link_to_whom_was_made(page, batch):
    first, second = a_record(batch), a_record(batch)
    answer = decide(page, first, "approve")
    prospect = SalesProspect.objects.get()
    assert answer.url.startswith(url_of(second))
    assert f"/admin/prospects/salesprospect/{prospect.pk}/change/" in told(answer)


def test_the_next_record_is_the_next_under_the_same_filter(page, batch):
    other = a_batch(batch.integration)
    first, second = a_record(batch), a_record(batch)
    a_record(other)
    filters = f"batch={batch.pk}"
    assert decide(page, first, "skip", filters).url.startswith(url_of(second))
    assert decide(page, second, "skip", filters).url == f"{QUEUE}?{filters}"


def test_the_page_tells_its_place_in_the_filtered_queue(page, batch):
    records = [a_record(batch) for _ in range(3)]
    a_record(a_batch(batch.integration))
    assert "2 of 3" in shown(page, records[1], f"batch={batch.pk}")
    assert "of 4" in shown(page, records[1])


def test_merging_takes_the_ticked_fields_only(page, batch):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    record = a_record(batch)
    decide(page, record, "merge", candidate=f"prospect:{known.pk}", side_contact_phone="theirs")
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_last_name) == (record.contact_phone, "Known")


def test_twins_of_a_batch_are_approved_as_one_person(page, batch):
    record, twin = a_record(batch), a_record(batch)
    a_candidate(record, twin)
    assert "Approve both as one person" in shown(page, record)
    assert "Approved both as one person" in told(decide(page, record, "merge", candidate=f"staged:{twin.pk}"))
    assert SalesProspect.objects.count() == 1


def test_the_second_reviewer_is_told_who_decided_and_nothing_is_done_twice(page, batch, admin_user):
    record = a_record(batch)
    review.approve_as_new(record.pk, admin_user)
    answer = decide(page, record, "approve")
    assert "approved as new by admin" in told(answer)
    assert answer.url.startswith(url_of(record))
    assert SalesProspect.objects.count() == 1


def test_a_decision_is_posted_never_got(page, batch):
    record = a_record(batch)
    url = reverse("admin:imports_stagedrecord_decide", args=[record.pk])
    assert page.get(url, {"decision": "approve"}).status_code == 405
    assert page.post(url_of(record), {"decision": "approve"}).status_code == 405
    record.refresh_from_db()
    assert record.is_waiting


@pytest.mark.parametrize(
    "nonsense", [{}, {"decision": "sell"}, {"decision": "merge"}, {"decision": "merge", "candidate": "x:y"}]
)
def test_nonsense_decides_nothing_and_says_so(page, batch, nonsense):
    record = a_record(batch)
    answer = page.post(reverse("admin:imports_stagedrecord_decide", args=[record.pk]), nonsense)
    assert answer.status_code == 302
    assert told(answer)
    record.refresh_from_db()
    assert record.is_waiting


@pytest.mark.parametrize("unknown", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_record_leads_back_to_the_queue(page, db, unknown):
    answer = page.get(reverse("admin:imports_stagedrecord_change", args=[unknown]))
    assert answer.url == QUEUE


def test_who_may_only_look_sees_no_buttons_and_cannot_decide(client, batch, django_user_model):
    from django.contrib.auth.models import Permission

    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_stagedrecord"))
    client.force_login(onlooker)
    record = a_record(batch)
    assert 'name="decision"' not in shown(client, record)
    assert decide(client, record, "approve").status_code == 403
    record.refresh_from_db()
    assert record.is_waiting


def test_start_reviewing_leads_to_the_first_waiting_record(page, batch):
    a_record(batch, status="skipped", decision="superseded", reviewed_at="2026-01-01T00:00Z")
    waiting = a_record(batch)
    assert page.get(reverse("admin:imports_stagedrecord_next")).url.startswith(url_of(waiting))


def test_a_page_with_ten_candidates_asks_the_database_no_more_often_than_with_one(
    page, batch, django_assert_max_num_queries
):
    record = a_record(batch)
    for number in range(10):
        a_candidate(record, SalesProspect.objects.create(contact_last_name=f"Known {number}"))
        a_candidate(record, a_record(batch))
    with django_assert_max_num_queries(22):
        shown(page, record)
