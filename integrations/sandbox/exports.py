"""The cursors of GET /conversations/messages/export: valid for two minutes after their last use, then gone."""

import threading
import uuid
from dataclasses import dataclass, replace

from integrations.sandbox.answers import Refusal
from integrations.sandbox.clock import Clock
from integrations.sandbox.store import Row

CURSOR_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Position:
    """Where an export stands: what it asked for and the row that its last page ended on."""

    location_id: str
    question: tuple[str, ...]
    row: Row
    used_at: float = 0.0


class ExportCursors:
    """Hands out cursors and takes them back, any number of times while they are valid."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[str, Position] = {}
        self._lock = threading.Lock()

    def issue(self, position: Position) -> str:
        now = self._clock.now()
        cursor = str(uuid.uuid4())
        with self._lock:
            self._open = {key: held for key, held in self._open.items() if now - held.used_at <= CURSOR_SECONDS}
            self._open[cursor] = replace(position, used_at=now)
        return cursor

    def resume(self, cursor: str, location_id: str, question: tuple[str, ...]) -> Row:
        """The row to go on after. Raises Refusal (400) when the cursor is unknown, too old or of another export."""
        now = self._clock.now()
        with self._lock:
            held = self._open.get(cursor)
            if held is None or now - held.used_at > CURSOR_SECONDS:
                raise Refusal(400, "Invalid or expired cursor", error="Bad Request")
            if (held.location_id, held.question) != (location_id, question):
                raise Refusal(400, "The cursor belongs to another export", error="Bad Request")
            self._open[cursor] = replace(held, used_at=now)
        return held.row
