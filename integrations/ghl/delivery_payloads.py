"""What GHL's webhooks tell us, read once at the door: a call, a change of a contact, or something for others."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from integrations.ghl.call_payloads import CallStatus
from integrations.ghl.payloads import ContactRecord


class CallNews(StrEnum):
    """Which of GHL's hits about a call this is."""

    COMPLETED = "completed"  # the workflow that runs when a call is over
    DISPOSITION = "disposition"  # the workflow that runs when the BDR picks an outcome
    MESSAGE = "message"  # the marketplace app's InboundMessage or OutboundMessage


class ContactNews(StrEnum):
    """What happened to a contact."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    TAGS = "tags"
    DND = "dnd"


@dataclass(frozen=True, slots=True)
class ContactHint:
    """Whom a call was with, as far as the delivery says. `email` is lower-case, `phone` as sent."""

    first_name: str = ""
    last_name: str = ""
    full_name: str = ""
    email: str = ""
    phone: str = ""
    company: str = ""


@dataclass(frozen=True, slots=True)
class CallDelivery:
    """One hit about one phone call. What it does not say is "" or None: it says nothing about that, not "nothing".

    `message_id` is GHL's own id of the call, the same in every hit about it; `alt_id` the carrier's, which is never
    taken for it. `status` is None when none was told and OTHER for a word we do not know; `status_as_sent` keeps the
    word. `placed_at` is aware, in UTC. `disposition_as_sent` is the BDR's choice in the words of their workflow.
    `recording_url` is an http address. `remarks` names the fields that were odd, without their values.
    """

    kind: CallNews
    location_id: str
    message_id: str = ""
    alt_id: str = ""
    contact_id: str = ""
    conversation_id: str = ""
    status: CallStatus | None = None
    status_as_sent: str = ""
    direction: str = ""  # "inbound", "outbound" or ""
    duration: timedelta | None = None
    placed_at: datetime | None = None
    from_number: str = ""
    to_number: str = ""
    user_id: str = ""
    agent_name: str = ""
    disposition_as_sent: str = ""
    notes: str = ""
    transcript: str = ""
    recording_url: str = ""
    ai_summary: dict[str, Any] | None = None
    contact: ContactHint = field(default_factory=ContactHint)
    remarks: tuple[str, ...] = ()

    @property
    def contact_phone(self) -> str:
        """The number of the person the call was with, as sent; "" when it cannot be told from ours."""
        across = {"outbound": self.to_number, "inbound": self.from_number}
        return self.contact.phone or across.get(self.direction, "")

    @property
    def tells_its_call_apart(self) -> bool:
        """Whether it names one call and no other. If not, the same body may be sent for another call of that person."""
        return bool(self.message_id or self.placed_at)


@dataclass(frozen=True, slots=True)
class ContactDelivery:
    """A contact as it is now, or was when it was deleted. `dnd_call`: do not call this person.

    `dnd` says in words what is forbidden: "all channels", the channels by GHL's names ("Call, SMS") or "".
    """

    kind: ContactNews
    contact: ContactRecord
    dnd_call: bool = False
    dnd: str = ""

    @property
    def location_id(self) -> str:
        return self.contact.location_id


@dataclass(frozen=True, slots=True)
class OtherDelivery:
    """Something the portal does nothing with. `type` says what it is, in GHL's word: "InboundMessage SMS"."""

    type: str
    location_id: str = ""
