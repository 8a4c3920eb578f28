"""Whatever arrives: nothing but UnexpectedPayload is raised, and how a call is spelled does not change it."""

import random
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ghl import delivery_aliases as names
from integrations.ghl.deliveries import CallDelivery, ContactDelivery, OtherDelivery, delivery_key, read_delivery
from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.json_values import UNSTORABLE

KNOWN = sorted(
    {alias for group in vars(names).values() if isinstance(group, tuple) for alias in group}
    | {alias for group in names.CONTACT_KEYS.values() for alias in group}
    | {"customData", "triggerData", "workflow", "message", "call", "phone_call", "location", "contact", "user", "data"}
)
WORDS = [
    "", "null", "{{phone_call.status}}", "InboundMessage", "ContactUpdate", "ContactDndUpdate", "CALL", "SMS", "loc1",
    "VoiceMail", "completed", "No answer", "voicemail", "inbound", "Outbound", "2026-10-01T15:00:00Z", "1:05", "3 min",
    "https://example.com/r.wav", '{"a": [1]}', "[1", "disposition_workflow", "\x00", "\ud800", "٣", "+12025550143",
]  # fmt: skip
LEAVES = (
    st.sampled_from(WORDS)
    | st.text(max_size=12)
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from([0, 1, 10, 65, 1790866800, 1790866800000, 10**400, -1])
)
KEYS = (
    st.sampled_from(KNOWN)
    | st.text(max_size=8)
    | st.builds("{}.{}".format, st.sampled_from(KNOWN), st.sampled_from(KNOWN))
)
SHAPES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=8),
    max_leaves=25,
)


@settings(deadline=None)
@given(raw=st.dictionaries(KEYS, SHAPES, max_size=12) | SHAPES, body=st.binary(max_size=20))
def test_any_json_is_read_or_refused(raw, body):
    with suppress(UnexpectedPayload):
        assert isinstance(read_delivery(raw), CallDelivery | ContactDelivery | OtherDelivery)
    assert len(delivery_key(body, raw)) <= 80


@settings(deadline=None)
@given(
    type_=st.sampled_from(["InboundMessage", "ContactUpdate", "ContactDndUpdate", "", "call"]),
    told=st.dictionaries(KEYS, SHAPES, max_size=10),
)
def test_so_is_any_call_and_any_contact(type_, told):
    delivery = read_delivery(
        {**told, "type": type_, "locationId": "loc1", "contactId": "con1", "id": "con1", "callStatus": "x"}
    )
    assert not isinstance(delivery, OtherDelivery) or type_ == "InboundMessage"
    assert not [text for text in texts_of(delivery) if UNSTORABLE.search(text)]


def texts_of(delivery: Any) -> list[str]:
    """Every text in it that goes into a column."""
    row = asdict(delivery)
    return [text for text in (*row.values(), *row.get("contact", {}).values()) if isinstance(text, str)]


@pytest.mark.parametrize("key", ["data", "message", "customData", "call", "x", "data.data"])
def test_bottomless_nesting_is_read(key):
    raw: dict[str, Any] = {"status": "busy"}
    for _ in range(900):
        raw = {key: raw}
    delivery = read_delivery({**raw, "locationId": "loc1", "contactId": "con1", "." * 5000: 1, "data." * 5000: 1})
    assert isinstance(delivery, CallDelivery)


# ---------------------------------------------------------------- one call, many spellings

FACTS = {
    "location id": "loc1",
    "contact id": "con1",
    "message id": "msg1",
    "conversation id": "cnv1",
    "call status": "Answered",
    "call duration": "65",
    "direction": "outbound",
    "started at": "2026-10-01T15:00:00Z",
    "from number": "+12025550100",
    "to number": "+12025550143",
    "user id": "usr1",
    "agent name": "Sam Carter",
    "recording url": "https://example.com/r.wav",
    "transcript": "Hello.",
    "call notes": "Try on Friday",
    "first name": "Dana",
    "company name": "Reed LLP",
    "email": "dana@example.com",
    "phone": "+12025550143",
}
STYLES = {
    "camel": lambda words: words[0] + "".join(word.capitalize() for word in words[1:]),
    "snake": "_".join,
    "screaming": lambda words: "_".join(words).upper(),
    "kebab": "-".join,
    "flat": "".join,
}
BLOCKS = ("location", "contact", "conversation", "user", "message", "call")
EMPTY = ["", None, "null", "undefined", "{{contact.x}}", [], {}]


def told_as(facts: dict[str, str], choose: random.Random) -> dict[str, Any]:
    """The facts with each key in a style, each perhaps nested, inside customData, or beside an empty twin."""
    body: dict[str, Any] = {}
    for fact, value in facts.items():
        words = fact.split()
        style = STYLES[choose.choice(sorted(STYLES))]
        place = body.setdefault("customData", {}) if choose.random() < 0.4 else body
        if len(words) > 1 and words[0] in BLOCKS and choose.random() < 0.5:
            place.setdefault(words[0], {})[style(words[1:])] = value
        else:
            place[style(words)] = value
            twin = f"{words[0].upper()} {' '.join(words[1:])}".strip()
            place.setdefault(twin, choose.choice(EMPTY))
    shuffled = list(body.items())
    choose.shuffle(shuffled)
    return dict(shuffled)


@settings(deadline=None)
@given(choose=st.randoms(use_true_random=False), left_out=st.sets(st.sampled_from(sorted(FACTS)), max_size=12))
def test_no_spelling_of_a_call_changes_what_is_read(choose, left_out):
    facts = {
        fact: value for fact, value in FACTS.items() if fact not in left_out or fact in ("location id", "contact id")
    }
    straight = {fact.replace(" ", "_"): value for fact, value in facts.items()}
    assert read_delivery(told_as(facts, choose)) == read_delivery(straight)
