"""The first page and the pages of batches: what happened, how far a pull is, and what to do about it."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from imports.deciding import review
from imports.models import ImportBatch, StagedCall
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_record, an_error
from integrations.models import WebhookEvent
from prospects.models import SalesProspect

INDEX = reverse("admin:index")


def page_of(batch: ImportBatch) -> str:
    return reverse("admin:imports_importbatch_change", args=[batch.pk])


def html_of(browser: Client, url: str) -> str:
    return browser.get(url).content.decode()


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.fixture
def running(integration: Any) -> ImportBatch:
    return ImportBatch.objects.create(
        integration=integration, source="ghl", status="running", contacts_total=1000, contacts_read=250,
        seconds_in_phase=10, started_at=timezone.now(),
    )  # fmt: skip


def test_a_pull_under_way_shows_a_bar_its_rate_and_the_time_left(admin_client, running):
    html = html_of(admin_client, page_of(running))
    assert '<progress value="25" max="100"' in html
    assert "250 of 1,000 contacts, 25 a second, about 30 seconds left" in html
    assert "Stop" in html


def test_the_page_keeps_itself_fresh_with_scripts_and_without(admin_client, running):
    html = html_of(admin_client, page_of(running))
    assert '<noscript><meta http-equiv="refresh"' in html
    part = html_of(admin_client, reverse("admin:imports_importbatch_progress", args=[running.pk]))
    assert 'data-under-way="yes"' in part
    assert "<html" not in part
    ImportBatch.objects.update(status="success", phase="done", finished_at=timezone.now())
    assert "http-equiv" not in html_of(admin_client, page_of(running))


def test_a_failed_pull_says_why_and_offers_to_resume_or_give_up(admin_client, running):
    ImportBatch.objects.update(status="failed", error="GoHighLevel could not be reached.")
    html = html_of(admin_client, page_of(running))
    for words in ("GoHighLevel could not be reached.", "Resume", "Give up"):
        assert words in html


def test_a_pull_under_way_is_asked_to_stop(admin_client, running):
    admin_client.post(reverse("admin:imports_importbatch_stop", args=[running.pk]))
    running.refresh_from_db()
    assert running.stop_requested


def test_a_pull_under_way_is_not_given_up_but_a_stopped_one_is(admin_client, running):
    url = reverse("admin:imports_importbatch_give_up", args=[running.pk])
    assert "Stop it first" in told(admin_client.post(url))
    ImportBatch.objects.update(status="stopped")
    admin_client.post(url)
    running.refresh_from_db()
    assert (running.status, running.phase) == ("failed", "done")


def test_the_batch_page_counts_by_decision_and_links_each_count_to_the_queue(admin_client, admin_user, integration):
    batch = a_batch(integration)
    records = [a_record(batch) for _ in range(4)]
    an_error(batch)
    a_candidate(records[0], SalesProspect.objects.create(contact_last_name="Known"))
    review.approve_as_new(records[1].pk, admin_user)
    review.reject(records[2].pk, admin_user)
    html = html_of(admin_client, page_of(batch))
    for words in (
        "<strong>1</strong> Waiting, with a match",
        "<strong>1</strong> Approved as new",
        "<strong>1</strong> Rejected",
    ):
        assert words in html
    link = f"{reverse('admin:imports_stagedrecord_changelist')}?batch={batch.pk}&status=matched"
    assert link.replace("&", "&amp;") in html
    assert [record.pk for record in admin_client.get(link).context["cl"].result_list] == [records[0].pk]


def test_calls_that_wait_or_could_not_be_read_are_told_of(admin_client, integration):
    batch = a_batch(integration)
    a_call(a_record(batch))
    StagedCall.objects.create(
        integration=integration, batch=batch, external_call_id="x", raw_data={}, error_message="It is no call."
    )
    html = html_of(admin_client, page_of(batch))
    assert "<dt>Calls waiting for their person</dt><dd>1</dd>" in html
    assert "It is no call." in html


@pytest.mark.parametrize("unknown", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_batch_leads_back_to_the_list(admin_client, unknown):
    answer = admin_client.get(reverse("admin:imports_importbatch_change", args=[unknown]))
    assert answer.url == reverse("admin:imports_importbatch_changelist")


# ---------------------------------------------------------------- today


def test_the_first_page_says_how_many_wait_and_links_to_them(admin_client, integration):
    batch = a_batch(integration)
    a_record(batch), a_record(batch, is_in_batch_duplicate=True), an_error(batch)
    html = html_of(admin_client, INDEX)
    assert "<strong>2</strong> records" in html
    assert "1 in a batch twice" in html
    assert "1 that cannot be read" in html
    assert "Start reviewing" in html


def test_the_first_page_tells_what_went_wrong_and_where_to_mend_it(admin_client, running, integration):
    ImportBatch.objects.update(status="failed", error="GoHighLevel could not be reached.")
    integration.api_token = ""
    integration.save()
    WebhookEvent.objects.create(integration=integration, delivery_key="d", source="workflow", status="failed")
    html = html_of(admin_client, INDEX)
    for words in ("the pull has failed", "no API token", "1 delivery from GHL could not be taken in"):
        assert words in html
    for page in (page_of(running), reverse("admin:integrations_ghlintegration_change", args=[integration.pk])):
        assert page in html


def test_a_fresh_portal_says_how_to_begin(admin_client):
    html = html_of(admin_client, INDEX)
    assert "No location yet" in html
    assert reverse("admin:integrations_ghlintegration_add") in html
    assert "Nothing waits for review" in html


def test_the_first_page_asks_a_bounded_number_of_questions(admin_client, integration, django_assert_max_num_queries):
    for _ in range(12):
        a_record(a_batch(integration))
    with django_assert_max_num_queries(17):
        admin_client.get(INDEX)
