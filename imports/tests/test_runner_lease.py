"""Who works on a batch: one at a time, the dead are noticed, and who lost the batch writes nothing more."""

import fcntl
import multiprocessing
import os
import signal
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from imports.models import ImportBatch
from imports.pulling import batches, pull
from imports.runner import (
    SILENCE_OF_THE_DEAD,
    NotToBeRunError,
    batch_lock,
    lease,
    runner_is_gone,
)
from imports.tests.pull_cast import pulled, resumed

FORK = multiprocessing.get_context("fork")


@pytest.fixture
def batch(location):
    return batches.start(location)


def run_elsewhere(batch, *, silent_for):
    """As if a runner on another machine worked on the batch, and was last heard of so long ago."""
    ImportBatch.objects.filter(pk=batch.pk).update(
        status="running", runner="other-host:1234", heartbeat_at=timezone.now() - silent_for
    )


def test_the_lease_names_its_runner_and_marks_the_batch(batch):
    with lease(batch.pk) as runner:
        batch.refresh_from_db()
        assert batch.runner == runner
        assert runner.startswith(socket.gethostname())
        assert batch.status == "running"


def test_a_second_lease_on_this_machine_is_refused(batch):
    with lease(batch.pk), pytest.raises(NotToBeRunError, match="another process of this machine"), lease(batch.pk):
        pass


def test_the_lease_is_free_again_when_its_holder_let_go(batch):
    for _ in range(2):
        with lease(batch.pk):
            pass


@pytest.mark.parametrize("status", ["stopped", "failed"])
def test_a_batch_that_is_not_under_way_is_not_leased(batch, status):
    ImportBatch.objects.update(status=status)
    with pytest.raises(NotToBeRunError, match="not waiting for work"), lease(batch.pk):
        pass


def test_a_fresh_heartbeat_from_another_machine_is_respected(batch):
    run_elsewhere(batch, silent_for=SILENCE_OF_THE_DEAD - timedelta(seconds=30))
    with pytest.raises(NotToBeRunError, match="worked on by other-host right now"), lease(batch.pk):
        pass
    batch.refresh_from_db()
    assert not runner_is_gone(batch)
    assert batch.runner == "other-host:1234"


def test_a_stale_heartbeat_from_another_machine_is_taken_over(batch):
    run_elsewhere(batch, silent_for=SILENCE_OF_THE_DEAD + timedelta(seconds=1))
    batch.refresh_from_db()
    assert runner_is_gone(batch)
    with lease(batch.pk) as runner:
        assert runner != "other-host:1234"


def test_a_runner_that_says_it_runs_without_ever_having_written_is_gone(batch):
    ImportBatch.objects.update(status="running", runner="other-host:1", heartbeat_at=None)
    batch.refresh_from_db()
    assert runner_is_gone(batch)


def test_a_runner_of_this_machine_is_gone_as_soon_as_its_lock_is_free(batch):
    with lease(batch.pk):
        batch.refresh_from_db()
        assert not runner_is_gone(batch)
    assert runner_is_gone(batch)


def hold(path, ready):
    with Path(path).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        ready.set()
        signal.pause()


def test_the_lock_of_a_killed_process_is_free_at_once(batch, settings):
    path = Path(settings.RUNTIME_DIR) / "locks" / f"batch-{batch.pk}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    ready = FORK.Event()
    process = FORK.Process(target=hold, args=(path, ready))
    process.start()
    assert ready.wait(30)
    with pytest.raises(NotToBeRunError), lease(batch.pk):
        pass
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    with lease(batch.pk):
        pass


def test_of_two_machines_that_see_a_waiting_batch_one_gets_it(batch, monkeypatch):
    """Without a common lock the claim in the database decides."""
    from imports import runner

    is_free = runner._is_free

    def then_the_other_claims(seen):
        run_elsewhere(batch, silent_for=timedelta())
        return is_free(seen)

    monkeypatch.setattr(runner, "_is_free", then_the_other_claims)
    with pytest.raises(NotToBeRunError, match="took this batch just now"), lease(batch.pk):
        pass
    batch.refresh_from_db()
    assert batch.runner == "other-host:1234"


def test_a_runner_that_lost_its_lease_writes_nothing_more(crowd, location):
    """Another machine thought it dead and took the batch over."""

    def lose(current):
        run_elsewhere(current, silent_for=timedelta())

    with pytest.raises(NotToBeRunError, match="took this batch over"):
        pulled(location, on_progress=lose)
    batch = ImportBatch.objects.get()
    assert (batch.runner, batch.status, batch.contacts_read) == ("other-host:1234", "running", 20)
    assert batch.records.count() == 20


@pytest.mark.parametrize("way_to_end", [RuntimeError, KeyboardInterrupt])
def test_a_runner_that_lost_its_lease_does_not_even_note_how_it_ended(crowd, location, way_to_end):
    def lose_and_fail(current):
        run_elsewhere(current, silent_for=timedelta())
        raise way_to_end

    with pytest.raises(NotToBeRunError):
        pulled(location, on_progress=lose_and_fail)
    assert ImportBatch.objects.get().status == "running"


def test_a_heartbeat_is_written_with_each_page(crowd, location):
    beats = []
    pulled(location, on_progress=lambda batch: beats.append(ImportBatch.objects.get().heartbeat_at))
    assert len(set(beats)) > 3
    assert beats == sorted(beats)


# ---------------------------------------------------------------- the dead are noticed


def test_a_dead_pull_is_marked_with_what_to_do(crowd, location):
    dead = pulled(location, seconds=0)
    ImportBatch.objects.update(status="running")
    assert batches.note_dead() == 1
    dead.refresh_from_db()
    assert dead.status == "failed"
    assert dead.error == (
        f"Its process ended without a word, after 20 contacts and {dead.calls_read} calls. "
        "Nothing is lost: press Resume."
    )
    assert resumed(location).contacts_read == 60


def test_a_living_pull_is_not_marked(batch):
    with lease(batch.pk):
        assert batches.note_dead() == 0
    run_elsewhere(batch, silent_for=timedelta(minutes=1))
    assert batches.note_dead() == 0


def test_a_pull_that_somebody_took_up_meanwhile_is_not_marked(batch, monkeypatch):
    run_elsewhere(batch, silent_for=timedelta(hours=1))

    def then_somebody_takes_it_up(seen):
        run_elsewhere(seen, silent_for=timedelta())
        ImportBatch.objects.update(runner="third-host:1")
        return True

    monkeypatch.setattr(batches, "runner_is_gone", then_somebody_takes_it_up)
    batches.note_dead()
    assert ImportBatch.objects.get().status == "running"


def test_looking_whether_a_runner_is_gone_leaves_no_lock_behind(batch):
    run_elsewhere(batch, silent_for=timedelta(hours=1))
    batch.refresh_from_db()
    runner_is_gone(batch)
    with batch_lock(batch.pk):
        pass


def test_a_pull_may_be_run_again_in_the_process_where_it_failed(crowd, location):
    crowd.faults.add("/contacts*", status=503, after=1, times=None)
    failed = pulled(location)
    crowd.faults.clear()
    assert pull.run(batches.resume(location).pk).pk == failed.pk
