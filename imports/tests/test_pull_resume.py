"""Whatever ends a pull, it says so, and resumed it comes to what an undisturbed pull comes to, row for row."""

import uuid

import pytest
from django.db import OperationalError
from django.utils import timezone

from imports.models import ImportBatch, StagedRecord
from imports.pulling import batches, pull
from imports.tests.pull_cast import (
    CONVERSATIONS,
    EXPORT,
    SEARCH,
    forget_pulls,
    pulled,
    resumed,
    what_came_of_it,
)
from integrations.ghl.client import GHLClient
from prospects.models import SalesProspect

FAULTS = {
    "GHL is down": {"status": 503, "times": None},
    "the connection is cut": {"kind": "close", "times": None},
    "the answer stops half-way": {"kind": "truncated", "times": None},
    "the answer is no JSON": {"kind": "malformed", "times": None},
    "a web page is answered": {"kind": "html", "times": None},
    "too many requests": {"status": 429, "times": None},
    "the day's allowance is spent": {"status": 429, "headers": {"X-RateLimit-Daily-Remaining": "0"}, "times": None},
    "the token is revoked": {"status": 401, "times": None},
    "the location is closed to the token": {"status": 403, "times": None},
}
WORDS = {
    "GHL is down": "fault of its own",
    "the connection is cut": "could not be reached",
    "the answer stops half-way": "could not be read",
    "the answer is no JSON": "could not be read",
    "a web page is answered": "web page",
    "too many requests": "fewer requests",
    "the day's allowance is spent": "daily allowance",
    "the token is revoked": "token",
    "the location is closed to the token": "no access to this location",
}


@pytest.fixture
def town(crowd, location):
    """A crowd of whom some are in the portal already, or twice in the location; with the same ids for each test."""
    people = list(crowd.location.contacts.values())
    for number, person in enumerate(people[:5]):
        SalesProspect.objects.create(
            id=uuid.UUID(int=number),
            contact_first_name=person.first_name, contact_last_name=person.last_name, contact_email=person.email or "",
        )  # fmt: skip
    for number, person in enumerate(people[5:10]):
        crowd.location.add_contact(
            id=f"twin{number}", date_added=person.date_added, first_name=person.first_name,
            last_name=person.last_name, company_name=person.company_name,
        )  # fmt: skip
    return crowd


CAME_TO = {}


def undisturbed(integration, strategy="export"):
    """What an undisturbed pull comes to, forgotten again. Pulled once a day for each strategy: towns are all alike."""
    asked_for = (strategy, timezone.now().date())
    if asked_for not in CAME_TO:
        assert pulled(integration, strategy=strategy).status == "success"
        CAME_TO[asked_for] = what_came_of_it(integration)
        forget_pulls()
    return CAME_TO[asked_for]


@pytest.mark.slow
@pytest.mark.parametrize("what", FAULTS)
@pytest.mark.parametrize(
    ("path", "strategy", "after"),
    [("/contacts*", "export", 2), (EXPORT, "export", 2), ("/conversations/*", "per-contact", 60)],
    ids=["contacts", "calls by export", "calls by contact"],
)
def test_whatever_is_in_the_way_is_told_and_the_pull_goes_on_from_there(town, location, what, path, strategy, after):
    wanted = undisturbed(location, strategy=strategy)
    town.faults.add(path, after=after, **FAULTS[what])
    failed = pulled(location, strategy=strategy)
    assert failed.status == "failed"
    assert WORDS[what] in failed.error
    assert failed.contacts_read > 0
    town.faults.clear()
    town.journal.clear()
    assert resumed(location).status == "success"
    assert what_came_of_it(location) == wanted


def test_a_resumed_pull_does_not_read_again_what_it_has(town, location):
    town.faults.add(EXPORT, status=503, after=2, times=None)
    pulled(location)
    town.faults.clear()
    town.journal.clear()
    resumed(location)
    assert not town.journal.entries(SEARCH)
    assert len(town.journal.entries(EXPORT)) <= 4


def test_calls_are_exported_beside_the_contacts(town, location):
    pulled(location)
    paths = [entry.path for entry in town.journal.entries()]
    assert paths.index(EXPORT) < max(place for place, path in enumerate(paths) if path == SEARCH)


def test_what_failed_beside_the_contacts_is_asked_for_again_in_its_own_phase(town, location):
    wanted = undisturbed(location)
    town.faults.add(EXPORT, status=503, times=5)  # as often as the client tries
    batch = pulled(location)
    if batch.status == "failed":  # the contacts were read before the client had given up
        batch = resumed(location)
    assert batch.status == "success"
    assert what_came_of_it(location) == wanted


def test_a_dead_export_cursor_does_not_even_stop_the_pull(town, location):
    wanted = undisturbed(location)
    town.faults.add(EXPORT, status=400, body={"message": "Invalid or expired cursor"}, after=2, times=1)
    assert pulled(location).status == "success"
    assert what_came_of_it(location) == wanted


def test_a_pull_that_ran_out_of_its_slice_is_queued_and_goes_on(town, location):
    wanted = undisturbed(location)
    runs = [pulled(location, seconds=0)]
    while runs[-1].status == "queued":
        runs.append(pull.run(runs[-1].pk, seconds=0))
    assert len(runs) > 3
    assert what_came_of_it(location) == wanted


def test_a_pull_stopped_at_any_of_its_steps_goes_on_where_it_was(town, location):
    wanted = undisturbed(location)
    batch, stopped_at = batches.start(location), []

    def stop(current):
        if stopped_at.count(current.phase) < 6:  # what follows the last page begins anew each time
            batches.request_stop(current)

    while batch.is_unfinished:
        batch = pull.run(batches.resume(location).pk, on_progress=stop)
        stopped_at.append(batch.phase)
    assert {phase: stopped_at.count(phase) for phase in stopped_at} == {
        "contacts": 4, "calls": 6, "detection": 6, "done": 1
    }  # fmt: skip
    assert what_came_of_it(location) == wanted


@pytest.mark.parametrize(
    ("phase", "step"), [("contacts", 1), ("contacts", 2), ("contacts", 4), ("calls", 1), ("detection", 1), ("done", 1)]
)
def test_a_fault_of_ours_leaves_nothing_half_written(town, location, phase, step):
    wanted = undisturbed(location)
    noted = []

    def fail_now(batch):
        noted.append(batch.phase)
        if noted.count(phase) == step:
            raise RuntimeError("with a name in it")

    with pytest.raises(RuntimeError):
        pulled(location, on_progress=fail_now)
    failed = ImportBatch.objects.get()
    if failed.is_unfinished:
        assert failed.status == "failed"
        assert "A fault of the portal itself (RuntimeError)" in failed.error
        assert "name" not in failed.error
        resumed(location)
    assert what_came_of_it(location) == wanted


def test_a_page_that_cannot_be_kept_leaves_no_part_of_it(town, location, monkeypatch):
    wanted = undisturbed(location)
    note_page, pages = pull._Work._note_page, []

    def fail_at_the_third(work, walk, page):
        pages.append(walk)
        if pages.count("contacts") == 3:
            raise RuntimeError
        note_page(work, walk, page)

    monkeypatch.setattr(pull._Work, "_note_page", fail_at_the_third)
    with pytest.raises(RuntimeError):
        pulled(location)
    failed = ImportBatch.objects.get()
    assert StagedRecord.objects.count() == failed.contacts_staged == failed.contacts_read == 40
    resumed(location)
    assert what_came_of_it(location) == wanted


def test_a_keyboard_interrupt_stops_the_pull_as_a_person_would(town, location):
    def interrupt(batch):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pulled(location, on_progress=interrupt)
    assert ImportBatch.objects.get().status == "stopped"


def test_an_interrupt_that_a_database_reports_as_its_own_error_is_an_interrupt(town, location):
    def interrupt(batch):
        try:
            raise KeyboardInterrupt
        except KeyboardInterrupt:
            raise OperationalError("pipeline aborted")  # noqa: B904  as psycopg does

    with pytest.raises(KeyboardInterrupt):
        pulled(location, on_progress=interrupt)
    assert ImportBatch.objects.get().status == "stopped"


def test_a_refused_export_is_tried_again_when_the_stand_in_was_refused_as_well(town, location):
    """A token without its scopes: mended, the pull goes on in the fast way."""
    town.faults.refuse("/conversations/*", status=401)
    town.faults.refuse(EXPORT, status=401)
    failed = pulled(location)
    assert "did not accept the location's token" in failed.error
    assert (failed.strategy, failed.phase) == ("export", "calls")
    town.faults.clear()
    assert resumed(location).strategy == "export"
    assert not town.journal.entries(CONVERSATIONS)[7:]


def test_a_refused_export_is_stood_in_for_contact_by_contact_and_the_remark_says_why(town, location):
    town.faults.refuse(EXPORT, status=404)
    batch = pulled(location)
    assert (batch.status, batch.strategy, batch.calls_read) == ("success", "per-contact", len(town.call_ids()))
    assert "Calls are read contact by contact, since GHL refused" in batch.remarks[0]
    assert "status 404" in batch.remarks[0]


SPENT = {"status": 429, "headers": {"X-RateLimit-Daily-Remaining": "0"}, "times": None}


def test_a_spent_allowance_is_no_reason_to_read_calls_contact_by_contact(town, location):
    town.faults.add(EXPORT, **SPENT)
    failed = pulled(location)
    assert "daily allowance" in failed.error
    assert failed.strategy == "export"
    assert not town.journal.entries(CONVERSATIONS)


def test_an_allowance_spent_by_the_stand_in_is_told_rather_than_the_refusal(town, location):
    town.faults.refuse(EXPORT, status=404)
    town.faults.add(CONVERSATIONS, **SPENT)
    assert "daily allowance" in pulled(location).error


def test_when_calls_are_refused_both_ways_the_reason_is_that_of_the_export(town, location):
    town.faults.refuse(EXPORT, status=422)
    town.faults.refuse(CONVERSATIONS, status=401)
    assert "status 422" in pulled(location).error


def test_an_export_that_worked_is_not_replaced_when_it_is_refused_later(town, location):
    town.faults.add(EXPORT, status=503, after=2, times=None)
    pulled(location)
    town.faults.clear()
    town.faults.refuse(EXPORT, status=403)
    failed = resumed(location)
    assert (failed.status, failed.strategy) == ("failed", "export")
    assert "no access to this location" in failed.error


@pytest.mark.parametrize("fault", [None, {"status": 401, "times": None}])
def test_a_pull_closes_its_connections_however_it_ends(town, location, monkeypatch, fault):
    closed = []
    monkeypatch.setattr(GHLClient, "close", lambda client: closed.append(client))
    if fault:
        town.faults.add(**fault)
    pulled(location)
    assert len(closed) == 1


def test_the_requests_and_seconds_of_all_runs_are_added_up(town, location):
    town.faults.add(EXPORT, status=503, after=2, times=None)
    first = pulled(location)
    town.faults.clear()
    second = resumed(location)
    assert second.requests == town.journal.total
    assert second.seconds_worked > first.seconds_worked > 0
