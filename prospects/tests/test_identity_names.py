"""Normal forms of person and firm names."""

import pytest

from prospects.identity import firm_of, person_name
from prospects.identity.firms import domain_names_firm
from prospects.identity.nicknames import formal_names, one_name

NAMES = [
    # first, last, name → first, last, suffix
    (("Jane", "Doe", ""), ("jane", "doe", "")),
    ((" JANE ", "DOE", ""), ("jane", "doe", "")),
    (("José", "Núñez", ""), ("jose", "nunez", "")),
    (("Søren", "Strößner", ""), ("soren", "strossner", "")),
    (("Jane", "O’Brien", ""), ("jane", "obrien", "")),
    (("Jane", "Cohen Esq", ""), ("jane", "cohen", "")),
    (("Jane", "Cohen, Esq.", ""), ("jane", "cohen", "")),
    (("Jane", "Cohen (Attorney)", ""), ("jane", "cohen", "")),
    (("Jane", "Cohen, J.D., Ph.D.", ""), ("jane", "cohen", "")),
    (("Dr. Jane", "Cohen", ""), ("jane", "cohen", "")),
    (("Jane T.", "Cohen", ""), ("jane", "cohen", "")),
    (("John", "Mendez Jr.", ""), ("john", "mendez", "jr")),
    (("John", "Mendez, Sr", ""), ("john", "mendez", "sr")),
    (("John", "Mendez III", ""), ("john", "mendez", "3")),
    (("", "", "Doe, Jane"), ("jane", "doe", "")),
    (("Doe, Jane", "", ""), ("jane", "doe", "")),
    (("", "Doe, Jane A., PhD", ""), ("jane", "doe", "")),
    (("", "", "Lee, Jr., Robert E."), ("robert", "lee", "jr")),
    (("", "", "Robert E. Lee, Jr."), ("robert", "lee", "jr")),
    (("", "", "Maria de la Vega"), ("maria", "delavega", "")),
    (("", "", "Prince"), ("prince", "", "")),
    (("", "Doe", ""), ("", "doe", "")),
    (("J.R.", "Ewing", ""), ("j", "ewing", "")),
    (("John & Mary", "Doe", ""), ("john", "doe", "")),
    (("jane@doe.com", "Doe", ""), ("", "doe", "")),
    (("Unknown", "Unknown", ""), ("", "", "")),
    (("", "", "+1 212 555 1212"), ("", "", "")),
    (("", "", "Acme Roofing LLC"), ("", "", "")),
    (("Ma", "Yo", ""), ("ma", "yo", "")),
    (("王", "小明", ""), ("王", "小明", "")),
]


@pytest.mark.parametrize(("typed", "expected"), NAMES)
def test_a_name_has_one_normal_form(typed: tuple[str, str, str], expected: tuple[str, str, str]) -> None:
    name = person_name(*typed)
    assert (name.first, name.last, name.suffix) == expected


def test_middle_names_and_nicknames_are_kept_beside_the_first() -> None:
    assert person_name('Robert James "Bo"', "Doe").others == ("james", "bo")


def test_a_double_surname_is_known_by_either_half() -> None:
    assert person_name("Ana", "Pérez-Huang").last_parts == ("perez", "huang")


def test_saint_is_no_surname_of_its_own() -> None:
    assert person_name("Ana", "St. James").last_parts == ("stjames",)


ONE_NAME = [("bob", "robert"), ("liz", "elizabeth"), ("bill", "will"), ("kathy", "katherine"), ("alex", "alexandra")]
TWO_NAMES = [("daniel", "danielle"), ("john", "joan"), ("eric", "erica"), ("barry", "barbara"), ("kelly", "kelsey")]


@pytest.mark.parametrize(("a", "b"), ONE_NAME)
def test_a_nickname_and_its_name_are_one(a: str, b: str) -> None:
    assert one_name(a, b)
    assert one_name(b, a)


@pytest.mark.parametrize(("a", "b"), TWO_NAMES)
def test_names_that_look_alike_stay_two(a: str, b: str) -> None:
    assert not one_name(a, b)
    assert not one_name(b, a)


@pytest.mark.parametrize("group", [("nick", "nicholas"), ("kate", "kathryn", "catherine"), ("bob", "rob", "robert")])
def test_forms_of_one_name_are_filed_together(group: tuple[str, ...]) -> None:
    assert len({formal_names(name)[0] for name in group}) == 1


SAME_FIRM = [
    ("Hill & Rivera PLLC", "hill and rivera"),
    ("Hill, Rivera LLP", "Hill & Rivera (Chicago)"),
    ("The Marlow Group, Inc.", "Marlow Group"),
    ("Bob's Plumbing Co., Inc.", "Bobs Plumbing"),
    ("Alston et al", "Alston P.C."),
    ("O'Neil & Co.", "ONeil"),
    ("ReedSmith", "Reed Smith LLP"),
    ("Marlow dba Quick Law", "Marlow LLC"),
]


@pytest.mark.parametrize(("a", "b"), SAME_FIRM)
def test_a_firm_has_one_key_however_it_is_written(a: str, b: str) -> None:
    assert firm_of(a).key == firm_of(b).key != ""


def test_trade_words_do_not_tell_firms_apart_but_stay_in_the_key() -> None:
    firm = firm_of("Law Offices of James Grant, LLP")
    assert (firm.words, firm.key) == (("james", "grant"), "lawofficesjamesgrant")


@pytest.mark.parametrize("text", ["", "-", "N/A", "self-employed", "None"])
def test_no_firm_is_no_firm(text: str) -> None:
    assert firm_of(text).key == ""


@pytest.mark.parametrize(
    ("domain", "expected"),
    [("hillrivera.com", True), ("hill-rivera-law.co", True), ("rivera.com", False), ("hi.com", False)],
)
def test_a_mail_domain_can_name_the_firm(domain: str, expected: bool) -> None:
    assert domain_names_firm(domain, firm_of("Hill & Rivera LLP").core) is expected
