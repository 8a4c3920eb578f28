"""The shared count of requests, the same in Redis and in a file: on a clock that nobody waits for."""

import shutil
import sqlite3
import subprocess
import uuid

import pytest
import redis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import EFFORT
from integrations.ghl.allowance import Allowance
from integrations.ghl.errors import AllowanceUnavailable, DailyAllowanceSpent
from integrations.ghl.pace import SharedPace, open_pace
from integrations.ghl.pace_redis import RedisLedger
from integrations.ghl.pace_sqlite import SqliteLedger
from integrations.ghl.rate_headers import RateHeaders
from integrations.tests.ghl_cast import REDIS_URL, Clock, Recorded, redis_answers, worst_crowd

BACKINGS = ["sqlite", *(["redis"] if redis_answers() else [])]


class Location:
    """One location's shared count, and what any process that opens it gets."""

    def __init__(self, backing, folder, limits):
        self.clock = Clock()
        self.limits = limits
        self.backing = backing
        self._file = folder / f"{uuid.uuid4().hex}.sqlite3"
        self._key = uuid.uuid4().hex
        self._redis = redis.Redis.from_url(REDIS_URL) if backing == "redis" else None

    def ledger(self):
        if self._redis is not None:
            return RedisLedger(self._redis, self._key, self.limits, prefix="test:pace", clock=self.clock)
        return SqliteLedger(self._file, self.limits, clock=self.clock, wall_clock=self.clock)

    def pace(self):
        return SharedPace(self.ledger(), self.limits, sleep=self.clock.sleep, clock=self.clock)

    def sent(self, pace, seconds, bulk=True):
        """The instants at which one who always has work sends."""
        instants, until = [], self.clock.now + seconds
        while self.clock.now < until:
            pace.acquire(bulk)
            instants.append(self.clock.now)
        return instants

    def close(self):
        if self._redis is not None:
            keys = self._redis.keys(f"test:pace:{{{self._key}}}:*")
            if keys:
                self._redis.delete(*keys)
            self._redis.close()


@pytest.fixture(params=BACKINGS)
def opened(request, tmp_path):
    """Opens locations with the given limits, by default GHL's own."""
    locations = []

    def open_location(**limits):
        locations.append(Location(request.param, tmp_path, Allowance(**limits)))
        return locations[-1]

    yield open_location
    for location in locations:
        location.close()


@pytest.fixture
def location(opened):
    return opened()


@pytest.mark.parametrize("bulk", [True, False])
def test_never_more_than_100_in_any_10_seconds_and_at_least_95_percent_of_that(location, bulk):
    instants = location.sent(location.pace(), 120, bulk=bulk)
    assert worst_crowd(instants, 10.5) <= 100
    assert len(instants) >= 0.95 * 100 / 10 * 120


def test_all_who_share_the_location_share_the_allowance(location):
    one, other = location.pace(), location.pace()
    instants = []
    while len(instants) < 300:
        (one if len(instants) % 3 else other).acquire(True)
        instants.append(location.clock.now)
    assert worst_crowd(instants, 10.5) == 100


def test_each_location_has_its_own(opened):
    for location in (opened(), opened()):
        assert len(location.sent(location.pace(), 5, bulk=False)) >= 100


@settings(deadline=None, max_examples=15 * EFFORT, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.booleans(), st.floats(0, 3)), min_size=30, max_size=60))
def test_no_pattern_of_work_gets_beyond_the_limit(opened, work):
    location = opened(requests=10, interval=2.0, window=2.1, interactive_horizon=0.6)
    pace, instants = location.pace(), []
    for bulk, idle in work:
        location.clock.now += idle / 10
        pace.acquire(bulk)
        instants.append(location.clock.now)
    location.close()
    assert worst_crowd(instants, 2.1) <= 10


def test_a_small_job_is_not_held_up(location):
    pace = location.pace()
    began = location.clock.now
    for _ in range(30):
        pace.acquire(True)
    assert location.clock.now - began < 0.2


def test_interactive_work_goes_ahead_of_bulk(location):
    bulk, interactive = location.ledger(), location.ledger()
    location.sent(location.pace(), 30)
    waiting = bulk.ask(bulk=True)
    while waiting.granted:
        waiting = bulk.ask(bulk=True)
    asked_later = interactive.ask(bulk=False)
    assert asked_later.granted
    assert asked_later.wait <= waiting.wait
    assert bulk.ask(bulk=True).wait > asked_later.wait


def test_under_steady_bulk_work_interactive_work_waits_a_moment_only(location):
    location.sent(location.pace(), 45)
    waits = []
    for _ in range(20):
        location.sent(location.pace(), 2)
        asked_at = location.clock.now
        location.pace().acquire(False)
        waits.append(location.clock.now - asked_at)
    assert sorted(waits)[10] < 0.3
    assert max(waits) < 2


def test_a_slot_that_comes_too_late_is_let_go(location):
    for _ in range(100):
        location.pace().acquire(False)
    ledger = Recorded(location.ledger())

    def stall(seconds):
        location.clock.sleep(seconds + 0.3)

    SharedPace(ledger, location.limits, sleep=stall, clock=location.clock).acquire(False)
    assert len(ledger.granted_at) == 2
    assert location.clock.now - ledger.granted_at[1] < 0.25


def test_a_count_that_always_answers_too_late_is_an_error(location):
    ticks = iter(range(1000))
    pace = SharedPace(location.ledger(), location.limits, sleep=location.clock.sleep, clock=lambda: float(next(ticks)))
    with pytest.raises(AllowanceUnavailable, match="too slowly"):
        pace.acquire(False)


# ---------------------------------------------------------------- what the answers say


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, 10.5), ({"Retry-After": "3"}, 3), ({"Retry-After": "900"}, 60), ({"Retry-After": "x"}, 10.5)],
)
def test_after_a_429_everyone_stops_for_a_while(location, headers, seconds):
    pace, other = location.pace(), location.pace()
    pace.acquire(True)
    began = location.clock.now
    pace.observe(headers, 429)
    other.acquire(False)
    assert location.clock.now - began == pytest.approx(seconds)


def test_a_shorter_penalty_does_not_cut_a_longer_one(location):
    pace, began = location.pace(), location.clock.now
    pace.observe({"Retry-After": "30"}, 429)
    pace.observe({"Retry-After": "1"}, 429)
    pace.acquire(False)
    assert location.clock.now - began == pytest.approx(30)


class Server:
    """GHL's own count, in which another application with the same token has its share."""

    def __init__(self, others):
        self.others = others
        self.ours = []

    def answer(self, now):
        self.ours = [at for at in self.ours if at > now - 10] + [now]
        return {"X-RateLimit-Remaining": str(max(0, 100 - self.others - len(self.ours)))}


def work_against(server, location, seconds):
    pace, counts, until = location.pace(), [], location.clock.now + seconds
    while location.clock.now < until:
        pace.acquire(True)
        pace.observe(server.answer(location.clock.now), 200)
        counts.append(len(server.ours))
    return counts


def test_what_others_use_is_left_to_them(location):
    counts = work_against(Server(others=40), location, 60)
    assert max(counts) <= 60
    assert max(counts) > 50


def test_when_the_others_stop_we_go_on_with_all_of_it(location):
    server = Server(others=40)
    work_against(server, location, 30)
    server.others = 0
    work_against(server, location, 30)
    assert max(work_against(server, location, 30)) > 90


def test_when_the_others_use_everything_a_little_is_still_tried(location):
    counts = work_against(Server(others=100), location, 60)
    assert max(counts) == 5
    assert len(counts) > 20


@pytest.mark.parametrize("remaining", [("59", "89"), ("89", "59")])
def test_of_two_answers_on_their_way_the_one_that_shows_more_others_counts(location, remaining):
    pace = location.pace()
    pace.acquire(True)
    for count in remaining:
        pace.observe({"X-RateLimit-Remaining": count}, 200)
    assert len(location.sent(pace, 10, bulk=False)) <= 60


def test_alone_we_do_not_mistake_ourselves_for_others(location):
    location.sent(location.pace(), 20)
    assert len(work_against(Server(others=0), location, 105)) >= 0.95 * 1050


def test_a_server_that_counts_otherwise_by_one_or_two_changes_nothing(location):
    assert max(work_against(Server(others=2), location, 40)) == 100


@pytest.mark.parametrize("headers", [{}, {"X-RateLimit-Remaining": "soon"}, {"X-RateLimit-Remaining": "-4"}])
def test_headers_that_say_nothing_change_nothing(location, headers):
    pace = location.pace()
    pace.acquire(True)
    pace.observe(headers, 200)
    assert pace.acquire(True) is None
    assert location.clock.slept == pytest.approx([0], abs=0.01) or location.clock.slept == []


# ---------------------------------------------------------------- the day


def test_the_daily_allowance_is_an_end_and_says_when_to_look_again(opened):
    location = opened(daily=50)
    for _ in range(50):
        location.pace().acquire(False)
    with pytest.raises(DailyAllowanceSpent) as caught:
        location.pace().acquire(False)
    assert 23 * 3600 < caught.value.retry_after <= 25 * 3600


def test_never_more_than_the_daily_allowance_in_any_24_hours(opened):
    location = opened(daily=50)
    pace, sent = location.pace(), []
    for _ in range(1000):
        try:
            pace.acquire(False)
            sent.append(location.clock.now)
        except DailyAllowanceSpent:
            pass
        location.clock.now += 600
    days = (sent[-1] - sent[0]) / 86400
    assert worst_crowd(sent, 24 * 3600) == 50
    assert len(sent) >= 0.95 * 50 * days


def test_the_time_to_look_again_is_when_there_is_something_to_have(opened):
    location = opened(daily=1)
    pace = location.pace()
    pace.acquire(False)
    with pytest.raises(DailyAllowanceSpent) as caught:
        pace.acquire(False)
    location.clock.now += caught.value.retry_after - 1
    with pytest.raises(DailyAllowanceSpent):
        pace.acquire(False)
    location.clock.now += 2
    assert pace.acquire(False) is None


def test_a_day_that_ghl_calls_spent_is_spent_and_asked_again_after_a_while(location):
    location.pace().observe({"X-RateLimit-Daily-Remaining": "0"}, 200)
    with pytest.raises(DailyAllowanceSpent) as caught:
        location.pace().acquire(True)
    assert caught.value.retry_after == pytest.approx(900)
    location.clock.now += 901
    assert location.pace().acquire(True) is None


# ---------------------------------------------------------------- when things break


def test_a_clock_that_was_set_back_costs_one_window_and_no_more(location):
    location.sent(location.pace(), 15, bulk=False)
    location.clock.now -= 3600
    began = location.clock.now
    instants = location.sent(location.pace(), 30, bulk=False)
    assert instants[0] - began == pytest.approx(10.5)
    assert worst_crowd(instants, 10.5) <= 100


def test_a_penalty_from_before_the_clock_was_set_back_is_forgotten(location):
    location.pace().observe({}, 429)
    location.clock.now -= 3600
    began = location.clock.now
    location.pace().acquire(False)
    assert location.clock.now - began < 11


@pytest.mark.parametrize("executable", [shutil.which("redis-server")] if shutil.which("redis-server") else [])
def test_a_redis_that_has_just_started_lets_one_window_pass(executable, tmp_path):
    socket = tmp_path / "redis.sock"
    command = [executable, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        next(line for line in server.stdout or () if "ready to accept connections" in line.lower())
        with redis.Redis.from_url(f"unix://{socket}") as client:
            turn = RedisLedger(client, "k", Allowance()).ask(bulk=True)
        server.terminate()
        server.communicate()
    assert not turn.granted
    assert 0 < turn.wait <= 10.5


def test_a_redis_that_is_gone_is_an_error_and_nothing_is_sent():
    client = redis.Redis.from_url("redis://127.0.0.1:1/0")
    pace = SharedPace(RedisLedger(client, "k", Allowance()), Allowance())
    with pytest.raises(AllowanceUnavailable, match="nothing was sent.*ConnectionError"):
        pace.acquire(True)


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path):
    (tmp_path / "file").write_text("")
    pace = open_pace(None, tmp_path / "file" / "below", "https://ghl.test", "loc")
    with pytest.raises(AllowanceUnavailable, match="runtime folder"):
        pace.acquire(True)


def test_a_file_that_is_no_database_is_an_error(tmp_path):
    path = tmp_path / "pace.sqlite3"
    path.write_text("not a database, but long enough to be taken for one" * 30)
    ledger = SqliteLedger(path, Allowance())
    with pytest.raises(AllowanceUnavailable, match="pace.sqlite3"):
        ledger.note(sent_at=None, headers=RateHeaders(), penalty=1.0)


def test_processes_that_make_the_file_at_the_same_moment_wait_for_each_other(tmp_path, monkeypatch):
    other = sqlite3.connect(tmp_path / "pace.sqlite3", isolation_level=None)
    other.execute("CREATE TABLE slots (at REAL NOT NULL)")
    other.execute("BEGIN IMMEDIATE")  # SQLite refuses to change to WAL meanwhile, at once and whatever the time-out
    monkeypatch.setattr("integrations.ghl.pace_sqlite.time.sleep", lambda _: other.execute("ROLLBACK"))
    ledger = SqliteLedger(tmp_path / "pace.sqlite3", Allowance())
    assert ledger.ask(bulk=True).granted
    ledger.close()
    other.close()


def test_a_process_keeps_one_pace_for_each_host_and_location(tmp_path):
    same = [open_pace(None, tmp_path, "https://ghl.test", "a") for _ in range(2)]
    others = [open_pace(None, tmp_path, "https://ghl.test", "b"), open_pace(None, tmp_path, "https://other.test", "a")]
    assert same[0] is same[1]
    for pace in [*same, *others]:
        pace.acquire(False)
    assert len(list(tmp_path.glob("pace-*.sqlite3"))) == 3
