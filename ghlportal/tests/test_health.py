"""What load balancers and monitors are told: up or down, which part, and nothing else."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.db.utils import ConnectionHandler
from django.test import Client

from integrations.tests.ghl_cast import REDIS_URL, redis_answers

NOBODY_LISTENS = "127.0.0.1:1"
UP = {"status": "up", "database": "up", "redis": "up"}


@pytest.fixture(autouse=True)
def _without_redis(settings: Any) -> None:
    settings.REDIS_URL = None


def dead_postgres(folder: Path) -> dict[str, Any]:
    host, port = NOBODY_LISTENS.split(":")
    return {"ENGINE": "django.db.backends.postgresql", "HOST": host, "PORT": port, "NAME": "portal", "PASSWORD": "hush"}


def dead_sqlite(folder: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(folder / "no-such-folder" / "db.sqlite3")}


@pytest.mark.parametrize("database", [dead_postgres, dead_sqlite])
def test_it_is_not_ready_while_the_database_is_dead(client, db, monkeypatch, tmp_path, database):
    monkeypatch.setattr("ghlportal.health.connection", ConnectionHandler({"default": database(tmp_path)})["default"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, UP | {"status": "down", "database": "down"})


@pytest.mark.parametrize(
    "url", [f"redis://:hush@{NOBODY_LISTENS}/0", "unix:///no/such/socket", "http://redis", "redis"]
)
def test_it_is_not_ready_while_redis_is_dead_or_its_address_none(client, db, settings, url):
    settings.REDIS_URL = url
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, UP | {"status": "down", "redis": "down"})


def test_it_is_ready_without_redis_where_there_is_to_be_none(client, db):
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, UP)


@pytest.mark.django_db
def test_it_is_ready_when_both_answer(client, settings):
    assert redis_answers(), f"these tests need a Redis at {REDIS_URL}"
    settings.REDIS_URL = REDIS_URL
    assert client.get("/readyz").json() == UP


def test_it_is_alive_whatever_else_is_dead(client, settings):
    settings.REDIS_URL = f"redis://{NOBODY_LISTENS}/0"
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "up"})


def test_both_answer_without_login_session_or_query(client: Client, db, django_assert_num_queries):
    with django_assert_num_queries(1):  # SELECT 1
        answers = [client.get("/healthz"), client.get("/readyz")]
    assert not any(answer.cookies for answer in answers)
    assert connections["default"].is_usable()
