"""JSON as a database can keep it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.storable import DEEPEST, storable

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("a\x00b", "a\ufffdb"),
        ("a\ud83db", "a\ufffdb"),
        ({"k\x00": ["\x00"]}, {"k\ufffd": ["\ufffd"]}),
        (["\x00", float("nan"), float("inf")], ["\ufffd", None, None]),
    ],
)
def test_what_no_database_keeps_is_replaced(value, kept):
    stored = storable(value)
    assert (stored.value, json.loads(stored.text), stored.was_replaced) == (kept, kept, True)


@pytest.mark.parametrize("value", ["🦊 Müller", "\\u0000", "NaN", {"a": [1, 2.5, None, True]}, 2**80, ""])
def test_everything_else_stays_as_it_is(value):
    stored = storable(value)
    assert (stored.value, json.loads(stored.text), stored.was_replaced) == (value, value, False)


@given(JSON)
def test_any_json_is_made_storable(value):
    stored = storable(value)
    assert json.loads(stored.text) == stored.value
    text = json.dumps(stored.value, allow_nan=False, ensure_ascii=False)
    assert "\x00" not in text
    text.encode()


def nested(levels):
    value = "the innermost"
    for level in range(levels):
        value = [value] if level % 2 else {"in": value}
    return value


@pytest.mark.parametrize("levels", [1, DEEPEST])
def test_what_is_not_too_deep_stays_as_it_is(levels):
    assert storable(nested(levels)).value == nested(levels)


@pytest.mark.parametrize("levels", [DEEPEST + 1, 5_000])
def test_what_lies_too_deep_is_left_out(levels):
    stored = storable({"id": "C1", "deep": nested(levels)})
    assert stored.value["id"] == "C1"
    assert stored.text.count("nested too deeply to keep") == 1
    assert json.loads(stored.text) == stored.value


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_is_none_is_written_as_null(number):
    assert storable([number]).text == "[null]"


def test_what_is_wide_is_not_taken_for_deep():
    wide = [{"id": number} for number in range(DEEPEST * 3)]
    assert storable(wide).value == wide
