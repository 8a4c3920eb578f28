"""What the headers of an answer say about how much more may be asked, and when."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self


@dataclass(frozen=True, slots=True)
class RateHeaders:
    """GHL's own count of the requests made with this token (developer docs, OAuth, "Rate limits"). None: not said.

    `remaining` is for the current 10 seconds, `daily_remaining` for the day; `retry_after` is in seconds. GHL does not
    document a Retry-After header, but proxies in front of it may send one, as seconds or as a date.
    """

    remaining: int | None = None
    daily_remaining: int | None = None
    retry_after: float | None = None

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Self:
        """Reads what is there, whatever the case of the names; a value that makes no sense counts as absent."""
        lowered = {name.lower(): value for name, value in headers.items()}
        return cls(
            remaining=_count(lowered.get("x-ratelimit-remaining")),
            daily_remaining=_count(lowered.get("x-ratelimit-daily-remaining")),
            retry_after=_seconds(lowered.get("retry-after"), lowered.get("date")),
        )


def _count(value: str | None) -> int | None:
    text = (value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _seconds(value: str | None, answered_at: str | None) -> float | None:
    text = (value or "").strip()
    if text.isascii() and text.replace(".", "", 1).isdigit() and len(text) < 12:
        seconds = float(text)
    elif (at := _instant(text)) is not None:
        seconds = (at - (_instant(answered_at) or datetime.now(UTC))).total_seconds()
    else:
        return None
    return seconds if seconds > 0 else None  # "at once" is no advice


def _instant(text: str | None) -> datetime | None:
    try:
        instant = parsedate_to_datetime(text or "")
    except (TypeError, ValueError):
        return None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
