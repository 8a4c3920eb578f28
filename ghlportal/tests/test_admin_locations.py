"""The page of a location: a token that is only written, a side that is chosen once, pulls that begin with a button."""

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.messages import get_messages
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from kombu.exceptions import OperationalError

from conftest import LOCATION_ID, TOKEN
from imports.models import ImportBatch
from integrations.models import Client, GHLIntegration

ADD = reverse("admin:integrations_ghlintegration_add")
NEW_TOKEN = "pit-another-token-of-the-location"


def page_of(integration: GHLIntegration) -> str:
    return reverse("admin:integrations_ghlintegration_change", args=[integration.pk])


def form(**values: Any) -> dict[str, Any]:
    return {
        "name": "Texas",
        "location_id": "newLocation000000001",
        "integration_type": "internal",
        "is_active": "on",
        **values,
    }


def told(answer: Any) -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


def test_a_new_location_keeps_its_token_encrypted_and_gets_a_webhook_address(admin_client: Browser):
    answer = admin_client.post(ADD, form(new_token=f" {TOKEN} ", mapped_linkedin_url=" field1 "))
    assert answer.status_code == 302
    location = GHLIntegration.objects.get()
    assert location.api_token.reveal() == TOKEN
    assert location.webhook_secret_digest
    assert location.custom_field_mapping == {"linkedin_url": "field1"}


def test_an_empty_token_field_keeps_the_stored_one_and_shows_its_end_only(admin_client, integration):
    html = admin_client.get(page_of(integration)).content.decode()
    assert f"•••• {TOKEN[-4:]}" in html
    assert TOKEN not in html
    admin_client.post(page_of(integration), {"name": "Texas", "is_active": "on", "new_token": ""})
    integration.refresh_from_db()
    assert (integration.api_token.reveal(), integration.name) == (TOKEN, "Texas")


def test_a_new_token_takes_the_old_ones_place(admin_client, integration):
    admin_client.post(page_of(integration), {"name": "Texas", "new_token": NEW_TOKEN})
    integration.refresh_from_db()
    assert integration.api_token.reveal() == NEW_TOKEN


def test_a_token_is_not_shown_again_when_another_field_has_a_mistake(admin_client):
    answer = admin_client.post(ADD, form(new_token=NEW_TOKEN, location_id=""))
    assert answer.status_code == 200
    assert NEW_TOKEN not in answer.content.decode()
    assert not GHLIntegration.objects.exists()


@pytest.mark.parametrize(("side", "with_client"), [("client", False), ("internal", True)])
def test_type_and_client_have_to_fit(admin_client, side, with_client):
    client = Client.objects.create(name="Harbor")
    answer = admin_client.post(ADD, form(integration_type=side, client=client.pk if with_client else ""))
    assert "A client location names its client; an internal location has none." in answer.content.decode()
    assert not GHLIntegration.objects.exists()


def test_a_client_location_cannot_lose_its_client(admin_client):
    client = Client.objects.create(name="Harbor")
    location = GHLIntegration.objects.create(location_id="a", integration_type="client", client=client)
    answer = admin_client.post(page_of(location), {"name": "Texas", "client": ""})
    assert "A client location names its client" in answer.content.decode()
    location.refresh_from_db()
    assert location.client == client


def test_the_type_and_the_id_are_chosen_once(admin_client, integration):
    client = Client.objects.create(name="Harbor")
    values = form(integration_type="client", client=client.pk, location_id="elsewhere")
    assert admin_client.post(page_of(integration), values).status_code == 302
    integration.refresh_from_db()
    assert (integration.integration_type, integration.client, integration.location_id) == (
        "internal",
        None,
        LOCATION_ID,
    )


def test_what_other_systems_put_into_the_mapping_stays(admin_client, integration):
    integration.custom_field_mapping = {"theirs": "x", "job_title": "old"}
    integration.save()
    admin_client.post(page_of(integration), {"name": "Texas", "mapped_job_title": "new", "mapped_linkedin_url": ""})
    integration.refresh_from_db()
    assert integration.custom_field_mapping == {"theirs": "x", "job_title": "new"}


def test_the_webhook_address_is_whole_and_ready_to_copy(admin_client, integration):
    html = admin_client.get(page_of(integration)).content.decode()
    assert f'value="http://testserver{integration.webhook_path}"' in html


# ---------------------------------------------------------------- pulling


@pytest.fixture
def handed_over() -> Any:
    with patch("imports.tasks.run_pull.delay") as delay:
        yield delay


def pull(browser: Browser, integration: GHLIntegration, page: str = "pull") -> Any:
    return browser.post(reverse(f"admin:imports_importbatch_{page}", args=[integration.pk]))


def test_pull_now_hands_a_batch_to_a_worker_once_it_is_stored(
    admin_client, admin_user, integration, handed_over, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as waiting:
        answer = pull(admin_client, integration)
    batch = ImportBatch.objects.get()
    handed_over.assert_not_called()
    waiting[0]()
    handed_over.assert_called_once_with(str(batch.pk))
    assert answer.url == reverse("admin:imports_importbatch_change", args=[batch.pk])
    assert (batch.status, batch.started_by) == ("queued", admin_user)


def test_a_second_pull_is_not_begun_beside_one_under_way(admin_client, integration, handed_over):
    batch = ImportBatch.objects.create(
        integration=integration, source="ghl", status="running", runner="elsewhere:1", heartbeat_at=timezone.now()
    )
    answer = pull(admin_client, integration)
    assert "under way already" in told(answer)
    assert answer.url == reverse("admin:imports_importbatch_change", args=[batch.pk])
    assert ImportBatch.objects.count() == 1


def test_a_pull_that_did_not_finish_is_to_be_resumed_first(admin_client, integration, handed_over):
    batch = ImportBatch.objects.create(integration=integration, source="ghl", status="failed", contacts_read=100)
    assert "did not finish" in told(pull(admin_client, integration))
    assert "Resume the unfinished pull" in admin_client.get(page_of(integration)).content.decode()
    pull(admin_client, integration, "resume")
    batch.refresh_from_db()
    assert batch.status == "queued"
    assert ImportBatch.objects.count() == 1


def test_nothing_to_resume_is_said_in_words(admin_client, integration, handed_over):
    assert "no unfinished pull" in told(pull(admin_client, integration, "resume"))


@pytest.mark.parametrize(
    ("changes", "words"), [({"api_token": ""}, "no API token"), ({"is_active": False}, "switched off")]
)
def test_a_location_that_is_not_ready_is_not_pulled(admin_client, integration, handed_over, changes, words):
    for name, value in changes.items():
        setattr(integration, name, value)
    integration.save()
    answer = pull(admin_client, integration)
    assert words in told(answer)
    assert answer.url == page_of(integration)
    assert not ImportBatch.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_cannot_be_reached_loses_no_pull(integration, handed_over, admin_client):
    handed_over.side_effect = OperationalError("connection refused")
    assert "cannot be reached" in told(pull(admin_client, integration))
    assert ImportBatch.objects.get().status == "queued"
