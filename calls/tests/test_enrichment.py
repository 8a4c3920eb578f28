"""What a call lacks comes from GHL: soon, late or never; and nobody asks twice, or gives up in silence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from calls import enrichment, needs
from calls.enrichment import WAITS, Result, enrich, enrich_due
from calls.models import SalesCall
from calls.tasks import enrich_call
from calls.tasks import enrich_due as enrich_due_everywhere
from calls.tests.call_cast import (
    GREETING,
    PHONE,
    TALK,
    completed,
    disposition,
    hand_over,
    later,
    ms,
    only_call,
    other_location,
    prospect,
)
from calls.transcripts import as_text
from conftest import TOKEN
from integrations.fields import Secret
from integrations.ghl.payloads import Sentence
from integrations.tests.inbox_cast import at_once

pytestmark = pytest.mark.django_db
TRANSCRIPT = "/conversations/locations/*/messages/*/transcription"
DOWNLOAD = f"{TRANSCRIPT}/download"
MESSAGE = "/conversations/messages/*"


@pytest.fixture
def fresh(location, ghl) -> SalesCall:
    """A call of a moment ago that connected, as a delivery told of it."""
    ghl.location.change_call("m1", date_added=ms(timezone.now() - timedelta(minutes=2)))
    hand_over(location, completed())
    return only_call()


def due_now(row: SalesCall) -> None:
    SalesCall.objects.filter(pk=row.pk).update(enrichment_next_at=timezone.now())


def state(row: SalesCall) -> tuple[str, int]:
    row.refresh_from_db()
    return row.enrichment_status, row.enrichment_attempts


# ---------------------------------------------------------------- what comes


def test_a_call_gets_its_record_and_its_transcript(location, ghl, fresh):
    ghl.location.change_call("m1", transcript=TALK)
    enrich_call(str(fresh.pk))
    row = only_call()
    assert (row.duration, row.ghl_user_id, row.enrichment_status) == (96, "u1", "done")
    assert row.transcript.splitlines()[0] == f"Speaker 1 [00:00]: {TALK[0][1]}"
    assert row.transcript.splitlines()[1].startswith("Speaker 2 [00:")


def test_the_person_is_known_once_ghl_names_the_contact(location, ghl):
    dana = prospect()
    hand_over(location, completed(contact_id=None))
    enrich(only_call().pk)
    assert only_call().prospect == dana


def test_a_transcript_changes_what_is_inferred_but_not_what_was_chosen(location, ghl, fresh):
    ghl.location.change_call("m1", transcript=((1, GREETING),))
    enrich(fresh.pk)
    assert (only_call().disposition, only_call().disposition_source) == ("Voicemail", "inferred")


@pytest.mark.parametrize("source", ["bdr", "ai"])
def test_a_transcript_changes_nothing_that_was_chosen(location, ghl, fresh, source):
    SalesCall.objects.update(disposition="Gatekeeper", disposition_source=source)
    ghl.location.change_call("m1", transcript=((1, GREETING),))
    enrich(fresh.pk)
    assert (only_call().disposition, only_call().disposition_source) == ("Gatekeeper", source)


def test_where_there_are_no_sentences_the_text_for_download_is_taken(location, ghl, fresh):
    ghl.location.change_call("m1", transcript=TALK)
    ghl.faults.add(TRANSCRIPT, status=200, body=[])
    enrich(fresh.pk)
    assert only_call().transcript.startswith("Speaker 0: Hi Dana")


@pytest.mark.parametrize("status", ["no answer", "busy", "failed", "canceled"])
def test_a_call_that_never_connected_asks_for_no_transcript(location, ghl, status):
    hand_over(location, completed(callStatus=status))
    ghl.location.change_call("m1", status=status.replace(" ", "-"), duration=None)
    assert enrich(only_call().pk) is Result.DONE
    assert ghl.journal.total == 1
    assert only_call().enrichment_status == "done"


def test_a_transcript_that_came_with_a_delivery_is_not_fetched(location, ghl):
    hand_over(location, completed(transcript="Speaker 1: hello"))
    enrich(only_call().pk)
    assert (ghl.journal.total, only_call().enrichment_status) == (1, "done")


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ([("Hi.", 0, 0.6), ("Sam here.", 0, 2.0)], "Speaker 1 [00:00]: Hi. Sam here."),
        ([("Hi.", 0, 12.9), ("Yes?", 1, 3725.0)], "Speaker 1 [00:12]: Hi.\nSpeaker 2 [62:05]: Yes?"),
        ([("Hi.", None, None)], "Speaker: Hi."),
    ],
)
def test_a_transcript_is_one_line_a_turn(given, text):
    said = [Sentence(place, *told[:2], start_seconds=told[2]) for place, told in enumerate(given)]
    assert as_text(said) == text


# ---------------------------------------------------------------- what comes late, or never


def test_a_transcript_that_is_not_there_yet_is_asked_for_again_later(location, ghl, fresh):
    assert enrich(fresh.pk) is Result.AGAIN
    assert enrich(fresh.pk) is Result.NOTHING  # not due
    ghl.location.change_call("m1", transcript=TALK)
    due_now(fresh)
    assert enrich(fresh.pk) is Result.DONE
    assert only_call().transcript


def test_the_waits_grow_to_about_a_day(location, ghl, fresh):
    waits = []
    while enrich(fresh.pk) is Result.AGAIN:
        fresh.refresh_from_db()
        waits.append(round((fresh.enrichment_next_at - timezone.now()) / timedelta(minutes=1)))
        due_now(fresh)
    assert waits == sorted(waits) == [wait / timedelta(minutes=1) for wait in WAITS]
    assert timedelta(hours=23) < sum(WAITS, timedelta()) < timedelta(hours=25)
    assert state(fresh) == ("given_up", len(WAITS) + 1)
    assert "Given up after 12 tries" in fresh.enrichment_note


def test_a_transcript_that_an_old_call_has_not_got_comes_no_more(location, ghl):
    hand_over(location, completed())
    assert enrich(only_call().pk) is Result.GIVEN_UP
    assert "no transcript" in only_call().enrichment_note


def test_a_call_that_was_given_up_is_asked_for_again_by_hand(location, ghl):
    hand_over(location, completed())
    enrich(only_call().pk)
    ghl.location.change_call("m1", transcript=TALK)
    assert enrichment.ask_again(SalesCall.objects.all()) == 1
    enrich_due_everywhere()
    assert only_call().transcript


def test_a_call_still_under_way_is_read_again(location, ghl, fresh):
    ghl.location.change_call("m1", status="in-progress", duration=None)
    SalesCall.objects.update(call_status="pending")
    assert enrich(fresh.pk) is Result.AGAIN
    ghl.location.change_call("m1", status="no-answer")
    due_now(fresh)
    assert enrich(fresh.pk) is Result.DONE
    assert only_call().call_status == "no-answer"


# ---------------------------------------------------------------- trouble


def test_a_rejected_token_is_noted_in_words_and_not_counted_against_the_call(location, ghl, fresh):
    ghl.revoke(TOKEN)
    assert enrich(fresh.pk) is Result.TROUBLE
    assert state(fresh) == ("waiting", 0)
    assert "did not accept the location's token" in fresh.enrichment_note
    assert TOKEN not in fresh.enrichment_note


def test_a_location_without_a_token_is_noted_in_words(location, ghl, fresh):
    location.api_token = Secret.of("")
    location.save()
    assert enrich_due(location, 10) == {Result.TROUBLE: 1}
    assert "has no API token" in only_call().enrichment_note


def test_what_was_read_before_the_trouble_is_kept(location, ghl, fresh):
    ghl.faults.add(TRANSCRIPT, status=500, times=None)
    assert enrich(fresh.pk) is Result.AGAIN
    assert (only_call().duration, "call_status" in only_call().ghl_told) == (96, True)
    assert "fault of its own" in only_call().enrichment_note


def test_a_message_that_ghl_does_not_know_is_noted_and_tried_again(location, ghl):
    hand_over(location, completed(messageId="unknown"))
    assert enrich(only_call().pk) is Result.AGAIN
    assert "not found" in only_call().enrichment_note


def test_a_message_that_is_no_call_is_not_taken_for_one(location, ghl):
    ghl.location.add_call("c1", id="sms", kind="TYPE_SMS", direction="inbound")
    hand_over(location, completed(messageId="sms"))
    assert enrich(only_call().pk) is Result.AGAIN
    assert (only_call().direction, "is no call" in only_call().enrichment_note) == ("outbound", True)


def test_trouble_with_the_location_ends_the_round(location, ghl):
    for number in range(5):
        hand_over(location, completed(messageId=f"m{number}"))
    ghl.revoke(TOKEN)
    assert enrich_due(location, 10) == {Result.TROUBLE: 1}
    assert ghl.journal.total == 1


def test_trouble_with_one_call_does_not_end_the_round(location, ghl):
    hand_over(location, completed(messageId="unknown"))
    hand_over(location, disposition())
    assert enrich_due(location, 10)[Result.AGAIN] == 1
    assert SalesCall.objects.get(external_call_id="m1").ghl_told


# ---------------------------------------------------------------- rounds


def test_a_round_is_bounded_and_takes_the_latest_calls_first(location, ghl):
    prospect()
    for number in range(4):
        hand_over(location, completed(messageId=f"m{number}", startedAt=f"2026-03-0{number + 1}T10:00:00Z"))
    latest = SalesCall.objects.order_by("-started_at").values_list("pk", flat=True)[:2]
    assert enrichment.due(location, 2) == list(latest)


def test_a_location_that_is_switched_off_is_left_alone(location, ghl, fresh):
    location.is_active = False
    location.save()
    enrich_due_everywhere()
    assert (ghl.journal.total, state(fresh), fresh.enrichment_note) == (0, ("waiting", 0), "")


def test_another_location_s_calls_are_not_touched(location, ghl, fresh):
    elsewhere = other_location()
    row = SalesCall.objects.create(integration=elsewhere, external_call_id="m1", **needs.wanted_from(timezone.now()))
    before = SalesCall.objects.filter(pk=row.pk).values().get()
    enrich_due(location, 10)
    assert SalesCall.objects.filter(pk=row.pk).values().get() == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_of_two_workers_at_one_call_only_one_asks(location, ghl):
    ghl.location.change_call("m1", status="no-answer")
    hand_over(location, completed(callStatus="no answer"))
    call_id = only_call().pk
    results = at_once(4, lambda: enrich(call_id))
    assert sorted(results) == [Result.DONE, Result.NOTHING, Result.NOTHING, Result.NOTHING]
    assert ghl.journal.total == 1


def test_a_call_whose_worker_died_is_taken_up_again(location, ghl, fresh, monkeypatch):
    assert enrichment._claimed(fresh)
    assert enrich(fresh.pk) is Result.NOTHING
    monkeypatch.setattr(timezone, "now", later(minutes=11))
    assert enrich(fresh.pk) is Result.AGAIN


def test_the_other_side_of_a_call_is_known_by_number(location, ghl):
    dana = prospect(ghl_contact_id=None, ghl_location_id="", contact_phone=PHONE)
    hand_over(location, completed(contact_id=None, to=None))
    ghl.faults.add(MESSAGE, status=200, body={"message": {
        "id": "m1", "messageType": "TYPE_CALL", "status": "completed", "direction": "inbound", "from": PHONE,
        "dateAdded": "2026-03-04T15:06:07.000Z",
    }})  # fmt: skip
    enrich(only_call().pk)
    assert only_call().prospect == dana
