"""Bulk runs in real processes that are killed without warning: each record decided once, and all of it undone."""

import os
import random
import shutil
import signal

import pytest

from conftest import LOCATION_ID
from imports.tests.bulk_workers import CHANGED_SINCE, RECORDS
from integrations.tests.forking import Forking, is_alive
from integrations.tests.installation import Installation
from prospects.tests.outbound_cast import until

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
NOT_COMPARED = {"updated_at", "keys_made_at", "calls_counted_at"}
TABLES = ("ghl_import_staging", "ghl_import_match_candidates", "ghl_import_staged_calls", "sales_prospects",
          "sales_calls")  # fmt: skip


@pytest.fixture
def place(databases):
    made = Installation(databases.copy(), "http://127.0.0.1:9")
    yield made
    shutil.rmtree(made.runtime, ignore_errors=True)


@pytest.fixture
def workers(place):
    made = Forking(place.environment, "imports.tests.bulk_workers:bring_forth", LOCATION_ID)
    yield made
    made.close()


def to_its_end(workers, work):
    process_id = workers.start(work)
    until(lambda: not is_alive(process_id))


def kill_while_it_works(workers, done, chance, kills):
    """Starts workers one after the other, and kills each when it has done some more; the last one before any more."""
    for number in range(kills):
        enough = done() + (chance.randint(1, RECORDS // (kills + 2)) if number < kills - 1 else 0)
        worker = workers.start("work")
        until(lambda: done() >= enough or not is_alive(worker))  # noqa: B023
        assert is_alive(worker), "it came to its end before it could be killed"
        os.kill(worker, signal.SIGKILL)
        until(lambda: not is_alive(worker))  # noqa: B023


def as_it_is(database):
    return {
        table: sorted(
            ({name: str(row[name]) for name in sorted(row.keys() - NOT_COMPARED)}
             for row in database.rows(f"SELECT * FROM {table}")), key=repr,  # noqa: S608
        )
        for table in TABLES
    }  # fmt: skip


def test_a_bulk_run_killed_at_random_points_decides_each_record_once_and_is_undone_to_the_start(place, workers):
    chance, database = random.Random(11), place.database
    to_its_end(workers, "prepare")
    at_the_start = as_it_is(database)

    def decided():
        return database.rows("SELECT COUNT(*) AS many FROM ghl_import_decisions")[0]["many"]

    def undone():
        return database.rows("SELECT COUNT(*) AS many FROM ghl_import_decisions WHERE undone_at IS NOT NULL")[0]["many"]

    kill_while_it_works(workers, decided, chance, kills=4)
    assert 0 < decided() < RECORDS - CHANGED_SINCE
    to_its_end(workers, "work")
    [run] = database.rows("SELECT * FROM ghl_import_bulk_runs")
    results = database.rows("SELECT result, COUNT(*) AS many FROM ghl_import_bulk_items GROUP BY result")
    assert run["status"] == "done"
    assert {row["result"]: row["many"] for row in results} == {
        "done": RECORDS - CHANGED_SINCE,
        "refused": CHANGED_SINCE,
    }
    log = database.rows("SELECT staged_record_id FROM ghl_import_decisions")
    assert len({row["staged_record_id"] for row in log}) == len(log) == RECORDS - CHANGED_SINCE
    calls = database.rows("SELECT prospect_id FROM sales_calls")
    assert len({row["prospect_id"] for row in calls}) == len(calls) == RECORDS - CHANGED_SINCE

    to_its_end(workers, "undo")
    kill_while_it_works(workers, undone, chance, kills=3)
    assert 0 < undone() < RECORDS - CHANGED_SINCE
    to_its_end(workers, "work")
    [run] = database.rows("SELECT * FROM ghl_import_bulk_runs")
    assert (run["status"], run["undone_at"] is not None, undone()) == ("done", True, RECORDS - CHANGED_SINCE)
    assert as_it_is(database) == at_the_start
