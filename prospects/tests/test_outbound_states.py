"""What becomes of a person after each answer, and who may still send: pure, on a clock of the tests."""

from datetime import UTC, datetime, timedelta

import pytest

from prospects.models import OutboundPerson
from prospects.outbound import states, workers
from prospects.outbound.reasons import Reason
from prospects.outbound.states import MOST_TRIES, Trouble, after_trouble

State = OutboundPerson.State
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
LAG = timedelta(seconds=15)


def after(attempts=1, **about):
    trouble = Trouble(**{"reason": Reason.NO_ANSWER, "words": "It broke.", "may_be_done": True, **about})
    return after_trouble(trouble, attempts=attempts, settle=LAG, now=NOW)


def test_while_ghl_may_have_acted_the_row_says_so():
    assert "sent_at" not in after()
    assert after(may_be_done=False)["sent_at"] is None


def test_waits_grow_and_end():
    waits = [after(attempts)["next_try_at"] - NOW for attempts in (1, 2, 3)]
    assert waits == [LAG, 2 * LAG, 4 * LAG]
    assert after(4)["state"] == State.FAILED
    assert (after(5)["state"], after(5)["next_try_at"] - NOW) == (State.WAITING, LAG)
    assert "begins anew" in after(MOST_TRIES)["error"]


def test_a_refusal_is_looked_up_once_before_it_stands():
    refused = {"reason": Reason.REFUSED, "is_refusal": True}
    assert (after(4, **refused)["state"], after(4, **refused)["next_try_at"]) == (State.WAITING, NOW + LAG)
    assert after(4, **refused, may_be_done=False)["state"] == State.REFUSED


def test_what_ends_the_run_is_not_held_against_the_person():
    changes = after(4, may_be_done=False, ends_run=True)
    assert (changes["state"], changes["attempts"], changes["next_try_at"]) == (State.WAITING, 3, NOW)


@pytest.mark.parametrize(
    "changes",
    [
        states.done(states.Result.CREATED, NOW),
        states.in_conflict(Reason.OTHER_NAME, "", NOW),
        states.not_allowed(Reason.DO_NOT_CALL, NOW),
        states.was_refused(Reason.REFUSED, "", NOW),
        after(4),
        after(1),
        states.given_back(NOW),
        states.left_by_the_dead(NOW, LAG),
    ],
)
def test_whatever_is_written_frees_the_claim(changes):
    assert (changes["claimed_by"], changes["claimed_until"]) == ("", None)


# ---------------------------------------------------------------- who may still send


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0, 2000.0]
    monkeypatch.setattr(workers, "clocks", lambda: (now[0], now[1]))
    return now


@pytest.mark.parametrize("which", [0, 1])
def test_a_worker_that_was_frozen_never_sends_again(clock, which):
    """Either clock may stand still while a machine is suspended."""
    with workers.working() as worker:
        assert worker.may_send()
        clock[which] += workers.CLAIM.total_seconds()
        assert not worker.may_send()
        worker.renewed((clock[0], clock[1]))
        assert not worker.may_send()


def test_the_right_to_send_ends_before_the_claim_does(clock):
    with workers.working() as worker:
        clock[0] += workers.CLAIM.total_seconds() - workers.TO_SPARE + 1
        assert not worker.may_send()


def test_a_worker_that_renews_goes_on(clock):
    with workers.working() as worker:
        for _ in range(5):
            clock[0] += 60
            clock[1] += 60
            assert worker.may_send()
            worker.renewed((clock[0], clock[1]))


def test_only_a_dead_worker_of_this_machine_is_surely_dead():
    with workers.working() as worker:
        assert not workers.is_surely_dead(worker.name)
    assert not workers.is_surely_dead("elsewhere:1234")
    assert not workers.is_surely_dead(f"{worker.name.partition(':')[0]}:never-was-here")
