"""The shared count of requests in a SQLite file, for an installation without Redis: one machine, any number of
processes. Follows the scripts of `pace_redis` step by step; the same tests hold both.
"""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from weakref import WeakSet

from integrations.ghl.allowance import HOURS_COUNTED, Allowance, Turn
from integrations.ghl.errors import AllowanceUnavailable
from integrations.ghl.rate_headers import RateHeaders

SCHEMA = (
    "CREATE TABLE IF NOT EXISTS slots (at REAL NOT NULL)",
    "CREATE INDEX IF NOT EXISTS slots_at ON slots (at)",
    "CREATE TABLE IF NOT EXISTS hours (hour INTEGER PRIMARY KEY, used INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value REAL NOT NULL)",
)
KEPT_SECONDS = 120  # slots older than this are forgotten
BUSY_SECONDS = 5.0
WAL_TRIES = 100


class SqliteLedger:
    """See `allowance.Ledger`. Slots go by the machine's monotonic clock, which all its processes share and nobody
    sets; hours by the wall clock. Both can be stood in for.
    """

    def __init__(
        self,
        path: Path,
        allowance: Allowance,
        *,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
    ) -> None:
        self._path = path
        self._allowance = allowance
        self._clock = clock
        self._wall_clock = wall_clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        _OPEN_LEDGERS.add(self)

    def ask(self, *, bulk: bool) -> Turn:
        with self._transaction() as db:
            now, wall = self._clock(), self._wall_clock()
            spent = self._day_is_spent(db, now, wall)
            if spent is not None:
                return Turn(granted=False, wait=spent, day_is_spent=True)
            self._forget(db, now)
            at = self._next_slot(db, now, bulk)
            if at - now > self._allowance.horizon(bulk=bulk):
                return Turn(granted=False, wait=at - now)
            db.execute("INSERT INTO slots (at) VALUES (?)", (at,))
            db.execute(
                "INSERT INTO hours (hour, used) VALUES (?, 1) ON CONFLICT (hour) DO UPDATE SET used = used + 1",
                (int(wall // 3600),),
            )
            return Turn(granted=True, wait=at - now, at=at)

    def note(self, *, sent_at: float | None, headers: RateHeaders, penalty: float) -> None:
        limits = self._allowance
        with self._transaction() as db:
            now = self._clock()
            if penalty > 0:
                known_penalty = _pending(db, "penalty", now, limits.longest_penalty) or 0.0
                _keep(db, "penalty", max(known_penalty, now + penalty))
            if headers.daily_remaining == 0:
                _keep(db, "day_spent", now + limits.day_spent_pause)
            if headers.remaining is None:
                return
            sent_at = now if sent_at is None else sent_at
            counted = "SELECT COUNT(*) FROM slots WHERE at BETWEEN ? AND ?"
            ours = _number(db, counted, sent_at - limits.interval, max(now, sent_at))
            others = limits.requests - headers.remaining - (ours or 0)
            known = _kept(db, "held") if _pending(db, "held_until", now, limits.hold_back) else 0
            if others > limits.miscount and others >= known:
                _keep(db, "held", others)
                _keep(db, "held_until", now + limits.hold_back)

    def close(self) -> None:
        """Closes the file. A ledger that is used again opens it again."""
        with self._lock:
            self._close()

    def pause(self) -> None:
        """Lets a running step end, closes the file and holds the next step back until `resume`."""
        self._lock.acquire()
        self._close()

    def resume(self) -> None:
        self._lock.release()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    # ------------------------------------------------------------ the count

    def _day_is_spent(self, db: sqlite3.Connection, now: float, wall: float) -> float | None:
        """Seconds until it is worth looking again, None while there are requests left."""
        if (until := _pending(db, "day_spent", now, self._allowance.day_spent_pause)) is not None:
            return until - now
        hour = int(wall // 3600)
        db.execute("DELETE FROM hours WHERE hour <= ?", (hour - HOURS_COUNTED,))
        used = _number(db, "SELECT SUM(used) FROM hours") or 0
        if used < self._allowance.daily:
            return None
        oldest = _number(db, "SELECT MIN(hour) FROM hours") or 0
        return (oldest + HOURS_COUNTED) * 3600 - wall

    def _forget(self, db: sqlite3.Connection, now: float) -> None:
        # Slots far ahead can only be from before the machine was started anew, which set its clock back to nought.
        farthest = now + 2 * self._allowance.interactive_horizon
        if db.execute("DELETE FROM slots WHERE at > ?", (farthest,)).rowcount > 0:
            _keep(db, "penalty", now + self._allowance.window)
        db.execute("DELETE FROM slots WHERE at < ?", (now - KEPT_SECONDS,))

    def _next_slot(self, db: sqlite3.Connection, now: float, bulk: bool) -> float:
        limits = self._allowance
        lent = limits.requests
        if _pending(db, "held_until", now, limits.hold_back) is not None:
            lent = max(limits.always_lent, limits.requests - int(_kept(db, "held")))
        at = max(now, _pending(db, "penalty", now, limits.longest_penalty) or now)
        nth_latest = "SELECT at FROM slots ORDER BY at DESC LIMIT 1 OFFSET ?"
        pushed_out = _number(db, nth_latest, lent - 1)
        if pushed_out is not None:
            at = max(at, pushed_out + limits.window)
        last = _number(db, nth_latest, 0)
        if last is None:
            return at
        if not bulk:
            return max(at, last)
        used = (_number(db, "SELECT COUNT(*) FROM slots WHERE at > ?", at - limits.window) or 0) / lent
        return max(at, last + limits.window / lent * used * used)

    # ------------------------------------------------------------ the file

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One indivisible step, across threads and processes."""
        try:
            with self._lock:
                db = self._connection or self._open()
                db.execute("BEGIN IMMEDIATE")
                try:
                    yield db
                except BaseException:
                    db.execute("ROLLBACK")
                    raise
                db.execute("COMMIT")
        except (sqlite3.Error, OSError) as exc:
            raise AllowanceUnavailable(detail=f"the file {self._path.name}, {exc}") from exc

    def _open(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        _use_wal(db)
        db.execute("PRAGMA synchronous = NORMAL")  # a power cut may cost the last slots; by the restart they are past
        for statement in SCHEMA:
            db.execute(statement)
        self._connection = db
        return db


def _before_fork() -> None:
    """A SQLite connection must not be carried into a child process (sqlite.org, "How To Corrupt", 2.6): the child would
    take its parent's locks for its own, and be locked out or let in where it must not.
    """
    _PAUSED[:] = _OPEN_LEDGERS
    for ledger in _PAUSED:
        ledger.pause()


def _after_fork() -> None:
    for ledger in _PAUSED:
        ledger.resume()
    _PAUSED.clear()


_OPEN_LEDGERS: "WeakSet[SqliteLedger]" = WeakSet()
_PAUSED: list[SqliteLedger] = []
os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)


def _use_wal(db: sqlite3.Connection) -> None:
    """Several processes that open a new file at once get in each other's way here, whatever the time-out."""
    for tries_left in reversed(range(WAL_TRIES)):
        try:
            db.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if not tries_left:
                raise
            time.sleep(0.02)


def _number(db: sqlite3.Connection, query: str, *arguments: float) -> float | None:
    row = db.execute(query, arguments).fetchone()
    return None if row is None else row[0]


def _kept(db: sqlite3.Connection, name: str) -> float:
    row = db.execute("SELECT value FROM state WHERE name = ?", (name,)).fetchone()
    return 0.0 if row is None else float(row[0])


def _keep(db: sqlite3.Connection, name: str, value: float) -> None:
    db.execute("INSERT OR REPLACE INTO state (name, value) VALUES (?, ?)", (name, value))


def _pending(db: sqlite3.Connection, name: str, now: float, longest: float) -> float | None:
    """An instant still to come; one further off than could be is left from before the clock started anew."""
    at = _kept(db, name)
    return at if now < at <= now + longest else None
