"""Many summaries, many workers: each is made once, within the budget, and a BDR's word wins every race."""

import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from calls.ingest import News, write
from calls.merging import from_webhook
from calls.models import CallSummary, SalesCall, SummaryBudget
from calls.one_at_a_time import AlreadyRunningError
from calls.summaries import budget, making, reading, working_off
from calls.summaries.asking import ask_for, written_down
from calls.summaries.claude import Claude
from calls.summaries.disagreements import disagreements, looked_at
from calls.summaries.making import make
from calls.summaries.standing import standing_of
from calls.tests.call_cast import disposition, hand_over, held_elsewhere
from calls.tests.claude_stand_in import error, honest
from calls.tests.summary_cast import TALK, call, claude, sales_call, summarised
from integrations.tests.inbox_cast import at_once

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["call", "claude"]


@pytest.fixture
def waiting(shared_database, integration, queued):
    """Calls that wait for their summaries."""

    def make_them(count: int) -> list:
        for number in range(count):
            sales_call(integration, f"m{number}", transcript=f"{TALK} My number is {number}.")
        assert ask_for(SalesCall.objects.all()) == count
        return list(CallSummary.objects.values_list("pk", flat=True))

    return make_them


def made(pk) -> str:
    with Claude() as connection:
        return str(make(pk, connection))


# ---------------------------------------------------------------- once


def test_two_workers_at_one_summary_make_one_request(claude, waiting):
    (pk,) = waiting(1)
    claude.latency = 0.2
    assert sorted(at_once(6, lambda: made(pk))) == ["None"] * 5 + ["done"]
    assert len(claude.asked) == 1


def test_asked_for_by_many_at_once_it_is_one(claude, shared_database, call, queued):
    at_once(6, lambda: written_down(call))
    assert CallSummary.objects.count() == 1


def test_all_that_wait_are_made_a_few_at_a_time(claude, waiting, settings):
    settings.ANTHROPIC_AT_ONCE = 3
    waiting(30)
    claude.latency = 0.05
    results, is_more = working_off.work_off()
    assert (dict(results), is_more, len(claude.asked)) == ({"done": 30}, False, 30)
    assert 1 < claude.most_at_once <= 3


def test_workers_take_turns(claude, waiting):
    waiting(3)
    with held_elsewhere(working_off.WORK), pytest.raises(AlreadyRunningError):
        working_off.work_off()
    assert len(claude.asked) == 0


def test_a_worker_leaves_its_place_when_its_time_is_over(claude, waiting):
    waiting(40)
    claude.latency = 0.05
    results, is_more = working_off.work_off(seconds=0.3)
    assert 0 < sum(results.values()) < 40
    assert is_more


def test_a_pause_stops_all_that_are_under_way(claude, waiting):
    waiting(60)
    claude.latency = 0.05
    claude.usual = lambda asked: error(429, "rate_limit_error", retry_after="120")
    results, is_more = working_off.work_off()
    assert (set(results), is_more) == ({"failed"}, False)
    assert len(claude.asked) <= 8
    assert CallSummary.objects.filter(status="waiting").count() >= 52


# ---------------------------------------------------------------- the budget


def test_no_more_calls_than_the_budget_allows_whoever_works(claude, waiting):
    ids = waiting(12)
    budget.set_limits(5, None)
    claude.latency = 0.05
    line = iter(ids)
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                pk = next(line, None)
            if pk is None:
                return
            made(pk)

    at_once(6, work)
    assert (len(claude.asked), budget.today().calls) == (5, 5)
    assert CallSummary.objects.filter(status="done").count() == 5


def test_tokens_end_the_day_too_and_none_goes_beyond_by_more_than_its_own_call(claude, waiting, settings):
    settings.ANTHROPIC_AT_ONCE = 4
    waiting(20)
    budget.set_limits(None, 5 * 1200)
    claude.latency = 0.03
    results, is_more = working_off.work_off()
    assert 5 <= results["done"] <= 5 + 3
    assert budget.today().is_spent
    assert not is_more
    over = CallSummary.objects.filter(status="over_budget")
    assert over.count() == 20 - results["done"]
    assert {row.next_at for row in over} == {budget.tomorrow(timezone.now())}
    assert "budget" in standing_of(over[0].call).reason


def test_a_raised_budget_lets_them_go_on(claude, waiting):
    waiting(4)
    budget.set_limits(1, None)
    working_off.work_off()
    assert working_off.work_off() == ({}, False)
    budget.set_limits(3, None)
    working_off.work_off()
    assert CallSummary.objects.filter(status="done").count() == 3


def test_the_next_day_begins_with_a_full_budget(claude, waiting):
    waiting(2)
    budget.set_limits(1, None)
    working_off.work_off()
    SummaryBudget.objects.update(today=timezone.localdate() - timedelta(days=1))
    CallSummary.objects.filter(status="over_budget").update(next_at=timezone.now())
    working_off.work_off()
    assert CallSummary.objects.filter(status="done").count() == 2
    assert budget.today().calls == 1


def test_no_limit_is_none(claude, waiting):
    waiting(3)
    budget.set_limits(None, None)
    assert working_off.work_off()[0] == {"done": 3}


def test_nothing_at_all_may_be_the_budget(claude, waiting):
    waiting(1)
    budget.set_limits(0, None)
    working_off.work_off()
    assert len(claude.asked) == 0


# ---------------------------------------------------------------- races with people


def while_it_is_read(claude, happens) -> None:
    """Something happens after the request has been sent and before its answer is there."""

    def answer(asked):
        try:
            happens()
        finally:
            connections.close_all()
        return honest(asked)

    claude.then(answer)


def test_a_bdrs_choice_that_arrives_while_claude_reads_stands(claude, shared_database, call, integration, queued):
    while_it_is_read(claude, lambda: hand_over(integration, disposition(disposition="not interested")))
    standing = summarised(call)
    assert (standing.status, standing.current.disposition) == ("done", "Meeting Booked")
    assert (call.disposition, call.disposition_source) == ("Not Interested", "bdr")
    assert call.ai_summary["disposition"] == "Meeting Booked"
    assert [row.call for row in disagreements()] == [call]


@pytest.mark.parametrize("attempt", range(5))
def test_whichever_of_the_two_writes_first(claude, shared_database, call, integration, queued, attempt):
    """Both write at the same moment."""
    pk = written_down(call).latest.pk
    answered, chose = threading.Event(), []

    def answer(asked):
        answered.set()
        return honest(asked)

    def choose():
        answered.wait(timeout=20)
        chose.append(hand_over(integration, disposition(disposition="not interested")))
        connections.close_all()

    claude.then(answer)
    bdr = threading.Thread(target=choose)
    bdr.start()
    made(pk)
    bdr.join(timeout=20)
    call.refresh_from_db()
    assert (call.disposition, call.disposition_source) == ("Not Interested", "bdr")
    assert (call.ai_summary["disposition"], disagreements().count()) == ("Meeting Booked", 1)


def test_a_transcript_that_changes_while_claude_reads_gets_a_summary_of_its_own(
    claude, shared_database, call, integration, queued
):
    longer = f"{TALK}\nSpeaker 2 [01:30]: On second thought, do not call here again."
    while_it_is_read(claude, lambda: write_transcript(integration, longer))
    summarised(call)
    assert (call.ai_summary, call.disposition_source) == (None, "inferred")
    old = CallSummary.objects.get(status="done")
    assert (old.is_current, old.transcript) == (False, TALK)
    assert standing_of(call).status == "waiting"
    standing = summarised(call)
    assert (standing.status, standing.current.transcript, call.ai_summary is None) == ("done", longer, False)


def test_a_call_that_is_gone_meanwhile_is_not_made_again(claude, shared_database, call, queued):
    while_it_is_read(claude, lambda: SalesCall.objects.all().delete())
    with Claude() as connection:
        assert make(written_down(call).latest.pk, connection) is None
    assert SalesCall.objects.count() == CallSummary.objects.count() == 0


def test_a_disagreement_is_ticked_off_once(claude, shared_database, call, reviewer, queued):
    SalesCall.objects.update(disposition="Not Interested", disposition_source="bdr")
    call.refresh_from_db()
    summarised(call)
    (row,) = disagreements()
    assert (looked_at(row, reviewer), looked_at(row, reviewer)) == (True, False)
    assert (disagreements().count(), disagreements(looked_at=True).count(), disagreements(looked_at=None).count()) == (
        0, 1, 1,
    )  # fmt: skip


# ---------------------------------------------------------------- workers that die


def test_what_a_dead_worker_held_is_taken_over(claude, waiting):
    (pk,) = waiting(1)
    CallSummary.objects.update(
        status="running", claim=pk, claimed_until=timezone.now() + timedelta(minutes=3), next_at=None
    )
    assert working_off.work_off() == ({}, False)
    CallSummary.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    assert working_off.work_off()[0] == {"done": 1}


def test_one_that_kills_its_workers_comes_to_its_end(claude, waiting):
    (pk,) = waiting(1)
    for _ in range(9):
        CallSummary.objects.filter(status__in=["waiting", "running"]).update(
            status="running", claim=pk, claimed_until=timezone.now() - timedelta(seconds=1), attempts=8
        )
        working_off.work_off()
    assert len(claude.asked) == 0
    assert CallSummary.objects.get().status == "gave_up"


def test_a_worker_that_was_given_up_writes_nothing_more(claude, waiting):
    (pk,) = waiting(1)

    results = []

    def taken_over():
        CallSummary.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        results.append(made(pk))

    while_it_is_read(claude, taken_over)
    results.append(made(pk))
    row = CallSummary.objects.get()
    assert (results, row.status, row.requests) == (["done", "None"], "done", 2)


def at_the_last_moment(monkeypatch, happens) -> None:
    """Something happens between the answer and its writing."""

    def read(*about):
        result = reading.read(*about)
        happens()
        return result

    monkeypatch.setattr(making, "read", read)


def test_not_even_when_it_is_given_up_at_the_last_moment(claude, waiting, monkeypatch):
    (pk,) = waiting(1)
    at_the_last_moment(monkeypatch, lambda: CallSummary.objects.update(claim=uuid.uuid4()))
    assert made(pk) == "None"
    assert CallSummary.objects.get().status == "running"
    assert SalesCall.objects.get().ai_summary is None


def test_a_call_that_goes_at_the_last_moment_stays_gone(claude, waiting, monkeypatch):
    (pk,) = waiting(1)
    at_the_last_moment(monkeypatch, lambda: SalesCall.objects.all().delete())
    assert made(pk) == "None"
    assert SalesCall.objects.count() == 0


def write_transcript(integration, transcript: str) -> None:
    with transaction.atomic():
        write(integration, {"m1": News({"transcript": transcript}, from_webhook)})
