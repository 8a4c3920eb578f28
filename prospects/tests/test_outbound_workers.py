"""Several workers at one push, and workers that die, freeze or lose what they held."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from conftest import LOCATION_ID
from integrations.models import SyncRun
from prospects.models import OutboundPerson, SalesProspect
from prospects.outbound import claims, runs, states, workers
from prospects.tests.outbound_cast import CREATE, creates, prospect, pushed, row_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_search")]
State = OutboundPerson.State


@pytest.fixture
def run(integration):
    """A push with six people, begun and taken up."""
    for number in range(6):
        prospect(number)
    run = runs.start(integration)
    claims.take_up_more(run)
    return run


def ids(rows):
    return {row.pk for row in rows}


def test_four_workers_at_one_push_send_each_person_once(shared_database, sandbox, integration):
    for number in range(40):
        prospect(number)
    sandbox.latency = 0.02
    run = runs.start(integration)

    def work(_):
        try:
            return runs.work_on(run.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    run.refresh_from_db()
    assert (run.status, run.created, run.failed) == ("success", 40, 0)
    assert len(sandbox.journal.entries(CREATE, "POST")) == 40
    linked = SalesProspect.objects.filter(ghl_location_id=LOCATION_ID).values_list("ghl_contact_id", flat=True)
    assert set(linked) == set(sandbox.location.contacts)


def test_what_one_worker_holds_another_does_not_get(run):
    with workers.working() as first, workers.working() as second:
        held = claims.claim(run, first, 4)
        rest = claims.claim(run, second, 4)
        assert (len(held), len(rest)) == (4, 2)
        assert not ids(held) & ids(rest)


def test_two_that_take_people_up_at_once_make_one_row_for_each(run):
    claims.take_up_more(run)
    assert OutboundPerson.objects.count() == 6


def test_a_worker_that_lost_a_row_can_neither_send_it_nor_write_it(run):
    with workers.working() as worker:
        (row,) = claims.claim(run, worker, 1)
        OutboundPerson.objects.filter(pk=row.pk).update(claimed_by="elsewhere:1")
        assert claims.mark_as_sent([row], worker) == []
        assert not claims.write(row, worker, states.done(states.Result.CREATED, timezone.now()))
    row.refresh_from_db()
    assert (row.state, row.sent_at) == (State.WAITING, None)


def test_what_a_worker_lost_while_it_was_sent_is_found_by_the_next(holding, integration, impatient):
    someone = prospect()
    holding.hold()

    def taken_away(current):
        if not holding.arrived.is_set():
            return
        held = OutboundPerson.objects.filter(state=State.SENDING)
        held.update(**states.left_by_the_dead(timezone.now(), timedelta(0)) | {"run": None})
        holding.let_go()

    run = runs.work_on(runs.start(integration).pk, on_progress=taken_away)
    assert (run.created, row_of(someone).state) == (0, State.WAITING)
    assert pushed(integration).created == 1
    assert len(creates(holding)) == 1


def test_a_dead_worker_of_this_machine_is_noticed_at_once(run, integration):
    with workers.working() as worker:
        sent, waiting = claims.claim(run, worker, 2)
        claims.mark_as_sent([sent], worker)
        path = workers._lock_of(worker.name)
    path.touch()  # as when it was killed: its lock is free, and its file is there
    claims.take_from_the_dead(integration)
    sent.refresh_from_db()
    waiting.refresh_from_db()
    assert (sent.state, sent.claimed_by, waiting.claimed_by) == (State.WAITING, "", "")
    assert sent.sent_at is not None
    assert sent.next_try_at > timezone.now() - timedelta(seconds=1)
    assert not path.exists()


def test_a_living_worker_keeps_what_it_holds(run, integration):
    with workers.working() as worker:
        claims.claim(run, worker, 2)
        assert claims.take_from_the_dead(integration) == 1
        assert OutboundPerson.objects.filter(claimed_by=worker.name).count() == 2


def test_a_silent_worker_of_another_machine_is_given_up_when_its_claims_run_out(run, integration, settings):
    settings.GHL_SEARCH_LAG_SECONDS = 15.0
    with workers.working() as worker:
        rows = claims.claim(run, worker, 2)
        claims.mark_as_sent(rows, worker)
    OutboundPerson.objects.filter(pk__in=ids(rows)).update(claimed_by="elsewhere:1")
    claims.take_from_the_dead(integration)
    assert OutboundPerson.objects.filter(claimed_by="elsewhere:1").count() == 2
    OutboundPerson.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
    claims.take_from_the_dead(integration)
    for row in OutboundPerson.objects.filter(pk__in=ids(rows)):
        # Its last request may be on its way for as long as a request takes, and the search lags behind that.
        assert row.next_try_at > timezone.now() + timedelta(seconds=19)
        assert (row.state, row.claimed_by) == (State.WAITING, "")


def test_a_worker_that_was_frozen_leaves_what_it_held_and_sends_nothing(sandbox, integration, monkeypatch):
    prospect()
    now = [0.0]
    monkeypatch.setattr(workers, "clocks", lambda: (now[0], now[0]))
    monkeypatch.setattr(claims, "clocks", workers.clocks)

    def frozen(current):
        now[0] += 1000.0

    run = runs.start(integration)
    runs.work_on(run.pk, on_progress=frozen)
    assert sandbox.journal.entries(CREATE, "POST") == []


def test_the_death_of_a_worker_is_not_counted_as_a_try(run, integration):
    for _ in range(states.MOST_TRIES + 1):
        with workers.working() as worker:
            claims.mark_as_sent(claims.claim(run, worker, 6), worker)
        OutboundPerson.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))
        claims.take_from_the_dead(integration)
        OutboundPerson.objects.update(next_try_at=timezone.now())
    assert {row.attempts for row in OutboundPerson.objects.all()} == {0}


# ---------------------------------------------------------------- pushes that nobody works on


def test_a_push_that_nobody_works_on_is_taken_up_again_but_not_every_minute(run):
    assert runs.nobody_at_it() == []
    SyncRun.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    assert runs.nobody_at_it() == [run.pk]
    assert runs.nobody_at_it() == []


def test_a_push_whose_last_worker_died_after_the_last_person_is_finished_by_the_sweep(sandbox, integration):
    run = runs.start(integration)
    SyncRun.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    assert runs.nobody_at_it() == []
    run.refresh_from_db()
    assert run.status == "success"


def test_a_push_that_was_to_stop_when_its_workers_died_is_finished_by_the_sweep(run):
    runs.request_stop(run)
    SyncRun.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    assert runs.nobody_at_it() == []
    run.refresh_from_db()
    assert (run.status, run.is_under_way) == ("failed", False)


def test_people_whose_wait_is_not_over_do_not_call_for_a_worker(run):
    SyncRun.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    OutboundPerson.objects.update(next_try_at=timezone.now() + timedelta(minutes=10))
    assert runs.nobody_at_it() == []
