"""The sandbox's time, which a test may move forward instead of waiting."""

import time
from datetime import UTC, datetime


class Clock:
    """Wall-clock time plus whatever it was advanced by."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self._ahead

    def now_ms(self) -> int:
        """Milliseconds since the epoch, the unit of every cursor of the API."""
        return int(self.now() * 1000)

    def advance(self, seconds: float) -> None:
        """Makes it later by that many seconds: for index lag, cursors and rate windows."""
        self._ahead += seconds


def iso(ms: int) -> str:
    """``2026-09-30T15:04:05.120Z``, the form of every date in the answers."""
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")[:23] + "Z"


def parse_iso(text: str) -> int:
    """Milliseconds of an ISO instant or a plain date (midnight UTC). Raises ValueError when it is neither."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    return round(instant.timestamp() * 1000)
