"""Numbers of a person's own, as locations and files write them."""

import pytest

from prospects.identity import identity_of, person_number
from prospects.identity.record import digest_of


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("284417", "284417"),
        ("284-417", "284417"),
        (" 284 417 ", "284417"),
        ("Bar No. 284417", "284417"),
        ("State Bar #284417", "284417"),
        ("bar number: 284417", "284417"),
        ("SBN284417", "284417"),
        ("Candidate ID c-20417", "C20417"),
        ("SSN 078-05-1120", "78051120"),
        ("AB 28 44 17 C", "AB284417C"),
        ("CA 284417", "CA284417"),
        ("ca284417", "CA284417"),
        ("0284417", "284417"),
        ("284417.0", "284417"),
        ("28,441,723", "28441723"),
        ("２８４４１７", "284417"),
        ("CA 284417; NY 5120931", "CA284417"),
        ("n/a; NY 5120931", "NY5120931"),
        ("CA 284417, NY 5120931", "CA284417"),
        ("2.84417E+11", ""),
        ("XXX-XX-1129", ""),
        ("***-**-1129", ""),
        ("•••1129", ""),
        ("000000", ""),
        ("111-11-1111", ""),
        ("NY 999999", ""),
        ("123456789", ""),
        ("0123456", ""),
        ("987654321", ""),
        ("N/A", ""),
        ("pending", ""),
        ("Bar No.", ""),
        ("417", ""),
        ("see file 2", ""),
        ("", ""),
    ],
)
def test_a_number_of_a_persons_own_is_read(text: str, number: str) -> None:
    assert person_number(text) == number


BLANK = dict.fromkeys(("first_name", "last_name", "firm", "email", "phone", "linkedin"), "")


def test_a_number_tells_two_records_apart_for_good() -> None:
    one, other, none = (digest_of(identity_of(**BLANK, number=text)) for text in ("284417", "5120931", ""))
    assert len({one, other, none}) == 3


def test_a_digest_that_was_kept_before_there_were_numbers_stays_true() -> None:
    kept = "494b6a350fa9f69f695a0acab7de28a8"
    assert digest_of(identity_of(**BLANK | {"first_name": "Ann", "last_name": "Lee"})) == kept
