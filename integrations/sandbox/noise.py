"""How one person comes to be in a CRM twice, and how two people come to look like one."""

import random
import re
from collections.abc import Callable
from dataclasses import replace

from integrations.sandbox.identities import GMAIL_PLACE, INBOX_PLACE, SWITCHBOARD_PLACE, Person, pick, work_email
from integrations.sandbox.words import ACCENTED_FIRST_NAMES, ACCENTED_LAST_NAMES, LAST_NAMES, NICKNAMES

# A person, somebody else who supplies what differs, chance → the record as it was entered.
Noise = Callable[[Person, Person, random.Random], Person]


def copied(one: Person, other: Person, rng: random.Random) -> Person:
    """Entered a second time as it stands."""
    return one


def email_in_other_case(one: Person, other: Person, rng: random.Random) -> Person:
    local, _, host = (one.email or "").partition("@")
    return replace(one, email=f"{local.title()}@{host}" if local else None, phone=None, linkedin=None)


def gmail_with_dots(one: Person, other: Person, rng: random.Random) -> Person:
    local = (one.email or "").partition("@")[0].replace(".", "")
    dotted = f"{local[:1]}.{local[1:]}" if rng.random() < 0.5 else f"{local}+crm"
    return replace(one, email=f"{dotted}@gmail.com", phone=None, linkedin=None)


def phone_without_country(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, phone=(one.phone or "").replace("+1", "+", 1) or None, email=None, linkedin=None)


def moved_firm(one: Person, other: Person, rng: random.Random) -> Person:
    """A new firm, desk, number and address; the same LinkedIn profile."""
    email = work_email(rng, one.first or "", one.last or "", other.firm)
    return replace(one, firm=other.firm, title=other.title, phone=other.phone, email=email)


def nickname(one: Person, other: Person, rng: random.Random) -> Person:
    short = NICKNAMES.get(one.first or "", (one.first or "")[:1] + ".")
    return replace(one, first=short, email=None, linkedin=None)


def typo(one: Person, other: Person, rng: random.Random) -> Person:
    last = one.last or ""
    place = int(rng.random() * max(1, len(last) - 1))
    return replace(one, last=last[:place] + last[place + 1 : place + 2] + last[place : place + 1] + last[place + 2 :],
                   email=_mistyped(one.email, rng), linkedin=None)  # fmt: skip


def _mistyped(email: str | None, rng: random.Random) -> str | None:
    if not email:
        return None
    place = 1 + int(rng.random() * (email.index("@") - 1))
    return email[:place] + email[place + 1 :]


def swapped_names(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, first=one.last, last=one.first, email=None, linkedin=None)


def married_name(one: Person, other: Person, rng: random.Random) -> Person:
    last = pick(rng, LAST_NAMES)
    return replace(one, last=last, email=work_email(rng, one.first or "", last, one.firm))


def credentials(one: Person, other: Person, rng: random.Random) -> Person:
    """The same name and firm with a title behind the name, and no address or number to go by."""
    suffix = pick(rng, (", Esq.", ", J.D.", " III", ", PhD"))
    return replace(one, last=f"{one.last}{suffix}", email=None, phone=None, linkedin=None)


def firm_written_otherwise(one: Person, other: Person, rng: random.Random) -> Person:
    name = re.sub(r",? (LLP|LLC|PLLC|Inc\.|P\.C\.)$", "", one.firm.name).replace(" & ", " and ")
    return replace(one, firm=replace(one.firm, name=name), email=None, linkedin=None)


SAME_PERSON: tuple[tuple[Noise, int], ...] = (  # with the place in the block whose people it suits
    (email_in_other_case, 0), (gmail_with_dots, GMAIL_PLACE), (phone_without_country, 1), (moved_firm, 0),
    (nickname, 1), (typo, 0), (swapped_names, 1), (married_name, 0), (credentials, 1), (copied, 0),
    (firm_written_otherwise, 1),
)  # fmt: skip


def shared_switchboard(one: Person, other: Person, rng: random.Random) -> Person:
    email = work_email(rng, other.first or "", other.last or "", one.firm)
    return replace(other, firm=one.firm, phone=one.firm.switchboard, email=email)


def shared_inbox(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(other, firm=one.firm, email=f"info@{one.firm.host}")


def family(one: Person, other: Person, rng: random.Random) -> Person:
    """A sister or a son with the same telephone at home."""
    return replace(other, last=one.last, phone=one.phone)


def namesake(one: Person, other: Person, rng: random.Random) -> Person:
    email = work_email(rng, one.first or "", one.last or "", other.firm)
    return replace(other, first=one.first, last=one.last, email=email)


LOOK_ALIKES: tuple[tuple[Noise, int], ...] = (
    (shared_switchboard, SWITCHBOARD_PLACE), (shared_inbox, INBOX_PLACE), (family, 1), (namesake, 0),
)  # fmt: skip


def no_email(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, email=None)


def no_phone(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, phone=None)


def accents(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, first=pick(rng, ACCENTED_FIRST_NAMES), last=pick(rng, ACCENTED_LAST_NAMES))


def emoji(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, first=f"{one.first} 🚀", title=f"{one.title} ⚖️")


def first_name_only(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, last=None)


def shouted(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, first=(one.first or "").upper(), last=(one.last or "").upper() + " ")


def a_firm_not_a_person(one: Person, other: Person, rng: random.Random) -> Person:
    return replace(one, first=None, last=None, email=f"info@{one.firm.host}", linkedin=None)


ODDITIES: tuple[Noise, ...] = (no_email, no_phone, accents, emoji, first_name_only, shouted, a_firm_not_a_person)
