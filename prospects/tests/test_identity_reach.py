"""Normal forms of e-mail, phone, LinkedIn and address."""

import pytest

from prospects.identity import emails_in, linkedin_id, phones_in
from prospects.identity.address import address_key

EMAILS = [
    ("jane@doe.com", ["jane@doe.com"]),
    ("  Jane.Doe@Firm.COM ", ["jane.doe@firm.com"]),
    ("mailto:jane@firm.com", ["jane@firm.com"]),
    ("Jane Doe <jane@firm.com>", ["jane@firm.com"]),
    ("jane@firm.com.", ["jane@firm.com"]),
    ("jane+ghl@firm.com", ["jane@firm.com"]),
    ("j.a.n.e@gmail.com", ["jane@gmail.com"]),
    ("ja.ne+x@googlemail.com", ["jane@gmail.com"]),
    ("j.a.n.e@firm.com", ["j.a.n.e@firm.com"]),
    ("jane@firm.com; jd@home.net", ["jane@firm.com", "jd@home.net"]),
    ("jane@firm.com jane@FIRM.com", ["jane@firm.com"]),
    ("none@none.com", []),
    ("noreply@firm.com", []),
    ("n/a", []),
    ("jane@localhost", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), EMAILS)
def test_an_email_has_one_normal_form(text: str, expected: list[str]) -> None:
    assert [email.value for email in emails_in(text)] == expected


@pytest.mark.parametrize("local", ["info", "Office", "reception", "front.desk", "info2", "human-resources", "hiring"])
def test_an_office_inbox_is_no_persons_mailbox(local: str) -> None:
    assert emails_in(f"{local}@firm.com")[0].is_role


@pytest.mark.parametrize("text", ["jane@firm.com", "informer@firm.com", "info@gmail.com", "staffordj@firm.com"])
def test_a_persons_mailbox_is_no_office_inbox(text: str) -> None:
    assert not emails_in(text)[0].is_role


@pytest.mark.parametrize(
    ("domain", "is_free"), [("gmail.com", True), ("yahoo.co.uk", True), ("hotmail.fr", True), ("yahoolaw.com", False)]
)
def test_free_providers_say_nothing_about_the_employer(domain: str, is_free: bool) -> None:
    assert emails_in(f"jane@{domain}")[0].is_free is is_free


PHONES = [
    ("+12125551212", ["+12125551212"]),
    ("(212) 555-1212", ["+12125551212"]),
    ("212.555.1212", ["+12125551212"]),
    ("1-212-555-1212", ["+12125551212"]),
    ("tel:+1-212-555-1212", ["+12125551212"]),
    ("２１２５５５１２１２", ["+12125551212"]),
    ("1-800-FLOWERS", ["+18003569377"]),
    ("+44 20 7946 0958", ["+442079460958"]),
    ("212-555-1212 / 415-555-2671", ["+12125551212", "+14155552671"]),
    ("212 555 1212 or 415 555 2671", ["+12125551212", "+14155552671"]),
    ("Cell: 415-555-2671, Office: 212-555-1212", ["+14155552671", "+12125551212"]),
    ("000-000-0000", []),
    ("(555) 555-5555", []),
    ("1234567890", []),
    ("none", []),
    ("", []),
]


@pytest.mark.parametrize(("text", "expected"), PHONES)
def test_a_phone_number_has_one_normal_form(text: str, expected: list[str]) -> None:
    assert [phone.e164 for phone in phones_in(text)] == expected


@pytest.mark.parametrize("ending", [" x123", " ext 123", " ext. 123", " extension 123", " #123", "x123", ", ext 123"])
def test_an_extension_is_kept_apart(ending: str) -> None:
    (phone,) = phones_in(f"212-555-1212{ending}")
    assert (phone.e164, phone.extension) == ("+12125551212", "123")


def test_the_country_reads_a_number_without_a_country_code() -> None:
    assert phones_in("020 7946 0958", "GB")[0].e164 == "+442079460958"


def test_the_short_cut_for_american_numbers_is_not_taken_abroad() -> None:
    assert phones_in("212 555 1212", "GB") != phones_in("212 555 1212", "US")


@pytest.mark.parametrize("text", ["555-2671", "0207 946 0958", "112-555-1212"])
def test_a_number_nobody_can_dial_is_marked(text: str) -> None:
    assert [phone.is_valid for phone in phones_in(text)] == [False]


LINKEDIN = [
    ("https://www.linkedin.com/in/jane-doe-4ab3", "jane-doe-4ab3"),
    ("http://uk.linkedin.com/in/Jane-Doe-4ab3/?trk=public_profile", "jane-doe-4ab3"),
    ("linkedin.com/in/jane-doe-4ab3/en", "jane-doe-4ab3"),
    ("www.linkedin.com/mwlite/in/jane-doe-4ab3#about", "jane-doe-4ab3"),
    ("/in/jane-doe-4ab3", "jane-doe-4ab3"),
    ("jane-doe-4ab3", "jane-doe-4ab3"),
    ("https://www.linkedin.com/in/jos%C3%A9-p%C3%A9rez", "jose-perez"),
    ("https://www.linkedin.com/pub/jane-doe/1/2b/3c", "jane-doe-03c02b1"),
    ("https://www.linkedin.com/company/acme", ""),
    ("https://example.com/in/jane", ""),
    ("n/a", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), LINKEDIN)
def test_a_linkedin_profile_is_its_public_identifier(text: str, expected: str) -> None:
    assert linkedin_id(text) == expected


def test_two_spellings_of_an_address_are_one() -> None:
    assert address_key("12 Oak St., Apt 4", "97201-1234") == address_key("12 OAK STREET", "97201") == "97201 12 oak"


@pytest.mark.parametrize(
    "address",
    [
        "Suite 400, 12 Oak St", "Apt. 4B, 12 Oak St", "12 Oak St #4", "#4, 12 Oak St", "12 Oak St\nRiverside Towers",
        "12 Riverside Towers, Oak St", "Riverside Towers, 12 Oakstreet", "Floor 3; 12 Oak Ave.",
    ],
)  # fmt: skip
def test_suite_and_building_are_no_part_of_an_address(address: str) -> None:
    assert address_key(address, "97201").replace("oakstreet", "oak") == "97201 12 oak"


@pytest.mark.parametrize(("address", "postal_code"), [("Oak St.", "97201"), ("12 Oak St.", ""), ("12", "97201")])
def test_part_of_an_address_is_no_address(address: str, postal_code: str) -> None:
    assert address_key(address, postal_code) == ""
