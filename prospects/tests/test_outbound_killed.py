# ruff: noqa: F811 (the fixtures are those of the cast)
"""Pushes in real processes, killed without warning at every step of the protocol: nobody doubled, nobody missing.

The location allows duplicates and its searches lag, so that nothing but the portal's own care is in the way of a
second contact.
"""

import random
import signal

import pytest

from conftest import LOCATION_ID
from integrations.ghl.pace import open_pace
from prospects.tests.killed_cast import end, installation, is_alive  # noqa: F401
from prospects.tests.nursery import Nursery
from prospects.tests.outbound_cast import (
    HoldingGHL,
    as_contact,
    forget_the_pace,
    until,
    what_is_wrong,
)

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
SENDING = "SELECT id FROM ghl_outbound WHERE state = 'sending'"
LINKED = "SELECT id FROM sales_prospects WHERE ghl_contact_id IS NOT NULL"


@pytest.fixture
def ghl():
    with HoldingGHL(allow_duplicates=True) as server:
        yield server


def kill(process):
    process.kill()
    process.communicate()
    assert process.returncode == -signal.SIGKILL


def add_people(installation, count):
    installation.database.add_prospects(as_contact(number) for number in range(count))


def goes_on_to_the_end(installation):
    forget_the_pace(installation)
    status, result, err = installation.push()
    assert (status, result.get("status")) == (0, "success"), err
    return result


def test_killed_before_anything_was_sent(installation, ghl):
    add_people(installation, 20)
    pace = open_pace(None, installation.runtime, ghl.url, LOCATION_ID)
    pace.observe({"Retry-After": "60"}, 429)  # so that the push has to wait before anything leaves
    process = installation.start_push()
    until(lambda: len(installation.database.rows(SENDING)) == 12)
    kill(process)
    assert ghl.location.contacts == {}
    result = goes_on_to_the_end(installation)
    assert what_is_wrong(installation.database, ghl, 20) == []
    assert (result["created"], ghl.creates()) == (20, 20)


def test_killed_after_sending_before_any_answer(installation, ghl):
    add_people(installation, 20)
    ghl.hold()
    process = installation.start_push()
    until(lambda: len(ghl.location.contacts) == 12)
    kill(process)
    ghl.let_go()
    result = goes_on_to_the_end(installation)
    assert what_is_wrong(installation.database, ghl, 20) == []
    assert (result["created"], ghl.creates()) == (20, 20)


def test_killed_after_the_answers_before_they_were_written_down(installation, ghl):
    add_people(installation, 20)
    ghl.hold()
    process = installation.start_push()
    until(lambda: len(ghl.location.contacts) == 12)
    with installation.database.locked("ghl_outbound"):
        ghl.let_go()
        until(lambda: ghl.creates() == 12)
        kill(process)
    assert installation.database.rows(LINKED) == []
    goes_on_to_the_end(installation)
    assert what_is_wrong(installation.database, ghl, 20) == []
    assert ghl.creates() == 20


def test_killed_in_the_midst_of_writing_down(installation, ghl):
    add_people(installation, 40)
    ghl.latency = 0.05
    process = installation.start_push()
    until(lambda: len(installation.database.rows(LINKED)) >= 5)
    kill(process)
    goes_on_to_the_end(installation)
    assert what_is_wrong(installation.database, ghl, 40) == []
    assert ghl.creates() == 40


def test_killed_at_random_points_while_answers_are_lost(installation, ghl):
    chance = random.Random(4)
    add_people(installation, 100)
    ghl.latency = 0.05
    ghl.faults.add("/contacts", method="POST", kind="lost_answer", share=0.08, times=None)
    ghl.faults.add("/contacts", method="POST", kind="created_422", share=0.03, times=None)
    nursery = Nursery(installation.environment, LOCATION_ID)
    try:
        for _ in range(10):
            forget_the_pace(installation)
            pushing = [nursery.push() for _ in range(chance.choice((1, 1, 2)))]
            share_done = len(ghl.location.contacts) + chance.randint(1, 15)
            until(lambda: len(ghl.location.contacts) >= min(100, share_done) or not any(map(is_alive, pushing)))  # noqa: B023
            for process_id in pushing:
                end(process_id)
    finally:
        nursery.close()
    ghl.faults.clear()
    goes_on_to_the_end(installation)
    assert what_is_wrong(installation.database, ghl, 100) == []
