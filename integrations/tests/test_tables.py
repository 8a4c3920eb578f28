"""The rules of clients, locations, deliveries and pushes, kept by the database whoever writes."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from integrations.models import Client, GHLIntegration, RefusedDeliveries, SyncRun, WebhookEvent
from integrations.tests.plain_sql import insert

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme() -> Client:
    return Client.objects.create(name="Acme Search")


@pytest.fixture
def location() -> GHLIntegration:
    return GHLIntegration.objects.create(location_id="loc1", integration_type="internal")


def refused(model: Any, **values: Any) -> bool:
    """Whether the database itself, and no validation before it, turns a row down."""
    try:
        with transaction.atomic():
            model.objects.bulk_create([model(**values)])
    except IntegrityError:
        return True
    return False


def test_a_location_is_in_the_portal_once(location):
    assert refused(GHLIntegration, location_id="loc1", integration_type="internal")


def test_a_location_has_an_id():
    assert refused(GHLIntegration, location_id="", integration_type="internal")


def test_a_client_location_without_a_client_is_refused():
    assert refused(GHLIntegration, location_id="loc2", integration_type="client")


def test_an_internal_location_with_a_client_is_refused(acme):
    assert refused(GHLIntegration, location_id="loc2", integration_type="internal", client=acme)


def test_a_client_location_with_its_client_and_an_internal_one_without_are_taken(acme):
    assert not refused(GHLIntegration, location_id="loc2", integration_type="client", client=acme)
    assert not refused(GHLIntegration, location_id="loc3", integration_type="internal")


@pytest.mark.parametrize("kind", ["", "Internal", "partner"])
def test_a_location_is_internal_or_a_client_s(kind):
    assert refused(GHLIntegration, location_id="loc2", integration_type=kind)


def test_an_update_past_the_model_is_held_to_the_rules_too(location, acme):
    with pytest.raises(IntegrityError), transaction.atomic():
        GHLIntegration.objects.filter(pk=location.pk).update(client=acme)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE ghl_integrations SET integration_type = 'client'")


@pytest.mark.parametrize(("status", "taken"), [("success", True), ("partial", True), ("failed", True), ("ok", False)])
def test_a_sync_went_well_partly_or_not(status, taken):
    row = {"location_id": "loc2", "integration_type": "internal", "last_sync_status": status}
    assert refused(GHLIntegration, **row) is not taken


def test_two_locations_never_share_a_webhook_secret(location):
    GHLIntegration.objects.filter(pk=location.pk).update(webhook_secret_digest="d" * 64)
    assert refused(GHLIntegration, location_id="loc2", integration_type="internal", webhook_secret_digest="d" * 64)
    assert not refused(GHLIntegration, location_id="loc2", integration_type="internal")


def test_a_client_s_name_is_there_once_however_it_is_spelled(acme):
    assert refused(Client, name="ACME search")


@pytest.mark.parametrize(("status", "taken"), [("active", True), ("inactive", True), ("onboarding", True), ("", False)])
def test_a_client_has_one_of_three_statuses(status, taken):
    assert refused(Client, name="Bolt", status=status) is not taken


def test_a_client_with_locations_is_not_deleted(acme):
    GHLIntegration.objects.create(location_id="loc2", integration_type="client", client=acme)

    def delete_past_the_model() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DELETE FROM clients")
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        delete_past_the_model()


def test_a_delivery_is_kept_once(location):
    WebhookEvent.objects.create(integration=location, delivery_key="d1", source="workflow", payload={})
    assert refused(WebhookEvent, delivery_key="d1", source="workflow")


@pytest.mark.parametrize("status", ["", "processed"])
def test_a_delivery_s_status_is_one_of_four(status):
    assert refused(WebhookEvent, delivery_key="d1", source="workflow", status=status)


@pytest.mark.parametrize("status", ["done", "ignored"])
def test_a_settled_delivery_says_when(status):
    assert refused(WebhookEvent, delivery_key="d1", source="app", status=status)
    assert not refused(WebhookEvent, delivery_key="d1", source="app", status=status, settled_at=timezone.now())


def test_refused_deliveries_have_one_count_for_each_day_and_source():
    today = timezone.now().date()
    RefusedDeliveries.objects.create(day=today, source="app", count=3)
    assert refused(RefusedDeliveries, day=today, source="app", count=1)
    assert not refused(RefusedDeliveries, day=today, source="workflow", count=1)
    assert not refused(RefusedDeliveries, day=today - timedelta(days=1), source="app", count=1)


def test_a_finished_push_says_how_it_went_and_an_unfinished_one_does_not(location):
    now = timezone.now()
    assert refused(SyncRun, integration=location, finished_at=now)
    assert refused(SyncRun, integration=location, status="success")
    assert refused(SyncRun, integration=location, status="done", finished_at=now)
    assert not refused(SyncRun, integration=location, status="partial", finished_at=now)


def test_another_system_inserts_a_client_by_name_alone():
    insert("clients", name="Plain")
    client = Client.objects.get()
    assert isinstance(client.pk, uuid.UUID)
    assert (client.status, client.timezone, client.email) == ("onboarding", "America/New_York", "")
    assert abs((timezone.now() - client.created_at).total_seconds()) < 3600


def test_another_system_inserts_a_location_by_its_id_and_type_alone():
    insert("ghl_integrations", location_id="plain", integration_type="internal")
    location = GHLIntegration.objects.get()
    assert (location.is_active, location.custom_field_mapping, bool(location.api_token)) == (True, {}, False)
    assert (location.last_synced_at, location.last_sync_status, location.last_sync_error) == (None, None, "")


def test_ids_made_by_the_database_differ():
    for name in ("one", "two", "three"):
        insert("clients", name=name)
    assert len({client.pk for client in Client.objects.all()}) == 3


def test_a_location_inserted_plainly_is_saved_like_any_other():
    insert("ghl_integrations", location_id="plain", integration_type="internal")
    location = GHLIntegration.objects.get()
    location.name = "Named"
    location.save()
    assert GHLIntegration.objects.get(pk=location.pk).name == "Named"
