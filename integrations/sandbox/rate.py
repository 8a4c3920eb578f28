"""GHL's allowance: 100 requests in any 10 seconds and 200,000 a day, per location whatever the token."""

import threading
from collections import deque
from dataclasses import dataclass

from integrations.sandbox.clock import Clock

INTERVAL_SECONDS = 10.0
REQUESTS_PER_INTERVAL = 100
REQUESTS_PER_DAY = 200_000
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a request may pass, and what is left after it."""

    admitted: bool
    limit: int
    remaining: int
    daily_limit: int
    daily_remaining: int

    def headers(self) -> dict[str, str]:
        """The documented headers; there is no reset header and no Retry-After."""
        return {
            "X-RateLimit-Limit-Daily": str(self.daily_limit),
            "X-RateLimit-Daily-Remaining": str(self.daily_remaining),
            "X-RateLimit-Interval-Milliseconds": str(int(INTERVAL_SECONDS * 1000)),
            "X-RateLimit-Max": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
        }


class Allowance:
    """One location's sliding window and day. A refused request is counted as rejected and costs nothing.

    ``limit`` None admits everything. ``other_users`` is what other apps use up of every window.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        limit: int | None = REQUESTS_PER_INTERVAL,
        daily_limit: int = REQUESTS_PER_DAY,
        other_users: int = 0,
    ) -> None:
        self.limit = limit
        self.daily_limit = daily_limit
        self.other_users = other_users
        self.rejected = 0
        self._clock = clock
        self._lock = threading.Lock()
        self._recent: deque[float] = deque()
        self._day = -1
        self._today = 0

    def admit(self) -> Verdict:
        """Takes one request out of the allowance, or refuses it."""
        now = self._clock.now()
        with self._lock:
            self._forget(now)
            limit = self.limit if self.limit is not None else REQUESTS_PER_INTERVAL
            used = len(self._recent) + self.other_users
            admitted = self.limit is None or (used < limit and self._today < self.daily_limit)
            if not admitted:
                self.rejected += 1
            elif self.limit is not None:
                self._recent.append(now)
                self._today += 1
                used += 1
            return Verdict(
                admitted, limit, max(0, limit - used), self.daily_limit, max(0, self.daily_limit - self._today)
            )

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0] <= now - INTERVAL_SECONDS:
            self._recent.popleft()
        day = int(now // SECONDS_PER_DAY)
        if day != self._day:
            self._day, self._today = day, 0
