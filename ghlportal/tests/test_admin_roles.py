"""What each role may do in the admin, and beside it what it may not."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from ghlportal.tests.admin_cast import Portal
from imports.models import ImportBatch
from prospects.models import SalesProspect


@pytest.fixture
def portal(integration: Any) -> Portal:
    return Portal.fill(integration)


@pytest.fixture
def as_reviewer(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


@pytest.fixture
def as_operator(db: None) -> Client:
    user = User.objects.create_user("olga", is_staff=True)
    user.groups.add(Group.objects.get(name="Operator"))
    browser = Client()
    browser.force_login(user)
    return browser


def change_page(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def test_a_reviewer_sees_the_queue_the_batches_the_people_and_the_calls(as_reviewer, portal):
    for row in (portal.record, portal.batch, portal.prospect, portal.call):
        assert as_reviewer.get(change_page(row)).status_code == 200


def test_a_reviewer_sees_no_locations_no_events_no_schedules_and_no_staff(as_reviewer, portal):
    labels = (
        "integrations_ghlintegration",
        "integrations_webhookevent",
        "django_celery_beat_periodictask",
        "auth_user",
    )
    for label in labels:
        assert as_reviewer.get(reverse(f"admin:{label}_changelist")).status_code == 403
    assert as_reviewer.get(change_page(portal.integration)).status_code == 403
    html = as_reviewer.get(reverse("admin:index")).content.decode()
    assert "Locations" not in html
    assert "Review" in html


def test_a_reviewer_reviews_and_changes_nothing_else(as_reviewer, portal):
    decide = reverse("admin:imports_stagedrecord_decide", args=[portal.record.pk])
    assert as_reviewer.post(decide, {"decision": "skip"}).status_code == 302
    portal.record.refresh_from_db()
    assert portal.record.status == "skipped"
    answer = as_reviewer.post(change_page(portal.prospect), {"contact_last_name": "Changed"})
    assert answer.status_code == 403
    assert as_reviewer.post(change_page(portal.call), {"disposition": "Voicemail"}).status_code == 403
    assert not SalesProspect.objects.filter(contact_last_name="Changed").exists()


@pytest.mark.parametrize("page", ["pull", "resume", "stop", "give_up"])
def test_pulls_are_begun_and_ended_by_operators_and_by_post_only(
    page, as_reviewer, as_operator, integration, admin_client
):
    batch = ImportBatch.objects.create(integration=integration, source="ghl", status="stopped", contacts_read=5)
    of_what = integration.pk if page in ("pull", "resume") else batch.pk
    url = reverse(f"admin:imports_importbatch_{page}", args=[of_what])
    assert as_reviewer.post(url).status_code == 403
    assert admin_client.get(url).status_code == 405
    batch.refresh_from_db()
    assert (batch.status, batch.phase) == ("stopped", "contacts")
    assert as_operator.post(url).status_code == 302


def test_a_new_webhook_address_is_made_by_operators_and_by_post_only(as_reviewer, as_operator, integration):
    url = reverse("admin:integrations_ghlintegration_new_webhook", args=[integration.pk])
    before = integration.webhook_secret_digest
    assert as_reviewer.post(url).status_code == 403
    assert as_operator.get(url).status_code == 405
    integration.refresh_from_db()
    assert integration.webhook_secret_digest == before
    as_operator.post(url)
    integration.refresh_from_db()
    assert integration.webhook_secret_digest != before


def test_who_may_only_look_at_locations_sees_neither_token_field_nor_webhook_address(client, integration):
    from django.contrib.auth.models import Permission

    onlooker = User.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_ghlintegration"))
    client.force_login(onlooker)
    html = client.get(change_page(integration)).content.decode()
    assert 'name="new_token"' not in html
    assert "Pull now" not in html
    assert integration.webhook_secret.reveal() not in html


def test_nobody_gets_in_without_a_login(client, portal):
    for url in (reverse("admin:index"), change_page(portal.record), reverse("admin:imports_stagedrecord_next")):
        assert client.get(url).url.startswith(reverse("admin:login"))
    decide = reverse("admin:imports_stagedrecord_decide", args=[portal.record.pk])
    assert client.post(decide, {"decision": "approve"}).url.startswith(reverse("admin:login"))
    portal.record.refresh_from_db()
    assert portal.record.is_waiting


def test_a_post_from_another_site_is_refused(portal, reviewer):
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(reviewer)
    decide = reverse("admin:imports_stagedrecord_decide", args=[portal.record.pk])
    assert strict.post(decide, {"decision": "approve"}).status_code == 403
