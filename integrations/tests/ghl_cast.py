"""Who plays in the tests of the GHL client: a clock that nobody waits for, a client on it, example payloads."""

import json
import os
from pathlib import Path
from typing import Any

import redis

from integrations.ghl.allowance import Allowance, Ledger, Turn
from integrations.ghl.client import GHLClient
from integrations.ghl.pace import SharedPace
from integrations.ghl.pace_sqlite import SqliteLedger

HERE = Path(__file__).parent
REDIS_URL = os.environ.get("REDIS_URL") or "redis://127.0.0.1:6379/9"
API = "https://ghl.test"
TOKEN = "pit-0f1e2d3c-secret"
LOCATION = "Lk7PqZ3vT9sYb2NcXw5R"
ROUNDING = 1e-5  # seconds: Redis counts in microseconds, and a float of today is no finer than a quarter of one


class Clock:
    """A clock that only moves when somebody sleeps on it; `slept` are the times they slept."""

    def __init__(self, now: float = 1_790_000_000.0) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


class Recorded:
    """A ledger that also writes down the slots it grants."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.granted_at: list[float] = []

    def ask(self, *, bulk: bool) -> Turn:
        turn = self.ledger.ask(bulk=bulk)
        if turn.granted:
            self.granted_at.append(turn.at)
        return turn

    def note(self, **answer: Any) -> None:
        self.ledger.note(**answer)


def new_client(folder: Path, clock: Clock, token: str = TOKEN, **settings: Any) -> GHLClient:
    """A client with the real pace of a fresh installation, on a clock of its own."""
    allowance = Allowance()
    ledger = SqliteLedger(folder / "pace.sqlite3", allowance, clock=clock, wall_clock=clock)
    pace = SharedPace(ledger, allowance, sleep=clock.sleep, clock=clock)
    arguments: dict[str, Any] = {"base_url": API, "pace": pace, "sleep": clock.sleep, "timeout_seconds": 5.0} | settings
    return GHLClient(token, LOCATION, **arguments)


def payload(name: str) -> Any:
    """One of the example bodies in payloads/api."""
    return json.loads((HERE / "payloads" / "api" / f"{name}.json").read_text())


def redis_answers() -> bool:
    try:
        with redis.Redis.from_url(REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def worst_crowd(instants: list[float], seconds: float) -> int:
    """The most instants within any stretch of that length (its end left out)."""
    ordered = sorted(instants)
    first, worst = 0, 0
    for place, instant in enumerate(ordered):
        while ordered[first] <= instant - seconds + ROUNDING:
            first += 1
        worst = max(worst, place - first + 1)
    return worst
