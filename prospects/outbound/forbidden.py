"""A refusal (403) that concerns everybody, or one person alone: those whom it met are held until others tell which.

GHL answers a create with 403 when the token lacks the scope or the location, and now and then for one record. Nothing
tells the two apart but what becomes of somebody else who is sent afterwards.
"""

import time
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from prospects.outbound.states import Trouble

# So many people in a row, and nobody taken in between: then it is not about them.
IN_A_ROW = 5
Job = TypeVar("Job")
Held = list[tuple[Job, Trouble]]


@dataclass(slots=True)
class Forbidden(Generic[Job]):
    """Whom a worker holds for that reason."""

    held: Held[Job] = field(default_factory=list)
    _in_a_row: int = 0
    _has_taken: bool = False
    _latest: float = 0.0

    def note(self, job: Job, trouble: Trouble) -> None:
        self.held.append((job, trouble))
        self._in_a_row += 1
        self._latest = time.monotonic()

    def takes_others(self, asked_at: float) -> Held[Job]:
        """To be told of each create that GHL took up, asked for at that moment. Returns who is refused alone.

        What was on its way when GHL refused somebody shows nothing: the token may have lost its right in between.
        """
        self._in_a_row, self._has_taken = 0, True
        return self.release() if asked_at > self._latest else []

    @property
    def concerns_everybody(self) -> bool:
        return self._in_a_row >= IN_A_ROW

    @property
    def concerns_them_alone(self) -> bool:
        """As far as can be said when nobody is left to be sent: GHL took somebody of this push."""
        return self._has_taken

    def release(self) -> Held[Job]:
        held, self.held = self.held, []
        return held
