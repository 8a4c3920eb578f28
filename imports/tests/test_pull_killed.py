"""Pulls in real processes: killed without warning, stopped from outside, two at once."""

import random
import shutil
import signal

import pytest

from conftest import LOCATION_ID
from integrations.tests.installation import Installation

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

CONTACTS, CALLS, DETECTION = "Reading contacts", "Reading calls", "Looking for duplicates"
NOT_COMPARED = {
    "id", "batch_id", "staged_record_id", "integration_id", "created_at", "batch_made_at", "updated_at",
    "heartbeat_at", "started_at", "finished_at", "runner", "requests", "seconds_worked", "seconds_in_phase", "cursor",
    "stop_requested",
}  # fmt: skip


@pytest.fixture
def city(ghl):
    """200 people with 300 calls, given 20 to a page and none too fast; some are known to the portal.

    More would be more than 100 requests, and then a pull waits for what GHL allows.
    """
    ghl.populate(LOCATION_ID, contacts=200, calls=300)
    ghl.add_location("elsewhere")
    ghl.populate("elsewhere", contacts=1500, calls=0, seed=7)
    ghl.gives_at_most(20)
    ghl.latency = 0.02
    return ghl


@pytest.fixture
def install(city, databases):
    """Makes installations that are all alike."""
    made = []

    def install():
        database = databases.copy()
        known = list(city.location.contacts.values())[:40]
        database.add_prospects([*known, *city.locations["elsewhere"].contacts.values()])
        made.append(Installation(database, city.url))
        return made[-1]

    yield install
    for installation in made:
        shutil.rmtree(installation.runtime, ignore_errors=True)


def what_came_of_it(installation):
    """Every row that the pull left, by names in place of ids."""
    records = installation.database.rows("SELECT * FROM ghl_import_staging")
    names = {str(row["id"]): row["ghl_contact_id"] for row in records}
    candidates = [
        {
            **row,
            "of": names[str(row["staged_record_id"])],
            "candidate_id": names.get(str(row["candidate_id"]), str(row["candidate_id"])),
        }
        for row in installation.database.rows("SELECT * FROM ghl_import_match_candidates")
    ]
    tables = {
        "records": records,
        "candidates": candidates,
        "calls": installation.database.rows("SELECT * FROM ghl_import_staged_calls"),
        "batches": installation.database.rows("SELECT * FROM ghl_import_batches"),
    }
    return {
        table: sorted(({name: row[name] for name in sorted(row.keys() - NOT_COMPARED)} for row in rows), key=repr)
        for table, rows in tables.items()
    }


def wait_for(process, words, times=1):
    """Reads the process's progress until it has said this so often."""
    for line in process.stderr:
        times -= words in line
        if times == 0:
            return
    pytest.fail(f"The process ended ({process.wait()}) before it said “{words}”: {process.stdout.read()}")


def kill(process):
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_pull_killed_at_random_points_goes_on_at_once_and_comes_to_the_same_rows(install):
    chance = random.Random(20)
    installation, undisturbed = install(), install()
    options = []
    for phase in (CONTACTS, CONTACTS, CALLS, CALLS, DETECTION):
        process = installation.start_pull(*options)
        # Most calls are read beside the contacts: how often their own phase is heard of depends on the machine.
        wait_for(process, phase, times=chance.randint(1, 4) if phase == CONTACTS else 1)
        kill(process)
        options = ["--resume"]
    status, plain, _ = installation.pull()
    assert (status, plain["status"]) == (1, "failed")
    assert "did not finish" in plain["error"]
    status, result, err = installation.pull("--resume")
    assert (status, result["status"]) == (0, "success"), err
    assert undisturbed.pull()[0] == 0
    assert (result["contacts"], result["calls"]) == (200, 300)
    assert what_came_of_it(installation) == what_came_of_it(undisturbed)
    assert what_came_of_it(installation)["candidates"]


def test_of_two_pulls_at_once_the_second_is_told_and_the_first_can_be_stopped_and_resumed(install, city):
    installation = install()
    city.latency = 1.0  # so that it is at work for as long as the others look
    process = installation.start_pull()
    wait_for(process, CONTACTS)
    plain, resumed = installation.pull(), installation.pull("--resume")
    installation.database.run("UPDATE ghl_import_batches SET stop_requested = TRUE")
    city.latency = 0.02
    out, _ = process.communicate(timeout=60)
    assert "is under way" in plain[1]["error"]
    assert "another process of this machine" in resumed[1]["error"]
    assert (plain[0], resumed[0], process.returncode) == (1, 1, 1)
    assert '"status": "stopped"' in out
    assert installation.pull("--resume")[1]["contacts"] == 200


def test_an_interrupted_pull_says_how_to_go_on(install, city):
    installation = install()
    city.latency = 0.5  # so that it is at work when it is interrupted
    # Tests that were started in the background ignore it, and so would what they start.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    process = installation.start_pull()
    wait_for(process, CONTACTS)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "Go on with --resume" in out
    assert "Traceback" not in err
    assert [row["status"] for row in installation.database.rows("SELECT * FROM ghl_import_batches")] == ["stopped"]
