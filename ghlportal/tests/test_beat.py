"""The schedule goes on while the database is away."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from ghlportal import beat
from ghlportal.celery import app

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("shared_database")]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Takes the database away and brings it back."""

    def be(state: str) -> None:
        connection.close()
        monkeypatch.undo()
        if state == "away":
            for name, value in {"HOST": "127.0.0.1", "PORT": "1"}.items():
                monkeypatch.setitem(connection.settings_dict, name, value)
            if connection.vendor == "sqlite":
                monkeypatch.setitem(connection.settings_dict, "NAME", "/none/x")

    return be


@pytest.fixture
def schedule(db: None) -> dict[str, object]:
    """The installation's, as beat leaves it in the database when it starts."""
    scheduler = import_string(settings.CELERY_BEAT_SCHEDULER)(app=app)
    return dict(scheduler.schedule)


def test_beat_that_starts_before_the_database_waits_for_it(schedule, database, monkeypatch):
    database("away")
    waits = []

    def until_it_is_back(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            database("back")

    with monkeypatch.context() as patched:
        patched.setattr(beat.time, "sleep", until_it_is_back)
        started = import_string(settings.CELERY_BEAT_SCHEDULER)(app=app)
    assert started.schedule.keys() == schedule.keys()
    assert waits == [beat.PAUSE] * 3


def test_beat_goes_by_what_it_knows_while_the_database_is_away(schedule, database, caplog):
    scheduler = import_string(settings.CELERY_BEAT_SCHEDULER)(app=app)
    database("away")
    with time_machine.travel(datetime.now() + timedelta(minutes=6), tick=False):  # noqa: DTZ005  as the scheduler does
        assert scheduler.schedule.keys() == schedule.keys()
    assert "the schedule cannot be read" in caplog.text
    database("back")
    assert scheduler.schedule.keys() == schedule.keys()


def test_worker_and_beat_look_for_a_broker_that_is_away_for_as_long_as_it_takes():
    assert app.conf.broker_connection_max_retries is None
    assert app.conf.broker_connection_retry_on_startup is True


def test_deliveries_and_the_sweep_go_before_what_is_fetched_for_calls():
    """Redis hands out the lower number first, and those without any as 0."""
    first, last = (
        app.amqp.router.route({}, name).get("priority", 0)
        for name in ("integrations.tasks.process_several", "calls.tasks.enrich_call")
    )
    assert first < last
    assert app.amqp.router.route({}, "integrations.tasks.sweep_inbox").get("priority", 0) == first
