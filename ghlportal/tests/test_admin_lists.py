"""The plain lists: however long, they ask the database as often as when they are short."""

from typing import Any

import pytest
from django.db.models.signals import pre_save
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import Call, SalesCall
from imports.tests.review_cast import a_batch, a_client_location, a_record
from integrations.models import GHLIntegration, SyncRun, WebhookEvent
from prospects.models import Contact, SalesCampaign, SalesProspect

MOST_QUERIES = 15


@pytest.fixture
def long_lists(integration: Any) -> None:
    """Twenty rows in each table, each with relatives of its own."""
    for number in range(20):
        location = a_client_location(f"Client {number}")
        campaign = SalesCampaign.objects.create(name=f"Campaign {number}")
        prospect = SalesProspect.objects.create(contact_last_name=f"P{number}", campaign=campaign)
        contact = Contact.objects.create(contact_last_name=f"C{number}", client=location.client)
        SalesCall.objects.create(integration=integration, external_call_id=f"s{number}", prospect=prospect)
        Call.objects.create(
            integration=location, external_call_id=f"c{number}", contact=contact, started_at=timezone.now()
        )
        a_record(a_batch(location))
        WebhookEvent.objects.create(integration=location, delivery_key=str(number), source="app")
        SyncRun.objects.create(integration=location)


@pytest.mark.parametrize(
    "table",
    [
        "integrations_ghlintegration", "integrations_client", "integrations_webhookevent", "integrations_syncrun",
        "prospects_salesprospect", "prospects_contact", "prospects_salescampaign", "calls_salescall", "calls_call",
        "imports_importbatch", "imports_stagedrecord",
    ],
)  # fmt: skip
def test_a_long_list_takes_a_bounded_number_of_queries(table, long_lists, admin_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(MOST_QUERIES):
        answer = admin_client.get(reverse(f"admin:{table}_changelist"))
    assert len(answer.context["cl"].result_list) >= 20


@pytest.mark.parametrize("words", ["Quill", "Baker", "(212) 555-0177", "12125550177", "contact7"])
@pytest.mark.parametrize("table", ["salesprospect", "contact"])
def test_a_person_is_found_by_what_staff_know(admin_client, table, words):
    about = {"contact_last_name": "Quill", "firm_name": "Baker LLP", "contact_phone": "+1 212-555-0177"}
    if table == "salesprospect":
        SalesProspect.objects.create(**about, ghl_contact_id="contact7")
    else:
        Contact.objects.create(**about, ghl_contact_id="contact7", client=a_client_location().client)
    answer = admin_client.get(reverse(f"admin:prospects_{table}_changelist"), {"q": words})
    assert answer.context["cl"].result_count == 1


def test_a_call_is_found_by_its_person_or_number(admin_client, integration):
    prospect = SalesProspect.objects.create(contact_last_name="Quill")
    SalesCall.objects.create(integration=integration, external_call_id="m", prospect=prospect, to_number="+12125550177")
    for words in ("Quill", "(212) 555-0177", "m"):
        answer = admin_client.get(reverse("admin:calls_salescall_changelist"), {"q": words})
        assert answer.context["cl"].result_count == 1


def test_a_persons_page_shows_their_latest_calls_and_where_they_came_from(admin_client, integration):
    record = a_record(a_batch(integration))
    prospect = SalesProspect.objects.create(contact_last_name="Quill")
    type(record).objects.filter(pk=record.pk).update(imported_prospect=prospect)
    for number in range(25):
        SalesCall.objects.create(
            integration=integration, external_call_id=f"m{number}", prospect=prospect, duration=125
        )
    html = admin_client.get(reverse("admin:prospects_salesprospect_change", args=[prospect.pk])).content.decode()
    assert html.count("2:05 min") == 20
    assert reverse("admin:imports_stagedrecord_change", args=[record.pk]) in html


def test_tags_are_entered_with_commas(admin_client):
    campaign = SalesCampaign.objects.create(name="Texas")
    prospect = SalesProspect.objects.create(contact_last_name="Quill", tags="old;older")
    url = reverse("admin:prospects_salesprospect_change", args=[prospect.pk])
    assert 'value="old, older"' in admin_client.get(url).content.decode()
    form = {"contact_last_name": "Quill", "engagement_level": "new", "cadence_stage": "active", "campaign": campaign.pk}
    admin_client.post(url, {**form, "tags": "ip, texas,, ip"})
    prospect.refresh_from_db()
    assert prospect.tags == ["ip", "texas"]


def test_what_links_a_person_to_ghl_is_not_edited(admin_client):
    prospect = SalesProspect.objects.create(contact_last_name="Quill", ghl_contact_id="first", ghl_location_id="here")
    form = {"contact_last_name": "Quill", "engagement_level": "new", "cadence_stage": "active", "tags": ""}
    url = reverse("admin:prospects_salesprospect_change", args=[prospect.pk])
    admin_client.post(url, {**form, "ghl_contact_id": "second", "dial_attempts": 99})
    prospect.refresh_from_db()
    assert (prospect.ghl_contact_id, prospect.dial_attempts) == ("first", 0)


def test_saving_a_form_writes_only_what_was_entered(admin_client, integration):
    """A call that comes in while the form is being saved is not lost with the columns that the form never showed."""
    prospect = SalesProspect.objects.create(contact_last_name="Quill")

    def a_call_comes_in(instance: Any, **about: Any) -> None:
        SalesProspect.objects.filter(pk=instance.pk).update(dial_attempts=7, source="Webhook")

    form = {"contact_last_name": "Quill", "engagement_level": "hot", "cadence_stage": "active", "tags": ""}
    pre_save.connect(a_call_comes_in, sender=SalesProspect)
    try:
        admin_client.post(reverse("admin:prospects_salesprospect_change", args=[prospect.pk]), form)
    finally:
        pre_save.disconnect(a_call_comes_in, sender=SalesProspect)
    prospect.refresh_from_db()
    assert (prospect.engagement_level, prospect.dial_attempts, prospect.source) == ("hot", 7, "Webhook")


def test_a_disposition_that_staff_choose_is_a_persons_word(admin_client, integration):
    call = SalesCall.objects.create(
        integration=integration, external_call_id="m", disposition="Voicemail", disposition_source="inferred"
    )
    url = reverse("admin:calls_salescall_change", args=[call.pk])
    admin_client.post(url, {"disposition": "Voicemail", "notes": "Heard it", "call_status": "busy"})
    call.refresh_from_db()
    assert (call.disposition_source, call.notes, call.call_status) == ("inferred", "Heard it", "")
    admin_client.post(url, {"disposition": "Meeting Booked", "notes": ""})
    call.refresh_from_db()
    assert (call.disposition, call.disposition_source) == ("Meeting Booked", "bdr")
    admin_client.post(url, {"disposition": "", "notes": ""})
    call.refresh_from_db()
    assert (call.disposition, call.disposition_source) == (None, None)


def test_failed_deliveries_are_tried_again_and_done_ones_are_left(admin_client, integration):
    about = {"integration": integration, "source": "workflow"}
    failed = WebhookEvent.objects.create(delivery_key="1", status="failed", **about)
    done = WebhookEvent.objects.create(delivery_key="2", status="done", settled_at=timezone.now(), **about)
    url = reverse("admin:integrations_webhookevent_changelist")
    admin_client.post(url, {"action": "try_again", "_selected_action": [failed.pk, done.pk]})
    failed.refresh_from_db(), done.refresh_from_db()
    assert (failed.status, done.status) == ("waiting", "done")


def test_nothing_that_others_hang_on_can_be_deleted(admin_client, integration):
    prospect = SalesProspect.objects.create(contact_last_name="Quill")
    for row, label in ((integration, "integrations_ghlintegration"), (prospect, "prospects_salesprospect")):
        assert admin_client.post(reverse(f"admin:{label}_delete", args=[row.pk]), {"post": "yes"}).status_code == 403
    assert GHLIntegration.objects.exists()
    assert SalesProspect.objects.exists()


def test_an_empty_list_says_what_to_do_next(client: Client, admin_user: Any):
    client.force_login(admin_user)
    for label, words in (("imports_importbatch", "Pull now"), ("integrations_ghlintegration", "Add GHL location")):
        assert words in client.get(reverse(f"admin:{label}_changelist")).content.decode()
    nothing = client.get(reverse("admin:prospects_contact_changelist"), {"q": "Nobody"}).content.decode()
    assert "Nothing fits" in nothing
