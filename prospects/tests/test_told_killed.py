# ruff: noqa: F811 (the fixtures are those of the cast)
"""Telling GHL of changes in real processes that are killed without warning: GHL ends with what the portal has."""

import json
import random

import pytest

from conftest import LOCATION_ID
from integrations.sandbox.server import Sandbox
from prospects.tests.killed_cast import end, installation, is_alive  # noqa: F401
from prospects.tests.nursery import Nursery
from prospects.tests.outbound_cast import HoldingGHL, as_contact, forget_the_pace, until

pytestmark = [pytest.mark.slow, pytest.mark.django_db]
PEOPLE = 40
CLAIMS = "SELECT id FROM ghl_told WHERE claimed_by <> ''"
LET_CLAIMS_RUN_OUT = "UPDATE ghl_told SET claimed_until = '2020-01-01 00:00:00+00:00' WHERE claimed_until IS NOT NULL"


@pytest.fixture
def ghl():
    with HoldingGHL() as server:
        yield server


def title_field(ghl: Sandbox) -> str:
    return next(field["id"] for field in ghl.location.custom_fields if field["name"] == "Job Title")


def add_people_in_ghl(installation, ghl) -> None:
    installation.database.add_prospects(as_contact(number) for number in range(PEOPLE))
    for number in range(PEOPLE):
        person = as_contact(number)
        ghl.location.add_contact(
            id=person.id, first_name=person.first_name, last_name=person.last_name, email=person.email
        )
        installation.database.run(
            f"UPDATE sales_prospects SET ghl_contact_id = '{person.id}', ghl_location_id = '{LOCATION_ID}' "  # noqa: S608
            f"WHERE contact_email = '{person.email}'"
        )
    mapping = json.dumps({"job_title": title_field(ghl)})
    installation.database.run(f"UPDATE ghl_integrations SET custom_field_mapping = '{mapping}'")  # noqa: S608


def change_everybody(installation, turn: int) -> None:
    installation.database.run(
        f"UPDATE sales_prospects SET contact_title = 'Title {turn}', tags = '[\"turn {turn}\"]', "  # noqa: S608
        "updated_at = CURRENT_TIMESTAMP"
    )


def tell_to_the_end(installation, nursery) -> None:
    installation.database.run(LET_CLAIMS_RUN_OUT)
    forget_the_pace(installation)
    telling = nursery.tell()
    until(lambda: not is_alive(telling))


def what_is_wrong(ghl, turn: int) -> list[str]:
    field = title_field(ghl)
    return [
        f"{contact.id}: {contact.custom_fields} {contact.tags}"
        for contact in ghl.location.contacts.values()
        if (*contact.custom_fields,) != ((field, f"Title {turn}"),) or [*contact.tags] != [f"turn {turn}"]
    ]


def test_killed_at_random_points_while_people_change_and_answers_are_lost(installation, ghl):
    chance = random.Random(7)
    add_people_in_ghl(installation, ghl)
    nursery = Nursery(installation.environment, LOCATION_ID)
    try:
        tell_to_the_end(installation, nursery)
        ghl.latency = 0.03
        ghl.faults.add("/contacts", method="PUT", kind="lost_answer", share=0.05, times=None)
        for turn in range(1, 9):
            change_everybody(installation, turn)
            installation.database.run(LET_CLAIMS_RUN_OUT)
            forget_the_pace(installation)
            before = len(ghl.journal.entries())
            telling = [nursery.tell() for _ in range(chance.choice((1, 2)))]
            enough = before + chance.randint(1, 60)
            until(lambda: len(ghl.journal.entries()) >= enough or not any(map(is_alive, telling)))  # noqa: B023
            for process_id in telling:
                end(process_id)
        ghl.faults.clear()
        installation.database.run("UPDATE ghl_told SET next_try_at = '2020-01-01 00:00:00+00:00'")
        tell_to_the_end(installation, nursery)
    finally:
        nursery.close()
    assert what_is_wrong(ghl, 8) == []
    assert len(ghl.location.contacts) == PEOPLE
    assert installation.database.rows(CLAIMS) == []


def test_killed_after_ghl_did_it_and_before_that_was_written_down(installation, ghl):
    add_people_in_ghl(installation, ghl)
    nursery = Nursery(installation.environment, LOCATION_ID)
    try:
        tell_to_the_end(installation, nursery)
        change_everybody(installation, 1)
        forget_the_pace(installation)
        ghl.hold("PUT")
        telling = nursery.tell()
        assert ghl.arrived.wait(30)
        end(telling)
        ghl.let_go()
        change_everybody(installation, 2)
        tell_to_the_end(installation, nursery)
    finally:
        nursery.close()
    assert what_is_wrong(ghl, 2) == []
