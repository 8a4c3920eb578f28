"""Comparing with GHL: every call that no delivery told of is restored, and no right one is changed."""

import json
import random
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from calls import call_export
from calls.models import SalesCall
from calls.one_at_a_time import AlreadyRunningError
from calls.reconciling import reconcile
from calls.tasks import reconcile_location, reconcile_locations
from calls.tests.call_cast import disposition, hand_over, held_elsewhere, ms, other_location, prospect
from conftest import LOCATION_ID, TOKEN
from integrations.models import GHLIntegration
from integrations.sandbox.server import Sandbox
from integrations.sandbox.shapes import message_shape
from prospects.models import Contact

pytestmark = pytest.mark.django_db
EXPORT = "/conversations/messages/export"


@pytest.fixture
def town(ghl: Sandbox) -> Sandbox:
    """A location with many people and calls, given 20 to a page."""
    ghl.populate(LOCATION_ID, contacts=60, calls=200)
    return ghl


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr(call_export, "PAGE", 20)


def call_ids(ghl: Sandbox) -> set[str]:
    return {message.id for message in ghl.location.messages.values() if message.is_call}


def known_ids() -> set[str]:
    return set(SalesCall.objects.values_list("external_call_id", flat=True))


def rows() -> dict[str, dict[str, Any]]:
    return {row["external_call_id"]: row for row in SalesCall.objects.values()}


def told_by_webhook(ghl: Sandbox, location: GHLIntegration, share: float = 1.0) -> None:
    """What the marketplace app would have delivered of that share of the calls."""
    chance = random.Random(2)
    for message in [each for each in ghl.location.messages.values() if each.is_call]:
        if chance.random() < share:
            shape = message_shape(message)
            told = {"type": "OutboundMessage", "messageId": message.id, "callStatus": shape["meta"]["call"]["status"]}
            hand_over(location, {**shape, **told, "callDuration": message.duration, "appId": "a"})


@pytest.mark.slow
def test_with_two_percent_missing_every_missing_call_is_restored_and_no_right_one_changed(location, town):
    everybody = [prospect(ghl_contact_id=contact_id) for contact_id in town.location.contacts if contact_id != "c1"]
    told_by_webhook(town, location, share=0.98)
    before, missing = rows(), call_ids(town) - known_ids()
    assert missing
    result = reconcile(location)
    after = rows()
    assert after.keys() == call_ids(town)
    assert {key: after[key] for key in before} == before
    assert (result.missing, result.repaired, result.drift, result.error) == (
        len(missing),
        len(missing),
        len(missing),
        "",
    )
    assert all(after[key]["prospect_id"] in {person.pk for person in everybody} for key in missing - {"m1"})


def test_a_second_comparison_finds_nothing_and_writes_nothing(location, town):
    reconcile(location)
    before = rows()
    again = reconcile(location)
    assert (again.drift, again.repaired, rows()) == (0, 0, before)


def test_after_the_first_time_only_what_is_new_is_read(location, town):
    whole = reconcile(location)
    again = reconcile(location)
    assert whole.checked == len(call_ids(town))
    assert again.checked < whole.checked / 10
    assert again.requests < whole.requests / 4


def test_a_location_without_calls_is_compared_too(location, ghl):
    ghl.location.remove_call("m1")
    began = timezone.now()
    assert reconcile(location).checked == 0
    location.refresh_from_db()
    assert location.calls_reconciled_until >= began


def test_a_call_that_is_written_late_is_found(location, ghl):
    reconcile(location)
    ghl.location.add_call("c1", id="late", date_added=ms(timezone.now() - timedelta(hours=20)))
    assert reconcile(location).missing == 1


def test_a_call_that_was_still_ringing_gets_its_end(location, ghl):
    SalesCall.objects.create(
        integration=location, external_call_id="m1", call_status="pending", ghl_user_id="u9", notes="Ours"
    )
    ghl.location.change_call("m1", user_id="u2")
    result = reconcile(location)
    row = SalesCall.objects.get()
    assert (row.call_status, row.duration, row.ghl_contact_id) == ("completed", 96, "c1")
    assert (row.ghl_user_id, row.notes) == ("u9", "Ours")
    assert (result.unfinished, result.repaired, result.missing) == (1, 1, 0)


def test_a_call_that_rings_for_ever_is_looked_for_where_it_began(location, ghl):
    reconcile(location)
    began = timezone.now() - timedelta(days=9)
    ghl.location.add_call("c1", id="m2", date_added=ms(began), status="no-answer")
    SalesCall.objects.create(
        integration=location, external_call_id="m2", call_status="pending", started_at=began, direction="outbound"
    )
    assert reconcile(location).unfinished == 1
    assert SalesCall.objects.get(external_call_id="m2").call_status == "no-answer"


@pytest.mark.parametrize("own", [{"duration": 12}, {"to_number": "+12025550177"}, {"agent_name": "Sam"}])
def test_what_a_row_says_is_not_replaced(location, ghl, own):
    reconcile(location)
    SalesCall.objects.update(**own, carrier_call_id="")
    before = rows()
    GHLIntegration.objects.update(calls_reconciled_until=None)
    assert reconcile(location).drift == 0
    assert rows() == before


def test_a_bdr_s_choice_stays(location, ghl):
    hand_over(location, disposition())
    reconcile(location)
    row = SalesCall.objects.get()
    assert (row.disposition, row.disposition_source, row.call_status) == ("Callback Requested", "bdr", "completed")


def test_calls_of_people_who_came_meanwhile_are_linked_and_counted(location, ghl):
    reconcile(location)
    dana = prospect()
    GHLIntegration.objects.update(calls_reconciled_until=None)
    result = reconcile(location)
    dana.refresh_from_db()
    assert (result.linked, result.repaired, dana.dial_attempts) == (1, 1, 1)
    assert SalesCall.objects.get().prospect == dana


def test_restored_calls_are_to_be_enriched(location, ghl):
    ghl.location.change_call("m1", date_added=ms(timezone.now()))
    reconcile(location)
    assert SalesCall.objects.get().enrichment_status == "waiting"


def test_another_location_s_rows_are_not_touched(location, ghl):
    elsewhere = other_location()
    SalesCall.objects.create(integration=elsewhere, external_call_id="m1", call_status="pending")
    before = SalesCall.objects.filter(integration=elsewhere).values().get()
    reconcile(location)
    assert SalesCall.objects.filter(integration=elsewhere).values().get() == before


def test_a_client_s_calls_are_restored_on_the_client_s_side(ghl):
    elsewhere = other_location("client")
    elsewhere.location_id = LOCATION_ID
    elsewhere.api_token = type(elsewhere.api_token).of(TOKEN)
    elsewhere.save()
    dana = Contact.objects.create(client=elsewhere.client, ghl_contact_id="c1", ghl_location_id=LOCATION_ID)
    assert reconcile(elsewhere).missing == 1
    assert dana.calls.count() == 1
    assert not SalesCall.objects.exists()


# ---------------------------------------------------------------- what ends it early, and what does not


@pytest.mark.parametrize("after", [0, 1, 4, 9])
def test_whatever_ends_it_the_next_one_goes_on(location, town, after):
    town.faults.add(EXPORT, status=401, after=after, times=None)
    first = reconcile(location)
    assert "did not accept the location's token" in first.error
    assert len(known_ids()) == first.missing
    town.faults.clear()
    second = reconcile(location)
    assert (known_ids(), second.error) == (call_ids(town), "")
    assert first.missing + second.missing == len(call_ids(town))


def test_a_cursor_that_died_on_the_way_does_not_end_it(location, town):
    result = reconcile(location, on_progress=lambda result: town.clock.advance(150))
    assert (known_ids(), result.error) == (call_ids(town), "")
    assert result.checked == len(call_ids(town))  # each once, however often the walk began again


def test_an_export_that_ends_too_early_is_taken_up_again(location, town):
    given = []

    def cut_short(client: Any, **about: Any) -> Any:
        page = ask(client, **about)
        given.append(page)
        return type(page)(page.items, None, page.total) if len(given) == 3 else page

    ask = call_export.GHLClient.export_calls_page
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(call_export.GHLClient, "export_calls_page", cut_short)
        reconcile(location)
    assert known_ids() == call_ids(town)


def test_one_that_ended_early_is_no_reason_to_skip_what_came_after(location, town):
    town.faults.add(EXPORT, status=401, after=3, times=None)
    reconcile(location)
    location.refresh_from_db()
    latest = SalesCall.objects.order_by("-started_at").values_list("started_at", flat=True).first()
    assert location.calls_reconciled_until == latest


def test_a_record_that_is_no_call_is_drift_that_is_not_repaired(location, ghl):
    body = {"messages": [{"id": ""}, {"id": "x" * 70}, None], "nextCursor": None, "total": 3}
    ghl.faults.add(EXPORT, status=200, body=body)
    result = reconcile(location)
    assert (result.checked, result.drift, result.repaired, len(result.unreadable)) == (3, 3, 0, 3)


def test_a_location_has_one_comparison_at_a_time(location, ghl):
    with held_elsewhere(f"comparing the calls of {LOCATION_ID}"), pytest.raises(AlreadyRunningError):
        reconcile(location)
    assert reconcile(location).missing == 1


def test_a_location_that_is_switched_off_says_so(location, ghl):
    location.is_active = False
    location.save()
    assert "switched off" in reconcile(location).error


# ---------------------------------------------------------------- the command and the schedule


def command(*arguments: str) -> tuple[int, dict[str, Any], str]:
    out, err = StringIO(), StringIO()
    status: Any = 0
    try:
        call_command("reconcile", *arguments, "--json", stdout=out, stderr=err)
    except SystemExit as exit_:
        status = exit_.code
    return status, json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_the_command_reports_what_it_did(location, ghl):
    status, result, told = command(LOCATION_ID)
    assert (status, result["checked"], result["repaired"], result["drift"], result["requests"]) == (0, 1, 1, 1, 1)
    assert result["seconds"] >= 0
    assert "1 were missing" in told


def test_the_command_is_safe_to_run_twice(location, ghl):
    command(LOCATION_ID)
    status, result, _ = command(LOCATION_ID)
    assert (status, result["repaired"], result["drift"]) == (0, 0, 0)


@pytest.mark.django_db(transaction=True)
def test_the_command_fails_when_it_was_cut_short(location, ghl):
    ghl.revoke(TOKEN)
    status, result, _ = command(LOCATION_ID)
    assert (status, result["repaired"]) == (1, 0)
    assert "did not accept" in result["error"]
    assert TOKEN not in json.dumps(result)


def test_an_unknown_location_fails_in_words():
    status, result, _ = command("nowhere")
    assert (status, "There is no location nowhere" in result["error"]) == (1, True)


def test_the_schedule_compares_every_active_location(location, queued):
    other_location(is_active=False)
    reconcile_locations()
    assert queued == [("calls.tasks.reconcile_location", (str(location.pk),))]


def test_the_scheduled_comparison_gives_way_to_one_under_way(location, ghl):
    with held_elsewhere(f"comparing the calls of {LOCATION_ID}"):
        reconcile_location(str(location.pk))
    assert not SalesCall.objects.exists()
