"""What a domain says of a delivery that it was handed: the one shape between the inbox and the handlers.

Handlers are named in settings (`GHL_EVENT_HANDLERS`), since this app knows no domain: each takes the location, the
delivery and when it was received, writes in the transaction that it is called in, and talks to nobody outside. A
delivery may be handed over days after it was received, and again: what it does not date itself is dated by that.
"""

import uuid
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    DONE = "done"  # it is where it belongs
    IGNORED = "ignored"  # nothing of ours; the words say why
    WAITING = "waiting"  # it cannot be placed yet; the sweep tries again


@dataclass(frozen=True, slots=True)
class Handled:
    """What became of a delivery, in `words` for staff. `row` names what it became, as (table, id).

    `flags` are remarks for a person: a word that we do not know, a conflict. `then` are tasks to be queued once the
    transaction has committed, as (dotted path of the task, its argument).
    """

    outcome: Outcome
    words: str = ""
    row: tuple[str, uuid.UUID] | None = None
    flags: tuple[str, ...] = ()
    then: tuple[tuple[str, str], ...] = field(default=())
