"""Dates of birth as GHL and files write them."""

import pytest

from prospects.identity.birth import birth_date


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1990-05-25", "19900525"),
        ("1990-05-25T00:00:00.000Z", "19900525"),
        ("19900525", "19900525"),
        ("1900-01-01", ""),
        ("25 May 1990", ""),
        ("1990-13-25", ""),
        ("199005251", ""),
        ("", ""),
    ],
)
def test_a_date_of_birth_is_read(text: str, date: str) -> None:
    assert birth_date(text) == date
