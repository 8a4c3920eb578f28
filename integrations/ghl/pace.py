"""Waiting for the right to send: one allowance per location, shared by all processes of the installation.

The count itself is in Redis (`pace_redis`) or, without Redis, in a file that the processes of one machine share
(`pace_sqlite`). Both keep the time of every slot handed out and hand out the next one a window after the hundredth
before it, so that no window ever holds more. A slot is handed out a moment before its time, with the exact time to
wait: nobody polls for it, none is lost to oversleeping, and every slot is used as long as there is work.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from integrations.ghl.allowance import Allowance, Ledger, Pace
from integrations.ghl.errors import AllowanceUnavailable, DailyAllowanceSpent
from integrations.ghl.pace_redis import RedisLedger
from integrations.ghl.pace_sqlite import SqliteLedger
from integrations.ghl.rate_headers import RateHeaders

__all__ = ["Pace", "SharedPace", "open_pace"]

STALE_TURNS = 20  # slots in a row that came too late to be used, before we say that something is wrong


class SharedPace:
    """Waits for its turn in a Ledger. May be used from several threads."""

    def __init__(
        self,
        ledger: Ledger,
        allowance: Allowance,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._ledger = ledger
        self._allowance = allowance
        self._sleep = sleep
        self._clock = clock
        self._jitter = jitter
        self._slot = threading.local()

    def acquire(self, bulk: bool) -> None:
        """Returns when a request may be sent. A slot that comes too late, on a machine that stalled, is let go:
        used late, it could crowd with those after it at GHL's end.
        """
        for _ in range(STALE_TURNS):
            asked_at, wait, at = self._turn(bulk)
            if wait > 0:
                self._sleep(wait)
            if self._clock() - asked_at - wait <= self._allowance.good_for:
                self._slot.at = at
                return
        raise AllowanceUnavailable(detail="it answers too slowly to be of use")

    def observe(self, headers: Mapping[str, str], status: int) -> None:
        """Takes account of an answer: who else uses the token, and whether everyone must stop for a while."""
        rate = RateHeaders.read(headers)
        penalty = self._allowance.pressure(rate, status)
        if penalty or rate.remaining is not None or rate.daily_remaining == 0:
            self._ledger.note(sent_at=getattr(self._slot, "at", None), headers=rate, penalty=penalty)

    def _turn(self, bulk: bool) -> tuple[float, float, float]:
        """Asks until a slot is granted: when it was asked for, how long it is to wait for, and its time."""
        horizon = self._allowance.horizon(bulk=bulk)
        while True:
            asked_at = self._clock()
            turn = self._ledger.ask(bulk=bulk)
            if turn.day_is_spent:
                raise DailyAllowanceSpent(retry_after=turn.wait)
            if turn.granted:
                return asked_at, turn.wait, turn.at
            # Back a little before the slot's time, each at another moment.
            self._sleep(turn.wait - horizon * (0.3 + 0.6 * self._jitter()))


@lru_cache(maxsize=256)
def open_pace(redis_url: str | None, runtime_dir: Path, base_url: str, location_id: str) -> Pace:
    """The pace of one location at one API host: in Redis when there is a `redis_url`, else in `runtime_dir`.

    Cheap to call again: a process keeps one for each location.
    """
    key = f"{urlsplit(base_url).netloc or base_url}|{location_id}"
    allowance = Allowance()
    if redis_url:
        return SharedPace(RedisLedger.at(redis_url, key, allowance), allowance)
    name = hashlib.sha256(key.encode()).hexdigest()[:20]
    return SharedPace(SqliteLedger(Path(runtime_dir) / f"pace-{name}.sqlite3", allowance), allowance)
