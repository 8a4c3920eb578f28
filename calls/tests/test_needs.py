"""What is fetched from GHL follows from what is known of the call."""

from typing import Any

import pytest
from django.utils import timezone

from calls import needs
from calls.tests.call_cast import PLACED_AT


def held(**columns: Any) -> dict[str, Any]:
    usual = {
        "call_status": "completed", "direction": "outbound", "transcript": "", "ghl_told": [],
        "started_at": timezone.now(), "person_id": None, "enrichment_status": "not_needed",
    }  # fmt: skip
    return usual | columns


@pytest.mark.parametrize(
    ("columns", "status"),
    [
        ({}, "waiting"),
        ({"transcript": "Hello", "ghl_told": ["call_status"]}, None),
        ({"call_status": "no-answer"}, None),
        ({"call_status": "no-answer", "direction": ""}, "waiting"),
        ({"call_status": "voicemail"}, None),
        ({"call_status": "voicemail", "direction": "inbound"}, "waiting"),
        ({"started_at": PLACED_AT}, None),  # the history of a stranger
        ({"started_at": PLACED_AT, "person_id": 1}, "waiting"),
        ({"enrichment_status": "given_up"}, None),
        ({"enrichment_status": "given_up", "transcript": "Hello", "ghl_told": ["call_status"]}, "done"),
        ({"enrichment_status": "waiting", "transcript": "Hello", "ghl_told": ["call_status"]}, "done"),
    ],
)
def test_what_is_fetched_follows_from_what_is_known(columns, status):
    assert needs.plan(held(**columns), timezone.now()).get("enrichment_status") == status
