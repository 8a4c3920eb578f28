"""What GHL tells of a staged record beside who it is: its calls, and what a reviewer should know of it."""

from dataclasses import dataclass
from datetime import datetime

from imports.models import ImportBatch, StagedCall, StagedRecord
from integrations.admin_parts import call_status_words, minutes
from integrations.ghl.call_payloads import CallStatus
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.payloads import CallMessage, ContactRecord

CALLS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class CallLine:
    """One call of the record. `problem` says why it could not be read; a new one is on nobody's page yet."""

    placed_at: datetime | None = None
    direction: str = ""
    status: str = ""
    duration: str = ""
    problem: str = ""
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class Fact:
    label: str
    value: str | datetime
    is_warning: bool = False


def calls_of(record: StagedRecord) -> list[CallLine]:
    """The record's calls, newest first, at most 50."""
    if not record.ghl_contact_id:
        return []
    calls = StagedCall.objects.filter(integration=record.batch.integration, ghl_contact_id=record.ghl_contact_id)
    lines = sorted((_line(call) for call in calls), key=_when, reverse=True)
    return lines[:CALLS_SHOWN]


def facts_of(record: StagedRecord) -> list[Fact]:
    """What the contact says beyond the compared fields."""
    if record.batch.source == ImportBatch.Source.CSV:
        return [Fact("Line of the file", str(record.position))]
    try:
        contact = ContactRecord.parse(record.raw_data)
    except UnexpectedPayload:
        return []
    facts = [Fact("Do not call", "GHL forbids calls to this person", is_warning=True)] if contact.dnd_call else []
    facts += [Fact("Other e-mails", ", ".join(contact.additional_emails))] if contact.additional_emails else []
    facts += [Fact("Other phones", ", ".join(contact.additional_phones))] if contact.additional_phones else []
    facts += [Fact("Tags", ", ".join(contact.tags))] if contact.tags else []
    facts += [Fact("Source in GHL", contact.source)] if contact.source else []
    facts += [Fact("In GHL since", contact.date_added)] if contact.date_added else []
    facts += [Fact("Changed in GHL", contact.date_updated)] if contact.date_updated else []
    return [*facts, Fact("GHL contact", record.ghl_contact_id)]


def _when(line: CallLine) -> float:
    return line.placed_at.timestamp() if line.placed_at else 0.0


def _line(call: StagedCall) -> CallLine:
    if call.error_message:
        return CallLine(problem=call.error_message)
    try:
        message = CallMessage.parse(call.raw_data)
    except UnexpectedPayload as problem:
        return CallLine(problem=str(problem))
    seconds = None if message.duration is None else int(message.duration.total_seconds())
    # GHL's own word where ours would only be "other".
    status = message.status_as_sent if message.status == CallStatus.OTHER else message.status
    return CallLine(
        message.placed_at,
        message.direction.capitalize(),
        call_status_words(status),
        minutes(seconds),
        is_new=call.recorded_at is None,
    )
