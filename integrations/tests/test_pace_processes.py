"""The shared pace under real processes and threads, with a small window so that it takes seconds."""

import multiprocessing
import os
import threading
import time
import uuid
from pathlib import Path

import pytest
import redis

from integrations.ghl.allowance import Allowance
from integrations.ghl.pace import SharedPace
from integrations.ghl.pace_redis import RedisLedger
from integrations.ghl.pace_sqlite import SqliteLedger
from integrations.tests.ghl_cast import REDIS_URL, Recorded, redis_answers, worst_crowd

LIMITS = Allowance(requests=30, interval=0.2, window=0.6, interactive_horizon=0.3, bulk_horizon=0.05)
PROCESSES, THREADS, EACH = 4, 3, 12
SPAWN = multiprocessing.get_context("spawn")


def ledger_of(backing, place):
    if backing == "sqlite":
        return SqliteLedger(Path(place), LIMITS)
    return RedisLedger(redis.Redis.from_url(REDIS_URL), place, LIMITS, prefix="test:pace")


def work(backing, place, start):
    """What one process does: several threads that send as much as they are let, a third of it interactive."""
    ledger = Recorded(ledger_of(backing, place))
    pace = SharedPace(ledger, LIMITS)
    done = []

    def send(bulk):
        for _ in range(EACH):
            pace.acquire(bulk)
            done.append(bulk)

    start.wait(30)
    threads = [threading.Thread(target=send, args=(number > 0,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ledger.granted_at, len(done)


@pytest.fixture(params=["sqlite", *(["redis"] if redis_answers() else [])])
def place(request, tmp_path):
    """Where a fresh location's count is kept: the backing and its file or key."""
    if request.param == "sqlite":
        yield "sqlite", str(tmp_path / "pace.sqlite3")
        return
    key = uuid.uuid4().hex
    yield "redis", key
    with redis.Redis.from_url(REDIS_URL) as client:
        client.delete(*client.keys(f"test:pace:{{{key}}}:*"))


@pytest.mark.slow
def test_processes_and_threads_together_never_exceed_the_limit_and_all_get_their_turn(place):
    with SPAWN.Manager() as shared, SPAWN.Pool(PROCESSES) as pool:
        start = shared.Barrier(PROCESSES)
        results = pool.starmap(work, [(*place, start)] * PROCESSES)
    granted_at = [instant for instants, _ in results for instant in instants]
    assert sum(done for _, done in results) == PROCESSES * THREADS * EACH
    assert len(granted_at) >= PROCESSES * THREADS * EACH
    assert worst_crowd(granted_at, LIMITS.window) == LIMITS.requests


def ask_in_child(ledger, answers):
    answers.put(ledger.ask(bulk=False).granted)


def test_a_child_process_is_not_held_up_by_what_its_parent_was_doing(tmp_path):
    forking = multiprocessing.get_context("fork")
    parent, asking, forking_now = os.getpid(), threading.Event(), threading.Event()
    os.register_at_fork(before=forking_now.set)

    def clock():
        if os.getpid() == parent:  # in the middle of a step
            asking.set()
            forking_now.wait(30)
        return time.monotonic()

    ledger, answers = SqliteLedger(tmp_path / "pace.sqlite3", LIMITS, clock=clock), forking.Queue()
    thread = threading.Thread(target=ledger.ask, kwargs={"bulk": False})
    thread.start()
    asking.wait(30)
    child = forking.Process(target=ask_in_child, args=(ledger, answers), daemon=True)
    child.start()
    assert answers.get(timeout=20) is True
    child.join()
    thread.join()
    assert ledger.ask(bulk=False).granted
    ledger.close()
