"""What is read out of pasted text about one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.pasting import read_pasted

PASTED = {
    "a signature": (
        "Maria T. Keller, Esq.\nSenior Partner\nMarlow & Finch LLP\nTel. (212) 555-0143 ext 12\n"
        "maria.keller@marlowfinch.com\nhttps://www.linkedin.com/in/maria-keller-4ab3/\n12 Oak Street, Portland 97201",
        {
            "first_name": "Maria T.", "last_name": "Keller, Esq.", "title": "Senior Partner",
            "firm": "Marlow & Finch LLP", "phone": "Tel. (212) 555-0143 ext 12",
            "email": "maria.keller@marlowfinch.com", "linkedin": "https://www.linkedin.com/in/maria-keller-4ab3/",
            "address": "12 Oak Street, Portland 97201", "postal_code": "97201",
        },
    ),
    "a row of a spreadsheet": (
        "Marlow & Finch LLP\tMaria Keller\tmaria@marlow.com\t212-555-0143\tCounsel",
        {
            "firm": "Marlow & Finch LLP", "first_name": "Maria", "last_name": "Keller", "email": "maria@marlow.com",
            "phone": "212-555-0143", "title": "Counsel",
        },
    ),
    "a line with commas": (
        "Maria Keller, Counsel, Quartz, maria@quartz.com",
        {"first_name": "Maria", "last_name": "Keller", "title": "Counsel", "firm": "Quartz",
         "email": "maria@quartz.com"},
    ),
    "lines with labels": (
        "Company: Quartz\nFirst name: Maria\nLast name = Keller\nE-mail: maria@quartz.com\nBorn: 1961-05-03",
        {"firm": "Quartz", "first_name": "Maria", "last_name": "Keller", "email": "maria@quartz.com",
         "born": "1961-05-03"},
    ),
    "a line with a bar number": (
        "Name: Maria Keller | Bar No: CA 284417",
        {"first_name": "Maria", "last_name": "Keller", "number": "CA 284417"},
    ),
    "an address of a mail": (
        '"Maria Keller" <maria@quartz.com>',
        {"first_name": "Maria", "last_name": "Keller", "email": "maria@quartz.com"},
    ),
    "two numbers": (
        "Maria Keller; 212 555 0143; +1 415 555 0177",
        {"first_name": "Maria", "last_name": "Keller", "phone": "212 555 0143; +1 415 555 0177"},
    ),
    "nothing": (" \n ,, \t", {}),
}  # fmt: skip


@pytest.mark.parametrize("kind", PASTED)
def test_a_person_is_read_out_of(kind: str) -> None:
    text, expected = PASTED[kind]
    assert read_pasted(text) == expected


@given(st.text(max_size=200))
def test_no_text_stops_the_reading(text: str) -> None:
    assert all(read_pasted(text).values())
