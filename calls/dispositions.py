"""The nine outcomes of a call: how BDRs spell them, how to infer one, and whose word counts."""

import re
from collections.abc import Mapping

from calls.conversation_signs import (
    Sign,
    is_conversation,
    notes_tell_of_a_conversation,
    sign_in_notes,
    sign_in_transcript,
)
from calls.voicemail_greetings import is_voicemail_greeting
from integrations.ghl.call_payloads import CallStatus, call_status

__all__ = ["DISPOSITIONS", "disposition_from", "infer", "is_voicemail_greeting", "wins"]

DISPOSITIONS = (
    "No Answer", "Voicemail", "Gatekeeper", "Incorrect Number", "Not Interested",
    "Callback Requested", "Future Potential", "Meeting Booked", "Do Not Contact",
)  # fmt: skip

# How BDR workflows, dialers and people write them. Only what cannot mean another of the nine: "Follow up", "Interested"
# or "NA" are left for somebody to map. Compared without case, blanks and separators.
SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "No Answer": (
        "no answer", "not answered", "did not answer", "didn't answer", "unanswered", "no response", "no pickup",
        "no pick up", "did not pick up", "didn't pick up", "missed", "missed call", "busy", "line busy", "rang out",
    ),
    "Voicemail": (
        "voicemail", "voice mail", "vm", "lvm", "left vm", "left voicemail", "left voice mail", "left a voicemail",
        "left message", "left a message", "voicemail left", "vm left", "went to voicemail", "reached voicemail",
        "answering machine", "voicemail full", "mailbox full", "no voicemail left", "voicemail no message",
    ),
    "Gatekeeper": (
        "gatekeeper", "gate keeper", "gk", "receptionist", "assistant", "secretary", "spoke to gatekeeper",
        "spoke with gatekeeper", "spoke with assistant", "spoke with receptionist", "reached gatekeeper", "front desk",
    ),
    "Incorrect Number": (
        "incorrect number", "wrong number", "wrong #", "wrong no", "bad number", "invalid number", "wrong phone",
        "wrong phone number", "incorrect phone number", "disconnected", "disconnected number", "number disconnected",
        "not in service", "number not in service", "out of service", "dead number",
    ),
    "Not Interested": (
        "not interested", "ni", "no interest", "uninterested", "not int", "no thanks", "no thank you",
    ),
    "Callback Requested": (
        "callback requested", "call back requested", "callback", "call back", "cb", "call back later", "call later",
        "call again", "call me back", "callback later", "requested callback", "requested call back", "request callback",
        "callback request", "try again", "try again later", "try later", "callback scheduled", "scheduled callback",
        "wants callback", "asked for callback",
    ),
    "Future Potential": (
        "future potential", "potential future", "future", "potential", "future opportunity", "future interest",
        "future prospect", "nurture",
    ),
    "Meeting Booked": (
        "meeting booked", "booked", "booked meeting", "meeting set", "meeting scheduled", "scheduled meeting",
        "set meeting", "appointment", "appointment set", "appointment booked", "appointment scheduled", "appt set",
        "appt booked", "booked appointment", "demo booked", "demo scheduled", "meeting",
    ),
    "Do Not Contact": (
        "do not contact", "do not call", "don't call", "don't contact", "dnc", "dnc list", "do not call list",
        "add to dnc", "added to dnc", "remove", "remove from list", "take off list", "opt out", "opted out",
        "unsubscribe", "unsubscribed", "stop calling",
    ),
}  # fmt: skip

BY_STATUS: Mapping[CallStatus, str] = {
    CallStatus.NO_ANSWER: "No Answer",
    CallStatus.BUSY: "No Answer",
    CallStatus.VOICEMAIL: "Voicemail",
    CallStatus.FAILED: "Incorrect Number",
}
BY_SIGN: Mapping[Sign, str] = {
    Sign.VOICEMAIL: "Voicemail",
    Sign.GATEKEEPER: "Gatekeeper",
    Sign.WRONG_NUMBER: "Incorrect Number",
    Sign.STOP: "Do Not Contact",
    Sign.NO_INTEREST: "Not Interested",
    Sign.CALL_AGAIN: "Callback Requested",
    Sign.MEETING: "Meeting Booked",
}
STRENGTH: Mapping[str, int] = {"inferred": 1, "ai": 2, "bdr": 3}


def disposition_from(text: str) -> str | None:
    """The one of the nine that a workflow's word stands for; None for a word we do not know: flag it, do not guess."""
    return DISPOSITION_BY_SPELLING.get(_spelling(text))


def infer(status: str | None, notes: str, transcript: str) -> str | None:
    """The disposition that a call's status and texts suggest; None when there is nothing to go on.

    `status` is any of GHL's words or a CallStatus. One that says nobody was reached decides alone. Else a transcript
    that is a voicemail greeting, then the BDR's notes, then the transcript decide, and any other real conversation has
    future potential.
    """
    if reached_nobody := BY_STATUS.get(call_status(status or "")):
        return reached_nobody
    if is_voicemail_greeting(transcript):
        return "Voicemail"
    if sign := sign_in_notes(notes) or sign_in_transcript(transcript):
        return BY_SIGN[sign]
    if is_conversation(transcript) or notes_tell_of_a_conversation(notes):
        return "Future Potential"
    return None


def wins(new_source: str | None, old_source: str | None) -> bool:
    """Whether a disposition from `new_source` may replace one from `old_source`: bdr over ai over inferred.

    The same source may correct itself; none (None) is replaced by any and replaces nothing.
    """
    new, old = STRENGTH.get(new_source or "", 0), STRENGTH.get(old_source or "", 0)
    return new > 0 and new >= old


def _spelling(text: str) -> str:
    """Letters, digits and "#" in lower case; without the number that orders a list of choices ("1. No Answer")."""
    return re.sub(r"^\s*\d+\s*[-.):]\s*|[^\w#]|_", "", text.casefold())


DISPOSITION_BY_SPELLING: Mapping[str, str] = {
    _spelling(spelling): word for word, spellings in SPELLINGS.items() for spelling in spellings
}
