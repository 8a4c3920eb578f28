"""What is to be fetched from GHL for a call, decided from its columns alone.

A call that connected has a transcript to wait for; for any other, GHL is asked only while its end, direction or time is
unknown. What was to be asked for once is asked for, whatever webhooks tell meanwhile. Old calls of strangers are
left alone: a location's whole history may come in.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from calls.merging import SAYS_LITTLE, Columns
from calls.models import Direction, Enrichment
from integrations.ghl.payloads import CallStatus

HISTORY = timedelta(days=2)  # older calls of strangers are not fetched by themselves


def is_connected(held: Mapping[str, Any]) -> bool:
    """Whether somebody spoke: it was picked up, or a caller left us a voicemail."""
    status, direction = held["call_status"], held["direction"]
    return bool(status == CallStatus.COMPLETED or (status == CallStatus.VOICEMAIL and direction == Direction.INBOUND))


def wants_transcript(held: Mapping[str, Any]) -> bool:
    return is_connected(held) and not held["transcript"]


def wants_record(held: Mapping[str, Any]) -> bool:
    """Whether GHL's own record of the call is to be read."""
    if held["ghl_told"]:
        return False
    lacks = held["call_status"] in SAYS_LITTLE or not held["direction"] or held["started_at"] is None
    was_lacking = held["enrichment_status"] in (Enrichment.WAITING, Enrichment.GIVEN_UP)
    return lacks or is_connected(held) or was_lacking


def plan(held: Mapping[str, Any], now: datetime) -> Columns:
    """How the columns of the fetching change after the call's others did."""
    is_wanted = wants_record(held) or wants_transcript(held)
    status = held["enrichment_status"]
    if status in (Enrichment.WAITING, Enrichment.GIVEN_UP):
        return {} if is_wanted else settled(Enrichment.DONE)
    if not is_wanted or _is_history_of_a_stranger(held, now):
        return {}
    return wanted_from(now)


def wanted_from(now: datetime) -> Columns:
    """As if GHL had never been asked."""
    return settled(Enrichment.WAITING) | {"enrichment_attempts": 0, "enrichment_next_at": now}


def settled(status: Enrichment, note: str = "") -> Columns:
    return {"enrichment_status": status, "enrichment_next_at": None, "enrichment_note": note}


def _is_history_of_a_stranger(held: Mapping[str, Any], now: datetime) -> bool:
    return held["person_id"] is None and held["started_at"] is not None and held["started_at"] < now - HISTORY
