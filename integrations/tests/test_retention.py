"""What was done long ago is forgotten; what somebody still has to look at is not."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.module_loading import import_string
from django_celery_beat.models import PeriodicTask

from integrations import inbox, retention, tasks
from integrations.models import RefusedDeliveries, WebhookEvent
from integrations.tests.inbox_cast import event

__all__ = ["event"]  # fixtures
pytestmark = pytest.mark.django_db


def delivery(key: str, *, status: str = "done", received: int = 91, settled: int | None = 91) -> WebhookEvent:
    """Received and settled so many days ago."""
    now = timezone.now()
    return WebhookEvent.objects.create(
        delivery_key=key, source="workflow", status=status, received_at=now - timedelta(days=received),
        settled_at=None if settled is None else now - timedelta(days=settled),
    )  # fmt: skip


def kept() -> set[str]:
    return set(WebhookEvent.objects.values_list("delivery_key", flat=True))


@pytest.mark.parametrize("status", ["done", "ignored"])
def test_what_was_settled_long_ago_is_forgotten(status):
    delivery("old", status=status)
    delivery("new", status=status, received=89, settled=89)
    assert retention.forget_old() == (1, 0)
    assert kept() == {"new"}


@pytest.mark.parametrize(("status", "settled"), [("waiting", None), ("failed", 91)])
def test_what_waits_or_failed_stays_however_old_it_is(status, settled):
    delivery("old", status=status, settled=settled)
    assert retention.forget_old() == (0, 0)
    assert kept() == {"old"}


def test_what_came_long_ago_but_was_settled_lately_stays():
    delivery("replayed", received=200, settled=1)
    retention.forget_old()
    assert kept() == {"replayed"}


def test_settings_say_how_long(settings):
    delivery("old", received=31, settled=31)
    settings.KEEP_DELIVERIES_DAYS = 30
    assert retention.forget_old() == (1, 0)


def test_many_are_forgotten_a_few_at_a_time(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(retention, "AT_A_TIME", 2)
    for number in range(5):
        delivery(str(number))
    with django_assert_num_queries(3 * 2 + 1 + 1):  # three times two at most, no more found, and the counts of days
        assert retention.forget_old() == (5, 0)


def test_one_that_is_tried_again_meanwhile_stays(monkeypatch):
    """A person presses “Try again” between the look and the removal."""
    ignored = delivery("old", status="ignored")
    delete = QuerySet.delete

    def press_try_again_first(queryset):
        inbox.replay([ignored.pk])
        return delete(queryset)

    monkeypatch.setattr(QuerySet, "delete", press_try_again_first)
    assert retention.forget_old() == (0, 0)
    assert kept() == {"old"}


def test_the_counts_of_refused_deliveries_are_forgotten_too():
    today = timezone.now().date()
    for days in (0, 89, 91, 400):
        RefusedDeliveries.objects.create(day=today - timedelta(days=days), source="app", count=3)
    assert retention.forget_old() == (0, 2)


def test_it_is_done_every_night_on_a_schedule_that_staff_can_change(event):
    import_module("integrations.migrations.0006_forget_old_deliveries").add_schedule(apps, None)
    schedule = PeriodicTask.objects.get(task="integrations.tasks.forget_old_deliveries")
    assert (schedule.enabled, schedule.crontab.hour) == (True, "3")
    WebhookEvent.objects.update(status="done", received_at="2020-01-01T00:00Z", settled_at="2020-01-01T00:00Z")
    assert import_string(schedule.task) is tasks.forget_old_deliveries
    tasks.forget_old_deliveries()
    assert kept() == set()
