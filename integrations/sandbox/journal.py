"""What was asked of the sandbox and what it answered, for tests and benchmarks to read."""

import threading
from collections import Counter, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One request. ``status`` 0 means that no answer was sent; ``body`` is kept for writes. No token is ever kept."""

    at: float
    method: str
    path: str
    query: dict[str, str]
    status: int
    location_id: str | None
    seconds: float
    body: bytes


class Journal:
    """The latest requests, and counts of all."""

    def __init__(self, keep: int = 100_000) -> None:
        self._entries: deque[Entry] = deque(maxlen=keep)
        self._lock = threading.Lock()
        self.statuses: Counter[int] = Counter()

    def note(self, entry: Entry) -> None:
        with self._lock:
            self._entries.append(entry)
            self.statuses[entry.status] += 1

    @property
    def total(self) -> int:
        """How many requests came in all."""
        return self.statuses.total()

    def entries(self, path: str | None = None, method: str | None = None) -> list[Entry]:
        """The requests to a path (trailing slash or not) with a method, in the order of their answers."""
        with self._lock:
            entries = list(self._entries)
        return [
            entry
            for entry in entries
            if (path is None or entry.path.rstrip("/") == path.rstrip("/")) and method in (None, entry.method)
        ]

    def peak(self, seconds: float = 10.0) -> int:
        """The most requests, refused ones too, that arrived in any stretch of that many seconds."""
        times = sorted(entry.at for entry in self.entries())
        most = start = 0
        for end, at in enumerate(times):
            while times[start] <= at - seconds:
                start += 1
            most = max(most, end - start + 1)
        return most

    def clear(self) -> None:
        with self._lock:
            self._entries.clear()
            self.statuses.clear()
