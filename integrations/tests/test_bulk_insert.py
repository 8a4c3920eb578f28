"""Many new rows at once: the same rows as `bulk_create` makes."""

import uuid

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.bulk_insert import JsonText, insert_rows
from integrations.models import GHLIntegration, WebhookEvent

pytestmark = pytest.mark.django_db

COLUMNS = ("id", "delivery_key", "source", "payload", "received_at", "integration_id", "attempts")


@pytest.fixture
def location() -> GHLIntegration:
    return GHLIntegration.objects.create(location_id="loc1", integration_type="internal")


def row(key, payload, integration_id=None):
    return (uuid.uuid4(), key, "app", payload, timezone.now(), integration_id, 3)


def test_rows_are_written_as_they_were_given(location):
    rows = [row("a", {"text": "ü\u2028'%s"}, location.pk), row("b", None), row("c", JsonText('{"n": [1, null]}'))]
    insert_rows(WebhookEvent, COLUMNS, rows)
    assert list(WebhookEvent.objects.order_by("delivery_key").values_list(*COLUMNS)) == [
        rows[0], rows[1], (*rows[2][:3], {"n": [1, None]}, *rows[2][4:])
    ]  # fmt: skip


def test_columns_that_are_not_named_get_the_default_of_the_database():
    insert_rows(WebhookEvent, ("delivery_key", "source"), [("a", "app"), ("b", "app")])
    one, other = WebhookEvent.objects.all()
    assert one.pk != other.pk
    assert (one.status, one.flags, one.attempts) == ("waiting", [], 0)
    assert abs((timezone.now() - one.created_at).total_seconds()) < 60


def test_no_rows_are_no_statement(django_assert_num_queries):
    with django_assert_num_queries(0):
        insert_rows(WebhookEvent, COLUMNS, [])


def test_a_row_that_the_table_refuses_stops_them_all():
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows(WebhookEvent, ("delivery_key", "source"), [("a", "app"), ("a", "app")])
    assert not WebhookEvent.objects.exists()


def test_a_row_with_a_value_too_few_is_not_written():
    with pytest.raises(ValueError, match="zip"):
        insert_rows(WebhookEvent, ("delivery_key", "source"), [("a",)])
