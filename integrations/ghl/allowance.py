"""How many requests a location may make, and what the shared count of them must be able to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from integrations.ghl.rate_headers import RateHeaders

TOO_MANY = 429
HOURS_COUNTED = 25  # the running hour and the 24 before it: more than a day, wherever GHL's day begins


@dataclass(frozen=True, slots=True)
class Allowance:
    """GHL's limits for one location (developer docs, OAuth, "Rate limits") and how near to them we go.

    GHL allows `requests` in any `interval` seconds and `daily` in a day. We count over `window` instead, a little
    longer, because requests do not arrive exactly as far apart as they were sent: an exact 10.0 s was measured to
    break the limit at the server. Half a second covers a late arrival and still uses 100/10.5 s, 95.2 % of what GHL
    allows; each further tenth would cost nearly one per cent.
    """

    requests: int = 100
    interval: float = 10.0
    window: float = 10.5
    daily: int = 200_000
    # How long ahead of its time a slot may be taken. Whoever may take it earlier comes first: that is how interactive
    # work overtakes bulk work, with no slots kept empty for it.
    interactive_horizon: float = 3.0
    bulk_horizon: float = 0.25
    # Others using the same token show in GHL's headers: what they use is not lent out, for this long after it was seen.
    hold_back: float = 15.75
    always_lent: int = 5  # even then, since only answers can tell when the others have stopped
    miscount: int = 2  # a server may count the running request or not; no reason to hold back
    longest_penalty: float = 60.0
    day_spent_pause: float = 900.0  # GHL does not say when its day begins, so that is asked again every 15 minutes

    @property
    def good_for(self) -> float:
        """How late a slot may still be used, in seconds: half of what the window has to spare; the way is the rest."""
        return (self.window - self.interval) / 2

    def horizon(self, *, bulk: bool) -> float:
        return self.bulk_horizon if bulk else self.interactive_horizon

    def pressure(self, headers: RateHeaders, status: int) -> float:
        """For how many seconds everyone must stop after an answer; 0 when there is no need."""
        if status != TOO_MANY:
            return 0.0
        advised = headers.retry_after
        return min(self.window if advised is None else advised, self.longest_penalty)


@dataclass(frozen=True, slots=True)
class Turn:
    """What the count says to one who wants to send. All in seconds.

    `granted`: send in `wait` seconds. Otherwise the next slot is about `wait` away: ask again a little before. With
    `day_is_spent` there is none, and `wait` is when to look again. `at` is the slot on the count's own clock.
    """

    granted: bool
    wait: float
    at: float = 0.0
    day_is_spent: bool = False


class Ledger(Protocol):
    """The count of one location's requests that all processes share.

    Every method is one indivisible step and may raise AllowanceUnavailable.
    """

    def ask(self, *, bulk: bool) -> Turn:
        """Takes the next slot if it is near enough, else says how far it is."""

    def note(self, *, sent_at: float | None, headers: RateHeaders, penalty: float) -> None:
        """Takes account of an answer to the request that had the slot `sent_at` (None: unknown, taken as just now)."""


class Pace(Protocol):
    """The right to send requests to one location, shared by everyone who holds its token here."""

    def acquire(self, bulk: bool) -> None:
        """Returns when a request may be sent, which must follow at once.

        Raises DailyAllowanceSpent, and AllowanceUnavailable when the shared count cannot be reached.
        """

    def observe(self, headers: Mapping[str, str], status: int) -> None:
        """To be told of every answer, by the thread that sent the request."""
