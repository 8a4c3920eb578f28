"""Call histories: when somebody was called, what came of it, and what was said."""

import random
from collections.abc import Sequence
from typing import Any

from integrations.sandbox.dialogues import DIALOGUES
from integrations.sandbox.identities import pick
from integrations.sandbox.records import Contact, Message, random_id, stable_id
from integrations.sandbox.store import conversation_id_of
from integrations.sandbox.transcripts import spoken_seconds
from integrations.sandbox.words import AGENTS

DAY_MS = 86_400_000
HOUR_MS = 3_600_000
CALLING_DAYS = 120  # calls lie in the latest days before the sandbox's "now"
# Status, how many in a hundred. "completed" says that something picked up, a voicemail greeting included.
OUTBOUND = (("completed", 40), ("no-answer", 36), ("voicemail", 12), ("busy", 4), ("failed", 5), ("canceled", 3))
INBOUND = (("completed", 60), ("voicemail", 25), ("no-answer", 15))
DURATIONS = tuple(spoken_seconds(lines) for _, lines in DIALOGUES)
TEXTS = ("Thanks for the call, the report is in your inbox.", "Running late, can we speak at 3?", "Got it, thank you!")


def _spread(weights: Sequence[tuple[str, int]]) -> tuple[str, ...]:
    return tuple(status for status, weight in weights for _ in range(weight))


OUTBOUND_STATUSES, INBOUND_STATUSES = _spread(OUTBOUND), _spread(INBOUND)


class CallMaker:
    """Makes the histories of one location, drawing on one source of chance in the order of its use."""

    def __init__(self, location_id: str, rng: random.Random, until_ms: int) -> None:
        self._location_id = location_id
        self._rng = rng
        self._until = until_ms
        self._users = tuple(stable_id("user", location_id, agent) for agent in AGENTS)

    def history(self, contact: Contact, calls: int) -> list[Message]:
        """The contact's calls, oldest first, with the odd text message and activity entry among them."""
        if not calls:
            return []
        rng, conversation_id = self._rng, conversation_id_of(contact.id)
        earliest = max(contact.date_added, self._until - CALLING_DAYS * DAY_MS)
        made = [self._call(contact, conversation_id, self._moment(earliest)) for _ in range(calls)]
        if rng.random() < 0.25:
            made.append(self._entry(contact, conversation_id, earliest, "TYPE_SMS", pick(rng, TEXTS)))
        if rng.random() < 0.15:
            text = "Opportunity created" if rng.random() < 0.5 else "DND enabled by customer"
            kind = "TYPE_ACTIVITY_OPPORTUNITY" if text.startswith("Opp") else "TYPE_ACTIVITY_CONTACT"
            made.append(self._entry(contact, conversation_id, earliest, kind, text))
        made.sort(key=lambda message: message.date_added)
        return made

    def _moment(self, earliest: int) -> int:
        """Some moment of an American working day (14:00 to 23:00 UTC) after ``earliest``."""
        at = earliest + int(self._rng.random() * (self._until - earliest))
        moved = at - at % DAY_MS + 14 * HOUR_MS + int(self._rng.random() * 9 * HOUR_MS)
        return moved if earliest < moved < self._until else at

    def _call(self, contact: Contact, conversation_id: str, at: int) -> Message:
        rng = self._rng
        outbound = rng.random() < 0.88
        status = pick(rng, OUTBOUND_STATUSES if outbound else INBOUND_STATUSES)
        return Message(
            id=random_id(rng),
            location_id=self._location_id,
            contact_id=contact.id,
            conversation_id=conversation_id,
            date_added=at,
            date_updated=at + 1000 + int(rng.random() * 60_000),
            direction="outbound" if outbound else "inbound",
            status=status,
            user_id=pick(rng, self._users) if outbound and rng.random() < 0.97 else None,
            alt_id=f"CA{rng.getrandbits(128):032x}",
            **(self._conversation(outbound) if status == "completed" else {}),
        )

    def _conversation(self, outbound: bool) -> dict[str, Any]:
        """What a connected call has besides: seconds, and in half of the cases a transcript of a recording."""
        rng = self._rng
        number = int(rng.random() * len(DIALOGUES))
        disposition, lines = DIALOGUES[number]
        machine = disposition == "Voicemail" and outbound and rng.random() < 0.5
        transcribed = rng.random() < 0.5
        return {
            "duration": DURATIONS[number] + int(rng.random() * 25),
            "call_status": "voicemail" if machine else None,
            "disposition": disposition,
            "transcript": lines if transcribed else None,
            "recorded": transcribed or rng.random() < 0.3,
        }

    def _entry(self, contact: Contact, conversation_id: str, earliest: int, kind: str, body: str) -> Message:
        rng = self._rng
        at = self._moment(earliest)
        direction = "inbound" if kind == "TYPE_SMS" and rng.random() < 0.5 else "outbound"
        return Message(
            random_id(rng), self._location_id, contact.id, conversation_id, at, at,
            kind=kind, direction=direction, status="delivered", body=body,
        )  # fmt: skip
