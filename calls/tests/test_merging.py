"""The rules by which what several sources tell of one call becomes one call."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from calls.merging import OF_GHL, from_ghl, from_webhook, still_missing
from integrations.ghl.payloads import CallStatus

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
BLANK = {
    "call_status": "", "direction": "", "from_number": "", "to_number": "", "duration": None, "started_at": None,
    "notes": "", "transcript": "", "recording_url": "", "ai_summary": None, "ghl_contact_id": "",
    "carrier_call_id": "", "ghl_user_id": "", "agent_name": "", "ghl_told": [],
}  # fmt: skip
words = some.sampled_from(["", "one", "two", "a longer one"])
FACTS = {
    "call_status": some.sampled_from(["", *CallStatus]),
    "direction": some.sampled_from(["", "inbound", "outbound"]),
    "duration": some.sampled_from([None, 0, 12, 95]),
    "started_at": some.sampled_from([None, NOON, NOON + timedelta(minutes=2)]),
    **dict.fromkeys(
        ("from_number", "to_number", "transcript", "recording_url", "ghl_contact_id", "carrier_call_id", "ghl_user_id"),
        words,
    ),
}
webhooks = some.lists(some.fixed_dictionaries({**FACTS, "agent_name": words}), min_size=1, max_size=3)
records = some.fixed_dictionaries(FACTS)


def after(tellers: Any) -> dict[str, Any]:
    held: dict[str, Any] = dict(BLANK)
    for merge, told in tellers:
        held |= merge(held, told)
    return held


def row(**columns: Any) -> dict[str, Any]:
    return BLANK | columns


@given(webhooks, some.one_of(some.none(), records))
def test_the_order_of_the_sources_makes_no_difference(told, record):
    tellers = [(from_webhook, each) for each in told] + ([(from_ghl, record)] if record else [])
    first, *others = [after(order) for order in permutations(tellers)]
    assert all(each == first for each in others)


@given(webhooks)
def test_repeating_makes_no_difference(told):
    once = after([(from_webhook, each) for each in told])
    assert after([(from_webhook, each) for each in (*told, *told)]) == once


@given(webhooks, records)
def test_what_was_known_is_never_forgotten(told, record):
    held: dict[str, Any] = dict(BLANK)
    for merge, each in [*((from_webhook, each) for each in told), (from_ghl, record)]:
        known = {name for name, value in held.items() if value not in ("", None)}
        held |= merge(held, each)
        assert all(held[name] not in ("", None) for name in known)


@pytest.mark.parametrize(
    ("one", "other", "taken"),
    [
        ("pending", "busy", "busy"),
        ("other", "pending", "pending"),
        ("no-answer", "completed", "completed"),
        ("completed", "voicemail", "voicemail"),
        ("canceled", "failed", "failed"),
    ],
)
def test_of_two_statuses_the_more_telling_one_counts(one, other, taken):
    for held, told in ((one, other), (other, one)):
        assert (row(call_status=held) | from_webhook(row(call_status=held), {"call_status": told}))[
            "call_status"
        ] == taken


@pytest.mark.parametrize("held", [{"duration": 95}, {"duration": 0}])
def test_the_longer_duration_counts_since_webhooks_send_0_for_any(held):
    assert (row(**held) | from_webhook(row(**held), {"duration": 40}))["duration"] == max(40, held["duration"])


def test_the_earliest_time_is_when_it_began():
    assert from_webhook(row(started_at=NOON), {"started_at": NOON - timedelta(minutes=1)}) != {}
    assert from_webhook(row(started_at=NOON), {"started_at": NOON + timedelta(minutes=1)}) == {}


@pytest.mark.parametrize("name", sorted(set(OF_GHL) - {"call_status", "duration", "started_at"}))
def test_ghl_s_own_record_stands_above_its_webhooks(name):
    assert from_ghl(row(**{name: "a longer one"}), {name: "short", "call_status": "busy"})[name] == "short"
    assert from_webhook(row(**{name: "short", "ghl_told": [name]}), {name: "a longer one"}) == {}


def test_ghl_s_own_record_fills_nothing_with_nothing():
    held = row(call_status="completed", duration=95, direction="outbound", ghl_told=["call_status"])
    assert from_ghl(held, {"call_status": "completed", "duration": None, "direction": ""}) == {}


@pytest.mark.parametrize("status", ["pending", "other"])
def test_a_record_of_a_call_under_way_says_no_more_than_a_webhook(status):
    assert from_ghl(row(call_status="busy"), {"call_status": status}) == {}
    assert "ghl_told" not in from_ghl(row(), {"call_status": status, "direction": "inbound"})


def test_a_record_calls_completed_what_a_machine_picked_up():
    held = row(call_status="voicemail", ghl_told=["call_status"])
    assert from_ghl(held, {"call_status": "completed"}) == {}
    assert from_ghl(held, {"call_status": "no-answer"}) == {"call_status": "no-answer"}


def test_a_summary_of_the_portal_s_own_is_not_replaced():
    assert from_webhook(row(ai_summary={"sentiment": "warm"}), {"ai_summary": {"sentiment": "cold", "more": 1}}) == {}


@pytest.mark.parametrize(
    ("held", "told", "missing"),
    [
        ({"duration": 12}, {"duration": 95}, {}),
        ({}, {"duration": 95}, {"duration": 95}),
        ({"call_status": "pending"}, {"call_status": "busy"}, {"call_status": "busy"}),
        ({"call_status": "busy"}, {"call_status": "completed"}, {}),
        ({"call_status": "pending"}, {"call_status": "other"}, {}),
    ],
)
def test_comparing_adds_what_is_missing_and_replaces_nothing(held, told, missing):
    assert still_missing(row(**held), told) == missing
