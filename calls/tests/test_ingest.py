"""Calls as GHL tells of them, written once, on the right side, over nothing that somebody else wrote."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from calls import ingest
from calls.ingest import record_calls
from calls.models import Call, SalesCall
from integrations.ghl.payloads import CallMessage, CallStatus
from integrations.models import Client, GHLIntegration
from prospects.models import Contact, SalesProspect

RECORDING = "https://storage.example/recordings/m1.mp3"
M1 = CallMessage(
    message_id="m1",
    contact_id="c1",
    direction="outbound",
    status=CallStatus.COMPLETED,
    duration=timedelta(seconds=95.4),
    placed_at=datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    from_number="+12025550100",
    to_number="+12025550143",
    recording_urls=(RECORDING,),
)
KNOWN = {
    "call_status": "completed",
    "direction": "outbound",
    "duration": 95,
    "from_number": "+12025550100",
    "to_number": "+12025550143",
    "started_at": datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC),
    "ghl_contact_id": "c1",
    "recording_url": RECORDING,
}


@pytest.fixture
def ours(db: None) -> GHLIntegration:
    return GHLIntegration.objects.create(location_id="loc1", integration_type="internal")


@pytest.fixture
def dana(db: None) -> SalesProspect:
    return SalesProspect.objects.create(contact_first_name="Dana")


def told(**changes: Any) -> CallMessage:
    return CallMessage(**{name: getattr(M1, name) for name in M1.__slots__} | changes)


def the_call() -> dict[str, Any]:
    return SalesCall.objects.values(*KNOWN).get()


def test_an_internal_call_is_a_sales_call_of_its_prospect(ours, dana):
    assert record_calls(ours, dana, [M1]) == 1
    assert the_call() == KNOWN
    assert (SalesCall.objects.get().prospect, SalesCall.objects.get().integration) == (dana, ours)
    assert not Call.objects.exists()


@pytest.mark.django_db
def test_a_client_s_call_is_a_call_of_its_contact():
    acme = Client.objects.create(name="Acme")
    location = GHLIntegration.objects.create(location_id="loc2", integration_type="client", client=acme)
    contact = Contact.objects.create(client=acme)
    assert record_calls(location, contact, [M1]) == 1
    assert Call.objects.values(*KNOWN).get() == KNOWN
    assert (Call.objects.get().contact, SalesCall.objects.exists()) == (contact, False)


def test_recording_twice_makes_one_row_and_changes_nothing(ours, dana):
    record_calls(ours, dana, [M1])
    before = SalesCall.objects.values().get()
    assert record_calls(ours, dana, [M1]) == 0
    assert SalesCall.objects.values().get() == before


def test_the_same_call_twice_in_one_go_is_one_row(ours, dana):
    assert record_calls(ours, dana, [M1, M1]) == 1
    assert SalesCall.objects.count() == 1


def test_no_calls_are_no_work(ours, dana, django_assert_num_queries):
    with django_assert_num_queries(2):  # the savepoint and its end
        assert record_calls(ours, dana, []) == 0


def test_only_new_rows_are_counted(ours, dana):
    record_calls(ours, dana, [M1])
    assert record_calls(ours, dana, [M1, told(message_id="m2"), told(message_id="m3")]) == 2


def test_what_a_person_or_another_source_wrote_is_not_touched(ours, dana):
    record_calls(ours, dana, [M1])
    theirs = {
        "disposition": "Meeting Booked",
        "disposition_source": "bdr",
        "notes": "Nice.",
        "transcript": "Hello",
        "ai_summary": {"sentiment": "warm"},
        "recording_url": "https://better.example/m1.wav",
    }
    SalesCall.objects.update(**theirs)
    record_calls(ours, dana, [told(duration=timedelta(seconds=10), recording_urls=("https://other.example/",))])
    assert SalesCall.objects.values(*theirs).get() == theirs
    assert SalesCall.objects.get().duration == 10


def test_what_ghl_leaves_out_this_time_stays_as_it_was(ours, dana):
    record_calls(ours, dana, [M1])
    record_calls(ours, dana, [CallMessage(message_id="m1")])
    assert the_call() == KNOWN


def test_what_was_not_known_is_filled_in_later(ours, dana):
    record_calls(ours, dana, [CallMessage(message_id="m1")])
    record_calls(ours, dana, [M1])
    assert the_call() == KNOWN


@pytest.mark.parametrize("later", [CallStatus.PENDING, CallStatus.OTHER])
def test_a_call_that_ended_does_not_ring_again(ours, dana, later):
    record_calls(ours, dana, [M1])
    record_calls(ours, dana, [told(status=later)])
    assert the_call()["call_status"] == "completed"


def test_a_ringing_call_takes_its_final_status(ours, dana):
    record_calls(ours, dana, [told(status=CallStatus.PENDING)])
    record_calls(ours, dana, [told(status=CallStatus.VOICEMAIL)])
    assert the_call()["call_status"] == "voicemail"


def test_a_call_without_a_duration_was_not_picked_up(ours, dana):
    record_calls(ours, dana, [told(duration=None), told(message_id="m2", duration=timedelta(0))])
    assert sorted(SalesCall.objects.values_list("external_call_id", "duration")) == [("m1", None), ("m2", 0)]


def test_values_too_long_for_their_columns_do_not_stop_the_call(ours, dana):
    long_address = "https://storage.example/" + "x" * 1000
    record_calls(ours, dana, [told(from_number="1" * 100, recording_urls=(long_address, RECORDING))])
    assert (the_call()["from_number"], the_call()["recording_url"]) == ("1" * 64, RECORDING)


def test_a_call_that_belonged_to_nobody_gets_its_person(ours, dana):
    SalesCall.objects.create(integration=ours, external_call_id="m1", transcript="Hello")
    assert record_calls(ours, dana, [M1]) == 0
    assert (SalesCall.objects.get().prospect, SalesCall.objects.get().transcript) == (dana, "Hello")


def test_a_change_shows_in_the_row_s_own_time(ours, dana):
    record_calls(ours, dana, [told(duration=None)])
    long_ago = timezone.now() - timedelta(days=9)
    SalesCall.objects.update(updated_at=long_ago)
    record_calls(ours, dana, [told(duration=None)])
    assert SalesCall.objects.get().updated_at == long_ago
    record_calls(ours, dana, [M1])
    assert SalesCall.objects.get().updated_at > long_ago


def test_the_same_message_id_in_two_locations_is_two_calls(ours, dana):
    other = GHLIntegration.objects.create(location_id="loc2", integration_type="internal")
    assert record_calls(ours, dana, [M1]) + record_calls(other, dana, [M1]) == 2
    assert SalesCall.objects.count() == 2


@pytest.fixture
def in_threads(transactional_db: None, tmp_path: Path) -> Callable[..., list[Any]]:
    """Runs functions at once, each in a thread with a connection of its own, and gives what they return.

    SQLite in memory has no connections that wait for each other, so that the threads get a copy in a file.
    """
    copy = tmp_path / "copy.sqlite3" if connection.vendor == "sqlite" else None

    def run(*functions: Callable[[], Any]) -> list[Any]:
        together = Barrier(len(functions))

        def connected(function: Callable[[], Any]) -> Any:
            if copy:
                connection.settings_dict = {**connection.settings_dict, "NAME": str(copy)}
            try:
                connection.ensure_connection()
                together.wait(timeout=10)
                return function()
            finally:
                connections.close_all()

        if copy and not copy.exists():
            with closing(sqlite3.connect(copy)) as file:
                connection.connection.backup(file)
        with ThreadPoolExecutor(len(functions)) as threads:
            return list(threads.map(connected, functions, timeout=60))

    return run


def test_two_at_once_make_one_row_each_and_count_it_once(in_threads, ours, dana):
    calls = [told(message_id=f"m{number}", from_number="", to_number="") for number in range(40)]
    numbers = [told(message_id=f"m{number}", duration=None, recording_urls=()) for number in reversed(range(40))]
    created = in_threads(lambda: record_calls(ours, dana, calls), lambda: record_calls(ours, dana, numbers))
    (rows,) = in_threads(lambda: list(SalesCall.objects.values_list("duration", "from_number")))
    assert (sum(created), rows) == (40, [(95, "+12025550100")] * 40)


def test_losing_the_race_for_a_new_row_brings_the_call_up_to_date(ours, dana, monkeypatch):
    """The other process writes its row after we looked and before we write."""
    look = ingest._locked

    def look_just_before_the_other_writes(integration: GHLIntegration, keys: Any) -> Any:
        found = look(integration, keys)
        monkeypatch.setattr(ingest, "_locked", look)
        SalesCall.objects.create(integration=ours, external_call_id="m1", notes="Theirs")
        return found

    monkeypatch.setattr(ingest, "_locked", look_just_before_the_other_writes)
    assert record_calls(ours, dana, [M1]) == 0
    assert (the_call(), SalesCall.objects.get().notes) == (KNOWN, "Theirs")
