"""The traps of a recruiting CRM, one line each: two records, what the pool shares, and the band a reviewer expects."""

from typing import Any

import pytest

from imports.duplicates import Match, compare
from prospects.identity import Identity, identity_of

POPULATION = 5000
# Names that some bear, a firm of a dozen; numbers and mailboxes only the pair has: what a CRM of 5,000 looks like.
COMMON = {"given:maria": 60, "given:robert": 90, "given:thora": 2, "surname:keller": 12, "firm:marlowfinch": 12}


def person(first: str = "Maria", last: str = "Keller", **fields: Any) -> Identity:
    plain = {"firm": "", "email": "", "phone": "", "linkedin": ""}
    return identity_of(first_name=first, last_name=last, **plain | fields)


def match(a: Identity, b: Identity, **shared: int) -> Match:
    return compare(a, b, COMMON | {key.replace("__", ":"): count for key, count in shared.items()}, POPULATION)


FIRM = {"firm": "Marlow & Finch LLP"}
MAIL = {"email": "maria.keller@marlowfinch.com"}
CALL = {"phone": "212-555-0143"}
OTHER_CALL = {"phone": "415-555-0177"}
PROFILE = {"linkedin": "linkedin.com/in/maria-keller-4ab3"}

ONE_PERSON = {
    "everything the same": (person(**FIRM, **MAIL, **CALL), person(**FIRM, **MAIL, **CALL), "certain"),
    "same e-mail, no firm on one side": (person(**FIRM, **MAIL), person(**MAIL), "likely"),
    "same phone and name": (person(**FIRM, **CALL), person(**CALL), "certain"),
    "name and firm alone": (person(**FIRM), person(**FIRM, **CALL), "certain"),
    "accents lost": (person("María", "Kéller", **FIRM), person(**FIRM), "certain"),
    "umlaut written out": (person(last="Müller", **CALL), person(last="Mueller", **CALL), "likely"),
    "nickname": (person("Bob", **FIRM, **CALL), person("Robert", **FIRM, **CALL), "certain"),
    "credentials": (person(last="Keller, Esq., J.D.", **FIRM), person(**FIRM), "certain"),
    "middle initial": (person("Maria T.", **FIRM), person(**FIRM), "certain"),
    "initial only": (person("M", **CALL, **FIRM), person(**CALL, **FIRM), "likely"),
    "first name missing": (person("", **MAIL, **CALL), person(**MAIL, **CALL), "likely"),
    "whole name in one field": (person("Keller, Maria", "", **CALL), person(**CALL), "certain"),
    "first and last name swapped": (person("Keller", "Maria", **FIRM, **CALL), person(**FIRM, **CALL), "certain"),
    "swapped, with a slip in each": (person("Kelller", "Mara", **FIRM), person(**FIRM), "likely"),
    "slip in the last name": (person(last="Kelller", **FIRM, **CALL), person(**FIRM, **CALL), "certain"),
    "slip in a nickname": (person("Rboert", **CALL), person("Robert", **CALL), "likely"),
    "married name, same mailbox": (person(last="Lindqvist", **MAIL, **FIRM), person(**MAIL, **FIRM), "likely"),
    "married name, same phone": (person(last="Lindqvist", **CALL, **FIRM), person(**CALL, **FIRM), "possible"),
    "double name after marriage": (person(last="Keller-Ito", **CALL, **FIRM), person(**CALL, **FIRM), "certain"),
    "gmail dots and tag": (person(email="m.keller9+x@gmail.com"), person(email="mkeller9@googlemail.com"), "likely"),
    "mistyped e-mail": (person(email="maria.kelelr@marlowfinch.com", **FIRM), person(**MAIL, **FIRM), "certain"),
    "extension on one side": (person(phone="212-555-0143 x12", **FIRM), person(**CALL, **FIRM), "certain"),
    "two numbers in one cell": (person(phone="415-555-0177 / 212-555-0143"), person(**CALL), "likely"),
    "firm spelt with and": (person(firm="Marlow and Finch"), person(**FIRM), "certain"),
    "firm in capitals, other form": (person(firm="MARLOW FINCH PLLC"), person(**FIRM), "certain"),
    "firm shortened": (person(firm="Marlow", **CALL), person(**FIRM, **CALL), "likely"),
    "firm with a town": (person(firm="The Marlow & Finch (Boston)", **CALL), person(**FIRM, **CALL), "certain"),
    "firm with a slip": (person(firm="Marlow & Fintch LLP", **CALL), person(**FIRM, **CALL), "likely"),
    "moved firm, same profile": (person(firm="Quartz Advisory", **PROFILE), person(**FIRM, **PROFILE), "likely"),
    "profile in another form": (
        person(linkedin="https://uk.linkedin.com/in/Maria-Keller-4ab3/?trk=x"), person(**PROFILE), "certain",
    ),
    "own phone changed, mailbox kept": (person(**MAIL, **CALL, **FIRM), person(**MAIL, **OTHER_CALL, **FIRM), "likely"),
    "same person at an office inbox": (
        person(email="info@marlowfinch.com", **FIRM), person(email="info@marlowfinch.com", **FIRM), "certain",
    ),
    "first name in two parts": (person("Ma ria", **CALL), person(**CALL), "certain"),
    "double first name, written together": (person("Anna Maria", **CALL), person("Annamaria", **CALL), "certain"),
    "same name and date of birth": (person("Robert", born="1961-05-03"), person("Robert", born="19610503"), "certain"),
    "same date of birth, names off": (
        person("Rboert", "Kellre", born="1961-05-03"), person("Robert", born="1961-05-03"), "likely",
    ),
    "day and month turned round": (person(born="1961-05-03", **CALL), person(born="1961-03-05", **CALL), "likely"),
    "slip in the postal code": (
        person(address="12 Oak St", postal_code="97201"), person(address="12 Oak St", postal_code="97210"), "likely",
    ),
    "same GHL contact": (person(ghl_contact_id="abc"), person("Thora", "Voss", ghl_contact_id="abc"), "likely"),
}  # fmt: skip

RANK = {None: 0, "possible": 1, "likely": 2, "certain": 3}


@pytest.mark.parametrize("trap", ONE_PERSON)
def test_one_person_is_recognised(trap: str) -> None:
    a, b, at_least = ONE_PERSON[trap]
    assert RANK[match(a, b).band] >= RANK[at_least], match(a, b)


INBOX = {"email": "info@marlowfinch.com"}
TWO_PEOPLE = {
    "colleagues on one switchboard": (person(**FIRM, **CALL), person("Thora", "Voss", **FIRM, **CALL)),
    "colleagues with one first name": (person(**FIRM, **CALL), person(last="Voss", **FIRM, **CALL)),
    "colleagues with one last name": (person(**FIRM, **CALL), person("Thora", **FIRM, **CALL)),
    "colleagues at an office inbox": (person(**FIRM, **INBOX), person("Thora", "Voss", **FIRM, **INBOX)),
    "a family on one home phone": (person(**CALL), person("Thora", **CALL)),
    "a family at one mailbox": (
        person(email="kellers@gmail.com", **CALL), person("Thora", email="kellers@gmail.com", **CALL),
    ),
    "a family at one address": (
        person(address="12 Oak St", postal_code="97201", **CALL),
        person("Thora", address="12 Oak Street", postal_code="97201", **CALL),
    ),
    "father and son": (person("Robert", "Keller Sr.", **FIRM), person("Robert", "Keller Jr.", **FIRM)),
    "one initial, two first names": (person("Michael", **FIRM), person("Michelle", **FIRM)),
    "names one letter apart": (person("Daniel", **FIRM, **CALL), person("Danielle", **FIRM, **CALL)),
    "the wrong initial": (person("T", **FIRM), person(**FIRM)),
    "same name at another firm": (
        person("Robert", firm="Quartz Advisory", **OTHER_CALL), person("Robert", **FIRM, **CALL),
    ),
    "same name, two profiles": (person("Robert", linkedin="in/rob-k-11"), person("Robert", linkedin="in/robkeller")),
    "one pattern of mailbox": (
        person("Anna", email="akeller@marlowfinch.com", **FIRM),
        person("Emil", email="ekeller@marlowfinch.com", **FIRM),
    ),
    "same name, two dates of birth": (
        person("Robert", born="1961-05-03", **FIRM), person("Robert", born="1988-11-12", firm="Quartz Advisory"),
    ),
    "next-door neighbours of one name": (
        person("Robert", address="12 Oak St", postal_code="97201", **CALL),
        person("Robert", address="14 Oak St", postal_code="97201", **OTHER_CALL),
    ),
    "one name in common, in the other's place": (person("Keller", "Thora", **FIRM, **CALL), person(**FIRM, **CALL)),
    "same last name alone": (person("", **FIRM), person("Thora", **OTHER_CALL)),
    "nothing but a firm": (person("", "", **FIRM), person("", "", **FIRM)),
    "nothing at all": (person("", ""), person("", "")),
}  # fmt: skip
SWITCHBOARD = {"phone__+12125550143": 9, "email__info@marlowfinch.com": 6}


@pytest.mark.parametrize("trap", TWO_PEOPLE)
def test_two_people_are_not_taken_for_one(trap: str) -> None:
    a, b = TWO_PEOPLE[trap]
    shared = SWITCHBOARD if trap.startswith("colleagues") else {}
    assert match(a, b, **shared).band is None, match(a, b, **shared)


ASKED_ABOUT = {
    "father and son of one name": (
        person("Robert", born="1961-05-03", **CALL), person("Robert", born="1988-11-12", **CALL),
    ),
    "twins": (person(born="1988-11-12", **CALL), person("Thora", born="1988-11-12", **CALL)),
}  # fmt: skip


@pytest.mark.parametrize("trap", ASKED_ABOUT)
def test_relatives_who_share_nearly_all_are_at_most_asked_about(trap: str) -> None:
    assert match(*ASKED_ABOUT[trap]).band in (None, "possible")
