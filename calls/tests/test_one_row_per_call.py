"""However GHL tells of a call, in whatever order and how often: one row, the same each time, nothing lost."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from calls import enrichment
from calls.ingest import News, record_calls, write
from calls.merging import from_webhook
from calls.models import Call, SalesCall
from calls.tests.call_cast import (
    TALK,
    completed,
    disposition,
    hand_over,
    in_full,
    only_call,
    other_location,
    prospect,
)
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration
from integrations.sandbox.server import Sandbox
from integrations.tests.inbox_cast import at_once
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db


class Sources:
    """The four that tell of a call; each may speak whenever and as often as it likes."""

    def __init__(self, location: GHLIntegration, ghl: Sandbox) -> None:
        self.location, self.ghl = location, ghl

    def completed(self) -> None:
        hand_over(self.location, completed(agentName="Sam Ortiz"))

    def disposition(self) -> None:
        hand_over(self.location, disposition(notes="Keep her posted.", callStatus="completed", duration="0"))

    def transcript(self) -> None:
        """The transcript is ready, and GHL is asked, if the call is known by now."""
        self.ghl.location.change_call("m1", transcript=TALK)
        self.ask()

    def ai(self) -> None:
        """Somebody's AI has read the call."""
        choice = (("Future Potential", "ai"),)
        write(self.location, {"m1": News({"ai_summary": {"sentiment": "warm"}}, from_webhook, choice)})

    def forget(self) -> None:
        """As if none of them had spoken."""
        SalesCall.objects.all().delete()
        self.ghl.location.change_call("m1", transcript=None)

    def ask(self) -> None:
        waiting = SalesCall.objects.filter(enrichment_status="waiting")
        for call_id in list(waiting.values_list("pk", flat=True)):
            enrichment.ask_again(waiting)
            enrichment.enrich(call_id)


@pytest.fixture
def sources(location, ghl) -> Sources:
    prospect()
    return Sources(location, ghl)


ORDERS = list(permutations(("completed", "disposition", "transcript", "ai")))


def told_in(order: Any, sources: Sources, times: int = 1) -> dict[str, Any]:
    for source in order:
        for _ in range(times):
            getattr(sources, source)()
    sources.ask()
    return in_full(only_call())


@pytest.fixture
def usual(sources) -> dict[str, Any]:
    """What is known of the call in the end when its sources speak in the usual order."""
    row = told_in(ORDERS[0], sources)
    sources.forget()
    return row


@pytest.mark.slow
@pytest.mark.parametrize("times", [1, 2])
def test_the_order_and_the_repeats_make_no_difference(sources, usual, times):
    for order in ORDERS:
        assert told_in(order, sources, times) == usual, order
        sources.forget()


@pytest.mark.slow
def test_saying_it_all_once_more_makes_no_difference(sources, usual):
    for order in ORDERS:
        told_in(order, sources)
        assert told_in(order, sources) == usual, order
        sources.forget()


def test_the_row_has_the_best_of_all_sources(usual):
    best = {
        "call_status": "completed",
        "direction": "outbound",
        "duration": 96,
        "agent_name": "Sam Ortiz",
        "ghl_user_id": "u1",
        "disposition": "Callback Requested",
        "disposition_source": "bdr",
        "notes": "Keep her posted.",
        "ai_summary": {"sentiment": "warm"},
        "enrichment_status": "done",
    }
    assert {name: usual[name] for name in best} == best
    assert "Speaker 2" in usual["transcript"]


@pytest.mark.parametrize("first", [completed(duration="95"), completed(duration="0", callStatus="ringing")])
@pytest.mark.parametrize("second", [disposition(), disposition(callStatus="Voicemail", duration="40")])
def test_two_deliveries_agree_whichever_comes_first(location, first, second):
    ends, received = [], timezone.now()
    both = ((first, received), (second, received + timedelta(hours=1)))
    for order in (both, both[::-1]):
        for payload, at in order:
            hand_over(location, payload, at)
        ends.append(in_full(only_call()))
        SalesCall.objects.all().delete()
    assert ends[0] == ends[1]


@pytest.mark.parametrize("emptier", [{"duration": "0"}, {"duration": None}, {"to": ""}, {"callStatus": "Ringing"}])
def test_an_emptier_value_never_replaces_a_fuller_one(location, emptier):
    hand_over(location, completed())
    before = in_full(only_call())
    hand_over(location, completed(**emptier))
    assert in_full(only_call()) == before


def test_different_notes_are_both_kept(location):
    hand_over(location, disposition(notes="Spoke to her assistant."))
    hand_over(location, disposition(notes="Call on Friday."))
    assert only_call().notes == "Spoke to her assistant.\n\nCall on Friday."


def test_a_delivery_that_is_known_already_writes_nothing(location):
    hand_over(location, completed())
    before = only_call().updated_at
    hand_over(location, completed())
    assert only_call().updated_at == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_fifty_copies_at_once_are_one_row(location):
    dana = prospect()
    handled = at_once(50, lambda: hand_over(location, completed()).row)
    assert handled == [("sales_calls", only_call().pk)] * 50
    dana.refresh_from_db()
    assert dana.dial_attempts == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_both_deliveries_at_once_are_one_row_with_the_best_of_both(location):
    both = iter([completed(), disposition()] * 4)
    at_once(8, lambda: hand_over(location, next(both)))
    row = only_call()
    assert (row.duration, row.disposition, row.disposition_source) == (95, "Callback Requested", "bdr")


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_many_calls_of_one_prospect_at_once_are_all_counted(location):
    dana = prospect()
    numbers = iter(range(20))
    at_once(20, lambda: hand_over(location, completed(messageId=f"m{next(numbers)}", callStatus="no answer")))
    dana.refresh_from_db()
    assert (dana.dial_attempts, dana.no_answer_count) == (20, 20)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_outcomes_at_once_that_name_no_person_are_all_counted(location):
    dana, numbers = prospect(), iter(range(20))
    for number in range(20):
        SalesCall.objects.create(integration=location, external_call_id=f"m{number}", prospect=dana)
    at_once(
        20, lambda: hand_over(location, disposition(messageId=f"m{next(numbers)}", contact_id="", disposition="vm"))
    )
    dana.refresh_from_db()
    assert dana.voicemail_count == 20


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("shared_database")
def test_decisions_and_deliveries_about_one_person_do_not_block_each_other_in_a_ring(location):
    """A decision holds its person and then writes the calls; a delivery must not go the other way round."""
    dana, numbers = prospect(), iter(range(24))

    def decision_or_delivery() -> bool:
        number = next(numbers)
        if number % 2:
            return hand_over(location, completed(callStatus="no answer", duration=str(number))).row is not None
        with transaction.atomic():
            SalesProspect.objects.select_for_update().get(pk=dana.pk)
            return record_calls(location, dana, [CallMessage(message_id="m1", duration=timedelta(number))]) >= 0

    assert at_once(24, decision_or_delivery) == [True] * 24


def test_a_client_s_call_is_a_row_on_the_client_s_side():
    location = other_location("client")
    hand_over(location, {**completed(), "location": {"id": location.location_id}})
    dana = Contact.objects.create(client=location.client, ghl_contact_id="c1", ghl_location_id=location.location_id)
    hand_over(location, {**disposition(), "location": {"id": location.location_id}})
    assert (Call.objects.get().contact, Call.objects.get().disposition) == (dana, "Callback Requested")
    assert not SalesCall.objects.exists()


def test_the_same_call_in_another_location_is_another_row(location):
    elsewhere = other_location()
    hand_over(elsewhere, {**completed(), "location": {"id": elsewhere.location_id}})
    before = in_full(only_call())
    hand_over(location, disposition())
    assert in_full(SalesCall.objects.get(integration=elsewhere)) == before
    assert SalesCall.objects.count() == 2
