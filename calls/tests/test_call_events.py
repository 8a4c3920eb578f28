"""What becomes of a delivery about a call: whose it is, which call it means, what is flagged, what is asked of GHL."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.module_loading import import_string

from calls.enrichment import enrich
from calls.ingest import link_calls_of
from calls.latest_calls import fetch_latest_calls
from calls.models import SalesCall
from calls.tasks import find_calls_of_contact
from calls.tests.call_cast import (
    GREETING,
    PHONE,
    PLACED_AT,
    completed,
    disposition,
    hand_over,
    in_full,
    ms,
    only_call,
    other_location,
    prospect,
)
from integrations.events import Outcome
from integrations.inbox import process, replay
from integrations.models import WebhookEvent
from integrations.retention import forget_old
from integrations.tests.inbox_cast import post

pytestmark = pytest.mark.django_db


def just_now(**by: float) -> str:
    return (timezone.now() - timedelta(**by)).isoformat()


# ---------------------------------------------------------------- from the inbox to the row


@pytest.mark.django_db(transaction=True)
def test_a_delivery_goes_from_the_inbox_to_its_row(location, queued):
    event = WebhookEvent.objects.create(integration=location, delivery_key="k", source="workflow", payload=completed())
    assert process(event.pk) == "done"
    event.refresh_from_db()
    assert (event.row_table, event.row_id) == ("sales_calls", only_call().pk)
    assert queued == [("calls.tasks.enrich_call", (str(only_call().pk),))]


@pytest.mark.parametrize("kind", ["call", "contact"])
def test_every_handler_that_the_settings_name_is_there(kind):
    assert callable(import_string(settings.GHL_EVENT_HANDLERS[kind]))


def test_a_call_that_nobody_answered_needs_nothing_from_ghl(location):
    handled = hand_over(location, completed(callStatus="no answer", startedAt=just_now(), duration=None))
    assert (handled.then, only_call().enrichment_status) == ((), "not_needed")


@pytest.mark.django_db(transaction=True)
def test_a_delivery_that_was_forgotten_and_comes_again_makes_no_second_call(location, queued):
    long_ago = timezone.now() - timedelta(days=200)
    for again in (False, True):
        for payload in (completed(startedAt=long_ago.isoformat()), disposition()):
            post(location.webhook_path, payload)
        assert [process(event.pk) for event in WebhookEvent.objects.all()] == ["done", "done"]
        if not again:
            before = in_full(only_call())
            WebhookEvent.objects.update(received_at=long_ago, settled_at=long_ago)
            assert forget_old() == (2, 0)
    assert in_full(only_call()) == before


# ---------------------------------------------------------------- when it was


@pytest.mark.django_db(transaction=True)
def test_a_call_whose_time_nobody_told_is_dated_by_its_delivery_and_not_by_the_replay(location, queued):
    received = timezone.now() - timedelta(days=3)
    failed = WebhookEvent.objects.create(
        integration=location, delivery_key="k", source="workflow", payload=completed(callStatus="no answer"),
        status="failed", received_at=received, settled_at=received,
    )  # fmt: skip
    replay([failed.pk])
    assert process(failed.pk) == "done"
    assert only_call().started_at == received


def test_the_earliest_delivery_dates_the_call_in_whichever_order_they_are_handed_over(location):
    early, late = timezone.now() - timedelta(hours=3), timezone.now() - timedelta(hours=1)
    hand_over(location, disposition(), late)
    hand_over(location, completed(), early)
    hand_over(location, completed(notes="Sent again."), late)
    assert only_call().started_at == early


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_time_that_is_told_stands_above_when_it_was_told(location, order):
    placed = timezone.now() - timedelta(hours=2)
    both = (completed(startedAt=placed.isoformat()), disposition())
    for number in order:
        hand_over(location, both[number])
    assert only_call().started_at == placed


def test_a_call_that_is_dated_by_its_delivery_still_gets_its_own_time_from_ghl(location, ghl):
    hand_over(location, completed(callStatus="no answer", duration=None), PLACED_AT + timedelta(hours=5))
    hand_over(location, disposition(), PLACED_AT + timedelta(hours=6))
    assert only_call().started_at == PLACED_AT + timedelta(hours=5)
    enrich(only_call().pk)
    assert (only_call().started_at, only_call().ghl_told != []) == (PLACED_AT, True)


def test_an_old_call_that_is_replayed_today_is_not_taken_for_today_s(location):
    hand_over(location, completed(), timezone.now() - timedelta(days=3))
    assert hand_over(location, no_id()).outcome == Outcome.WAITING


# ---------------------------------------------------------------- what came of it


def test_a_bdr_s_choice_stands_above_the_inference(location):
    hand_over(location, completed(callStatus="no answer"))
    assert (only_call().disposition, only_call().disposition_source) == ("No Answer", "inferred")
    hand_over(location, disposition(disposition="MEETING BOOKED"))
    hand_over(location, completed(callStatus="no answer", notes="Call back on Friday."))
    assert (only_call().disposition, only_call().disposition_source) == ("Meeting Booked", "bdr")


def test_a_bdr_s_choice_stands_above_the_ai_s(location):
    hand_over(location, disposition(disposition="Meeting Booked"))
    hand_over(location, completed(aiSummary={"disposition": "Not Interested"}))
    assert (only_call().disposition, only_call().disposition_source) == ("Meeting Booked", "bdr")


def test_a_bdr_may_choose_again(location):
    hand_over(location, disposition(disposition="callback"))
    hand_over(location, disposition(disposition="Not Interested"))
    assert only_call().disposition == "Not Interested"


def test_the_ai_s_word_is_not_overwritten_by_a_transcript(location):
    hand_over(location, completed(aiSummary={"disposition": "Future Potential"}))
    hand_over(location, completed(transcript=GREETING))
    assert (only_call().disposition, only_call().disposition_source) == ("Future Potential", "ai")


def test_the_inference_follows_what_becomes_known(location):
    hand_over(location, completed())
    assert (only_call().disposition, only_call().disposition_source) == (None, None)
    hand_over(location, completed(transcript=GREETING))
    assert (only_call().disposition, only_call().disposition_source) == ("Voicemail", "inferred")


def test_an_unknown_disposition_is_flagged_and_not_guessed(location):
    handled = hand_over(location, disposition(disposition="Left with Bob"))
    assert any("Left with Bob" in flag for flag in handled.flags)
    assert only_call().disposition is None


def test_an_unknown_status_is_flagged(location):
    assert any("Gone fishing" in flag for flag in hand_over(location, completed(callStatus="Gone fishing")).flags)


# ---------------------------------------------------------------- whose call it is


def test_a_call_belongs_to_the_person_of_its_ghl_contact(location):
    dana = prospect()
    hand_over(location, completed())
    assert only_call().prospect == dana


@pytest.mark.parametrize("stored", ["+12025550143", "(202) 555-0143", "1 202.555.0143"])
def test_somebody_without_a_ghl_contact_is_found_by_phone(location, stored):
    dana = prospect(ghl_contact_id=None, ghl_location_id="", contact_phone=stored)
    hand_over(location, completed(phone="(202) 555-0143"))
    assert only_call().prospect == dana


def test_a_number_that_several_share_names_nobody(location):
    for _ in range(2):
        prospect(ghl_contact_id=None, ghl_location_id="", contact_phone=PHONE)
    hand_over(location, completed())
    assert only_call().prospect is None


def test_a_colleague_with_the_same_number_is_not_meant(location):
    prospect(ghl_contact_id="another", contact_phone=PHONE)
    hand_over(location, {**completed(), "first_name": "Robin", "last_name": "Vale"})
    assert only_call().prospect is None


def test_a_contact_that_was_merged_is_known_by_its_earlier_calls(location):
    dana = prospect(ghl_contact_id="another")
    SalesCall.objects.create(integration=location, external_call_id="m0", ghl_contact_id="c1", prospect=dana)
    hand_over(location, completed(to=None))
    assert SalesCall.objects.get(external_call_id="m1").prospect == dana


def test_people_of_another_location_are_not_meant(location):
    prospect(ghl_location_id="anotherLocation00001", contact_phone=PHONE)
    hand_over(location, completed())
    assert only_call().prospect is None


def test_an_unknown_caller_is_linked_when_the_person_arrives(location):
    hand_over(location, completed(callStatus="no answer"))
    dana = prospect()
    assert link_calls_of(location, dana) == 1
    dana.refresh_from_db()
    assert (only_call().prospect, dana.dial_attempts, dana.no_answer_count) == (dana, 1, 1)
    assert link_calls_of(location, dana) == 0


def test_an_unknown_caller_without_a_contact_is_linked_by_phone(location):
    hand_over(location, completed(contact_id=None))
    stranger = prospect(ghl_contact_id=None, ghl_location_id="", contact_phone="+12025550199")
    assert link_calls_of(location, stranger) == 0
    dana = prospect(ghl_contact_id=None, ghl_location_id="", contact_phone=PHONE)
    assert link_calls_of(location, dana) == 1


def test_linking_leaves_other_people_s_calls_and_locations_alone(location):
    robin, elsewhere = prospect(ghl_contact_id="other"), other_location()
    SalesCall.objects.create(integration=location, external_call_id="m1", ghl_contact_id="c1", prospect=robin)
    SalesCall.objects.create(integration=elsewhere, external_call_id="m2", ghl_contact_id="c1")
    assert link_calls_of(location, prospect()) == 0


def test_a_call_that_is_somebody_s_stays_theirs_whatever_number_a_delivery_names(location):
    robin, _ = prospect(ghl_contact_id="c2"), prospect()
    SalesCall.objects.create(integration=location, external_call_id="m1", ghl_contact_id="c2", prospect=robin)
    handled = hand_over(location, completed())
    assert only_call().prospect == robin
    assert any("names the GHL contact c1" in flag for flag in handled.flags)


def test_a_stranger_s_call_is_not_linked_to_another_contact_with_that_number(location):
    hand_over(location, completed(contact_id="c9"))
    assert link_calls_of(location, prospect(contact_phone=PHONE)) == 0


# ---------------------------------------------------------------- a delivery that does not name its call


def no_id(**told: Any) -> dict[str, Any]:
    return disposition(messageId=None, **told)


def test_an_outcome_without_an_id_is_that_of_the_contact_s_latest_call(location):
    for number, hours in ((1, 3), (2, 1)):
        hand_over(location, completed(messageId=f"m{number}", startedAt=just_now(hours=hours)))
    assert hand_over(location, no_id()).outcome == Outcome.DONE
    assert SalesCall.objects.get(disposition="Callback Requested").external_call_id == "m2"


@pytest.mark.parametrize("told", [{"hours": 13}, {"hours": -1}])
def test_a_call_of_another_day_or_of_later_is_not_meant(location, told):
    hand_over(location, completed(startedAt=just_now(**told)))
    assert hand_over(location, no_id()).outcome == Outcome.WAITING
    assert only_call().disposition is None


def test_a_call_that_a_bdr_decided_about_otherwise_is_not_meant(location):
    hand_over(location, completed(startedAt=just_now(hours=1)))
    hand_over(location, disposition(disposition="Meeting Booked"))
    assert hand_over(location, no_id()).outcome == Outcome.WAITING
    assert only_call().disposition == "Meeting Booked"


def test_the_time_that_is_told_picks_the_call(location):
    for number, hours in ((1, 3), (2, 1)):
        hand_over(location, completed(messageId=f"m{number}", startedAt=just_now(hours=hours)))
    hand_over(location, no_id(startedAt=just_now(hours=3, minutes=2)))
    assert SalesCall.objects.get(disposition="Callback Requested").external_call_id == "m1"


def test_the_carrier_s_id_picks_the_call(location):
    carrier = "CA" + "0" * 31
    hand_over(location, completed(messageId="m1", altId=f"{carrier}1", startedAt=just_now(hours=5)))
    hand_over(location, completed(messageId="m2", altId=f"{carrier}2", startedAt=just_now(hours=1)))
    hand_over(location, no_id(altId=f"{carrier}1"))
    assert SalesCall.objects.get(disposition="Callback Requested").external_call_id == "m1"


def test_a_completed_call_without_an_id_does_not_change_a_call_that_ended_otherwise(location):
    hand_over(location, completed(callStatus="no answer", duration=None, startedAt=just_now(minutes=9)))
    before = in_full(only_call())
    assert hand_over(location, completed(messageId=None, to=None)).outcome == Outcome.WAITING
    assert in_full(only_call()) == before


def test_without_a_call_it_waits_and_ghl_is_asked_for_the_latest(location):
    handled = hand_over(location, no_id())
    assert handled.outcome == Outcome.WAITING
    assert handled.then == (("calls.tasks.find_calls_of_contact", f"{location.pk}/c1"),)


def test_once_ghl_named_the_call_the_outcome_finds_it(location, ghl):
    dana = prospect()
    ghl.location.add_call("c1", id="m2", date_added=ms(timezone.now() - timedelta(minutes=4)), duration=30)
    task, argument = hand_over(location, no_id()).then[0]
    assert task == f"{find_calls_of_contact.name}"
    find_calls_of_contact(argument)
    assert hand_over(location, no_id()).outcome == Outcome.DONE
    row = SalesCall.objects.get(disposition="Callback Requested")
    assert (row.external_call_id, row.duration, row.prospect) == ("m2", 30, dana)


def test_of_the_contact_s_history_only_the_latest_calls_are_fetched(location, ghl):
    ghl.location.add_call("c1", id="m2", date_added=ms(timezone.now() - timedelta(hours=2)))
    ghl.location.add_call("c1", id="m3", date_added=ms(timezone.now() - timedelta(hours=1)))
    assert fetch_latest_calls(location, "c1") == 2
    assert set(SalesCall.objects.values_list("external_call_id", flat=True)) == {"m2", "m3"}


@pytest.mark.parametrize("contact_id", ["c1", ""])
def test_what_waited_takes_no_call_that_came_after_it(location, contact_id):
    """The hit waits since yesterday; today's call with the same person is another one."""
    prospect(contact_phone=PHONE)
    yesterday = timezone.now() - timedelta(days=1)
    waiting = no_id(contact_id=contact_id, phone=PHONE)
    hand_over(location, completed(startedAt=just_now(minutes=5)))
    assert hand_over(location, waiting, yesterday).outcome == Outcome.WAITING
    hand_over(location, completed(messageId="m2", startedAt=(yesterday - timedelta(minutes=5)).isoformat()))
    assert hand_over(location, waiting, yesterday).outcome == Outcome.DONE
    assert SalesCall.objects.get(disposition="Callback Requested").external_call_id == "m2"


def test_a_delivery_asks_nothing_of_the_network(location, settings):
    settings.GHL_API_BASE_URL = "http://127.0.0.1:9"  # nobody listens there
    hand_over(location, completed())
    hand_over(location, no_id())


def test_a_delivery_costs_a_bounded_number_of_queries(location):
    prospect()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        hand_over(location, completed())
    assert len(queries) <= 14
