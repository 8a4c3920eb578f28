"""What the broker lost, what is to be tried again, and what a person lets run once more."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import OperationalError as OperationalDatabaseError
from django.utils import timezone
from kombu.exceptions import OperationalError

from integrations import inbox, tasks
from integrations.models import WebhookEvent
from integrations.queueing import LARGEST_BATCH, Messenger, queue
from integrations.tests.inbox_cast import break_down, call, event, handled_by, queued, told, workflow

__all__ = ["event", "handled_by", "queued", "told", "workflow"]  # fixtures
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("handled_by", "told")]


def later(minutes: float) -> None:
    """Lets time pass for all that waits."""
    for waiting in WebhookEvent.objects.all():
        waiting.next_try_at -= timedelta(minutes=minutes)
        waiting.save(update_fields=["next_try_at"])


def test_a_delivery_whose_task_was_lost_is_found(workflow):
    workflow(call())
    assert inbox.sweep() == []
    later(minutes=1.1)
    assert inbox.sweep() == [WebhookEvent.objects.get().pk]


def test_what_was_swept_is_left_alone_for_a_while(event):
    assert inbox.sweep() == [event.pk]
    assert inbox.sweep() == []
    later(minutes=5.1)
    assert inbox.sweep() == [event.pk]


@pytest.mark.parametrize("status", ["done", "ignored", "failed"])
def test_what_is_settled_is_not_swept(event, status):
    WebhookEvent.objects.update(status=status, settled_at=timezone.now())
    assert inbox.sweep() == []


def test_a_failed_try_is_swept_when_its_wait_is_over(event, handled_by):
    handled_by(break_down)
    inbox.process(event.pk)
    assert inbox.sweep() == []
    later(minutes=1.1)
    assert inbox.sweep() == [event.pk]


def test_the_sweep_queues_what_it_finds_in_parcels(integration, queued):
    WebhookEvent.objects.bulk_create(
        WebhookEvent(integration=integration, delivery_key=f"k{number}", source="workflow", payload=call(str(number)))
        for number in range(LARGEST_BATCH + 1)
    )
    tasks.sweep_inbox()
    assert [(name, len(*ids)) for name, ids in queued] == [
        ("integrations.tasks.process_several", LARGEST_BATCH),
        ("integrations.tasks.process_several", 1),
    ]


def test_the_sweep_runs_by_itself_every_minute(settings):
    schedule = {entry["task"]: entry["schedule"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert schedule["integrations.tasks.sweep_inbox"] == 60.0


# ---------------------------------------------------------------- once more


@pytest.mark.parametrize("status", ["failed", "ignored"])
def test_a_replay_gives_a_delivery_all_its_tries_again(event, status):
    WebhookEvent.objects.update(status=status, settled_at=timezone.now(), attempts=inbox.MOST_TRIES)
    assert inbox.replay([event.pk]) == [event.pk]
    event.refresh_from_db()
    assert (event.status, event.attempts, event.settled_at) == ("waiting", 0, None)
    assert inbox.process(event.pk) == "done"


def test_a_replay_leaves_alone_what_is_done_and_what_waits(event):
    assert inbox.replay([event.pk]) == []
    inbox.process(event.pk)
    assert inbox.replay([event.pk]) == []
    event.refresh_from_db()
    assert event.status == "done"


# ---------------------------------------------------------------- the broker


def test_a_broker_that_is_away_loses_no_delivery(event, monkeypatch, caplog):
    def away(*about, **more):
        raise OperationalError("redis://:password@10.0.0.5")

    monkeypatch.setattr("celery.app.base.Celery.send_task", away)
    assert not queue("integrations.tasks.process_event", str(event.pk))
    assert "password" not in caplog.text
    assert "the broker is away" in caplog.text
    later(minutes=1.1)
    assert inbox.sweep() == [event.pk]


@pytest.mark.parametrize("task", [tasks.process_several, lambda ids: tasks.process_event(ids[0])])
def test_a_worker_without_a_database_leaves_deliveries_to_the_sweep_and_says_so(event, monkeypatch, caplog, task):
    tried = []

    def database_away(event_id):
        tried.append(event_id)
        raise OperationalDatabaseError("connection to server at 10.0.0.5 failed")

    with monkeypatch.context() as outage:
        outage.setattr(inbox, "process", database_away)
        task([str(event.pk), str(uuid.uuid4())])
    assert tried == [event.pk]
    assert "left to the sweep" in caplog.text
    assert "10.0.0.5" not in caplog.text
    later(minutes=1.1)
    assert inbox.sweep() == [event.pk]


def test_a_message_leaves_at_once_and_what_comes_meanwhile_shares_the_next(monkeypatch):
    monkeypatch.setattr("integrations.queueing.PAUSE", 0.0)
    sent, under_way, go_on = [], threading.Event(), threading.Event()

    def send(ids):
        sent.append(list(ids))
        under_way.set()
        return go_on.wait(timeout=10)

    messenger = Messenger(send)
    messenger.tell("a")
    assert under_way.wait(timeout=10)
    for one in map(str, range(LARGEST_BATCH + 1)):
        messenger.tell(one)
    under_way.clear()
    go_on.set()
    assert under_way.wait(timeout=10)
    wait_until(lambda: len(sent) == 3)
    assert [len(ids) for ids in sent] == [1, LARGEST_BATCH, 1]


def test_a_messenger_whose_broker_was_away_goes_on_with_what_comes_next(monkeypatch):
    monkeypatch.setattr("integrations.queueing.PAUSE", 0.0)
    sent, came = [], threading.Semaphore(0)

    def send(ids):
        sent.extend(ids)
        came.release()
        return len(sent) > 1

    messenger = Messenger(send)
    for one in ("a", "b"):
        messenger.tell(one)
        assert came.acquire(timeout=10)
    assert sent == ["a", "b"]


def wait_until(condition) -> None:
    tick = threading.Event()
    for _ in range(1000):
        if condition():
            return
        tick.wait(0.01)
