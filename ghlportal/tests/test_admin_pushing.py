"""The buttons of pushes: what is asked before one begins, who hears of it, stopping, and trying people again."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from conftest import LOCATION_ID, TOKEN
from integrations.models import GHLIntegration, SyncRun
from prospects import tasks
from prospects.models import OutboundPerson, SalesCampaign, SalesProspect, ToldPerson
from prospects.tests.push_cast import State, a_prospect, a_run, refused, taken_up

# What a button queues is queued once its transaction has committed.
pytestmark = pytest.mark.django_db(transaction=True)


def push_url(integration: GHLIntegration, campaign: SalesCampaign | None = None) -> str:
    if campaign is None:
        return reverse("admin:integrations_syncrun_push", args=[integration.pk])
    return reverse("admin:integrations_syncrun_push_campaign", args=[integration.pk, campaign.pk])


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[Any, ...]]]:
    """The tasks that the broker was given."""
    found: list[tuple[str, tuple[Any, ...]]] = []
    monkeypatch.setattr(
        "celery.app.base.Celery.send_task", lambda self, name, args=(), **about: found.append((name, tuple(args)))
    )
    return found


def test_a_push_begins_with_a_button_and_brings_everybody_in(
    admin_client: Browser, admin_user, sandbox, integration, queued
):
    people = [a_prospect("Quill"), a_prospect("Reed")]
    answer = admin_client.post(push_url(integration))
    run = SyncRun.objects.get()
    assert answer.url == page_of(run)
    assert (run.started_by, run.campaign_name) == (admin_user, "")
    assert queued == [("prospects.tasks.push_to_ghl", (str(run.pk),))]
    tasks.push_to_ghl(str(run.pk))
    assert len(sandbox.location.contacts) == 2
    assert all(SalesProspect.objects.get(pk=person.pk).ghl_contact_id for person in people)
    html = admin_client.get(page_of(run)).content.decode()
    assert "2 of 2 people" in html
    assert ">Success<" in html


def test_a_campaign_is_pushed_alone(admin_client, sandbox, integration, queued):
    campaign = SalesCampaign.objects.create(name="Texas")
    inside, outside = a_prospect("Inside", campaign=campaign), a_prospect("Outside")
    admin_client.post(push_url(integration, campaign))
    run = SyncRun.objects.get()
    assert (run.campaign_id, run.campaign_name) == (campaign.pk, "Texas")
    tasks.push_to_ghl(str(run.pk))
    inside.refresh_from_db(), outside.refresh_from_db()
    assert inside.ghl_contact_id
    assert not outside.ghl_contact_id


def test_a_mapped_field_that_ghl_no_longer_has_is_shown_before_anybody_is_pushed(
    admin_client, sandbox, integration, queued
):
    integration.custom_field_mapping = {"job_title": "goneField001"}
    integration.save()
    a_prospect("Quill")
    html = admin_client.post(push_url(integration)).content.decode()
    assert "Job title is mapped to the field goneField001, which GHL no longer has." in html
    assert reverse("admin:integrations_ghlintegration_custom_fields", args=[integration.pk]) in html
    assert not SyncRun.objects.exists()
    assert queued == []
    admin_client.post(push_url(integration), {"anyway": "yes"})
    assert SyncRun.objects.count() == 1


def test_a_field_found_gone_is_on_the_first_page_and_the_locations_before_anybody_pushes(admin_client, integration):
    integration.custom_field_mapping = {"job_title": "goneField001"}
    integration.mapping_problem = "Job title is mapped to the field goneField001, which GHL no longer has."
    integration.save()
    a_prospect("Quill")
    mend = reverse("admin:integrations_ghlintegration_custom_fields", args=[integration.pk])
    for page in (reverse("admin:index"), page_of(integration)):
        html = admin_client.get(page).content.decode()
        assert integration.mapping_problem in html
        assert mend in html


def test_fields_that_cannot_be_read_are_told_of_before_anybody_is_pushed(admin_client, sandbox, integration, queued):
    integration.custom_field_mapping = {"job_title": "field0000001"}
    integration.save()
    sandbox.faults.refuse(f"/locations/{LOCATION_ID}/customFields", status=401)
    html = admin_client.post(push_url(integration)).content.decode()
    assert "GoHighLevel did not accept the location&#x27;s token" in html
    assert "Push all the same" in html
    assert not SyncRun.objects.exists()


def test_a_second_push_is_not_begun_beside_one_under_way(admin_client, integration, queued):
    run = a_run(integration, is_under_way=True)
    answer = admin_client.post(push_url(integration))
    assert answer.url == page_of(run)
    assert "is under way" in told(answer)
    assert SyncRun.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"), [({"api_token": ""}, "no API token"), ({"is_active": False}, "switched off")]
)
def test_a_location_that_is_not_ready_is_not_pushed_to(admin_client, integration, queued, changes, words):
    for name, value in changes.items():
        setattr(integration, name, value)
    integration.save()
    answer = admin_client.post(push_url(integration))
    assert words in told(answer)
    assert answer.url == page_of(integration)
    assert not SyncRun.objects.exists()


def test_a_queue_that_cannot_be_reached_loses_no_push(admin_client, integration, monkeypatch):
    def away(*about: Any, **options: Any) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr("celery.app.base.Celery.send_task", away)
    assert "cannot be reached" in told(admin_client.post(push_url(integration)))
    assert SyncRun.objects.get().is_under_way


def test_a_push_is_asked_to_stop_once(admin_client, integration):
    run = a_run(integration, is_under_way=True)
    url = reverse("admin:integrations_syncrun_stop", args=[run.pk])
    assert "stops after the people" in told(admin_client.post(url))
    run.refresh_from_db()
    assert run.stop_requested
    assert "Asked to stop" in admin_client.get(page_of(run)).content.decode()
    SyncRun.objects.update(finished_at=timezone.now(), status="partial")
    assert "nothing to stop" in told(admin_client.post(url))


# ---------------------------------------------------------------- trying again


def test_one_person_is_tried_again_and_the_button_leads_back_to_where_it_was_pressed(admin_client, integration):
    run = a_run(integration)
    row = refused(a_prospect("Quill"), integration, run=run)
    url = reverse("admin:integrations_syncrun_retry_prospect", args=[row.prospect_id])
    answer = admin_client.post(url, {"run": str(run.pk)})
    assert answer.url == page_of(run)
    assert "1 person waits again" in told(answer)
    row.refresh_from_db()
    assert (row.state, row.error) == (State.WAITING, "")
    assert admin_client.post(url).url == page_of(row.prospect)


def test_everybody_whom_a_push_could_not_bring_in_is_tried_again(admin_client, integration):
    run = a_run(integration)
    for name in ("Quill", "Reed"):
        refused(a_prospect(name), integration, run=run)
    other = refused(a_prospect("Other"), integration)
    answer = admin_client.post(reverse("admin:integrations_syncrun_retry", args=[run.pk]))
    assert "2 people wait again" in told(answer)
    assert OutboundPerson.objects.filter(state=State.WAITING).count() == 2
    other.refresh_from_db()
    assert other.state == State.REFUSED


def test_a_change_that_ghl_could_not_be_told_of_is_shown_counted_and_tried_again(admin_client, integration):
    person = a_prospect("Quill", ghl_contact_id="c1", ghl_location_id=LOCATION_ID)
    taken_up(person, integration, State.DONE)
    row = ToldPerson.objects.create(prospect=person, error="GHL no longer has it.", looked_at=timezone.now())
    link = f"{reverse('admin:prospects_salesprospect_changelist')}?in_ghl=untold"
    assert [each.pk for each in admin_client.get(link).context["cl"].result_list] == [person.pk]
    assert "In GHL, not told of a change" in admin_client.get(page_of(integration)).content.decode()
    today = admin_client.get(reverse("admin:index")).content.decode()
    assert "1 prospect changed here, of which GHL could not be told." in today
    assert link in today
    assert "GHL no longer has it." in admin_client.get(page_of(person)).content.decode()
    answer = admin_client.post(reverse("admin:integrations_syncrun_retry_prospect", args=[person.pk]))
    assert "told of the change again" in told(answer)
    row.refresh_from_db()
    assert (row.error, row.looked_at) == ("", None)


def test_the_first_page_tells_of_pushes_under_way_and_of_people_to_look_at(admin_client, integration):
    run = a_run(integration, is_under_way=True, total=1_200, created=300)
    taken_up(a_prospect("Double"), integration, State.CONFLICT, error="Two names.")
    html = admin_client.get(reverse("admin:index")).content.decode()
    assert "Push to Our own prospecting: 300 of 1,200 people." in html
    assert page_of(run) in html
    assert f"{reverse('admin:prospects_salesprospect_changelist')}?in_ghl=look" in html


# ---------------------------------------------------------------- changes, by the clock


def test_locations_with_changes_are_queued_and_the_others_are_not(sandbox, integration, queued):
    GHLIntegration.objects.create(location_id="quiet", integration_type="internal", api_token=integration.api_token)
    tasks.tell_all_changes()
    assert queued == []
    person = a_prospect("Quill", ghl_contact_id="c1", ghl_location_id=LOCATION_ID)
    tasks.tell_all_changes()
    assert queued == [("prospects.tasks.tell_changes", (str(integration.pk),))]
    tasks.tell_changes(str(integration.pk))
    SalesProspect.objects.update(updated_at=timezone.now() - timedelta(hours=1))
    queued.clear()
    tasks.tell_all_changes()
    assert queued == []
    assert ToldPerson.objects.get().prospect == person


def test_a_location_that_is_switched_off_is_not_told_of_changes(sandbox, integration, queued):
    a_prospect("Quill", ghl_contact_id="c1", ghl_location_id=LOCATION_ID)
    GHLIntegration.objects.update(is_active=False)
    tasks.tell_all_changes()
    assert queued == []
    tasks.tell_changes(str(integration.pk))
    assert sandbox.journal.total == 0


def test_what_the_clock_does_names_the_location_and_never_its_token(sandbox, integration, queued, caplog):
    a_prospect("Quill", ghl_contact_id="c1", ghl_location_id=LOCATION_ID)
    tasks.tell_changes(str(integration.pk))
    SalesProspect.objects.update(contact_first_name="Dana", updated_at=timezone.now())
    sandbox.revoke(TOKEN)
    tasks.tell_changes(str(integration.pk))
    assert str(integration.pk) in caplog.text
    assert TOKEN not in caplog.text
