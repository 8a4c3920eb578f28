"""What the sandbox keeps: contacts and messages. A record is replaced, never changed, so old copies stay old."""

import hashlib
import random
import string
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

ID_ALPHABET = string.ascii_letters + string.digits
CALL = "TYPE_CALL"
# Numbers of message types; 1 and 24 are documented, the rest follow the published enum's order.
TYPE_NUMBERS = {CALL: 1, "TYPE_SMS": 2, "TYPE_EMAIL": 3, "TYPE_IVR_CALL": 24, "TYPE_ACTIVITY_CONTACT": 25,
                "TYPE_ACTIVITY_OPPORTUNITY": 28}  # fmt: skip
CHANNELS = {"Call": (CALL, "TYPE_IVR_CALL"), "SMS": ("TYPE_SMS",), "Email": ("TYPE_EMAIL",)}

Line = tuple[int, str]  # speaker (0 is the dialer's side), sentence


def random_id(rng: random.Random) -> str:
    """Twenty letters and digits, as GHL's ids are."""
    return "".join(rng.choices(ID_ALPHABET, k=20))


def stable_id(*parts: object) -> str:
    """The same twenty letters and digits for the same parts, on every run."""
    return random_id(random.Random(hashlib.sha256(repr(parts).encode()).digest()))


@dataclass(slots=True)
class Contact:
    """A contact of a location; instants in epoch milliseconds, absent values None."""

    id: str
    location_id: str
    date_added: int
    date_updated: int
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    phone: str | None = None
    company_name: str | None = None
    tags: Sequence[str] = ()
    custom_fields: Sequence[tuple[str, Any]] = ()
    source: str | None = None
    type: str = "lead"
    assigned_to: str | None = None
    address1: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    website: str | None = None
    timezone: str | None = None
    date_of_birth: str | None = None
    dnd: bool = False
    dnd_settings: dict[str, Any] = field(default_factory=dict)
    additional_emails: Sequence[str] = ()
    by_api: bool = False
    list_json: bytes | None = field(default=None, init=False, repr=False, compare=False)
    search_json: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def full_name(self) -> str:
        return " ".join(part for part in (self.first_name, self.last_name) if part)


@dataclass(slots=True)
class Message:
    """An entry of a conversation, mostly a call; instants in epoch milliseconds, ``duration`` in seconds."""

    id: str
    location_id: str
    contact_id: str
    conversation_id: str
    date_added: int
    date_updated: int
    kind: str = CALL
    direction: str = "outbound"
    status: str = "completed"
    call_status: str | None = None  # meta.call.status where it differs from the message's own
    duration: int | None = None
    user_id: str | None = None
    alt_id: str | None = None
    body: str = ""
    source: str = "app"
    recorded: bool = False
    transcript: Sequence[Line] | None = None
    disposition: str | None = None  # what the dialogue is an example of; never sent
    json: bytes | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def is_call(self) -> bool:
        return self.kind in CHANNELS["Call"]


@dataclass(slots=True)
class Conversation:
    """All messages with one contact, oldest first."""

    id: str
    contact_id: str
    messages: list[Message] = field(default_factory=list)
