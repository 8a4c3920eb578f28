"""Who the sandbox's people are: a person or a firm is made from a seed and a number and nothing else.

Person 17 of seed 3 is the same on every run and in every process, however many people there are. All numbers are in
the 555 exchange and all firms' mail hosts end in .example.
"""

import functools
import random
import re
import unicodedata
from dataclasses import dataclass
from typing import TypeVar

from integrations.sandbox.words import (
    AREA_CODES,
    CITIES,
    FIRST_NAMES,
    LAST_NAMES,
    LAW_FIRM_STYLES,
    LAW_FIRM_TITLES,
    MARKETS,
    SEARCH_FIRM_STYLES,
    SEARCH_FIRM_TITLES,
)

BLOCK = 8  # people come in blocks of eight; the place in the block decides the traits below
GMAIL_PLACE, SWITCHBOARD_PLACE, UNLINKED_PLACE, INBOX_PLACE = 2, 3, 4, 5
FIRM_NUMBERS = 500_000  # where firms' telephone lines begin; people's lines are below
PEOPLE_PER_LINE_CODE = 10_000
LINE_STEP = 7919  # a prime, so that neighbours do not have neighbouring numbers and no two share one
Word = TypeVar("Word")


@dataclass(frozen=True, slots=True)
class Firm:
    """A search firm or a law firm."""

    name: str
    host: str
    switchboard: str
    is_search_firm: bool
    city: str
    state: str
    timezone: str


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody a BDR may call; ``phone`` in E.164."""

    first: str | None
    last: str | None
    title: str
    firm: Firm
    email: str | None
    phone: str | None
    linkedin: str | None
    market: str


def source_of_chance(seed: int, *numbers: int) -> random.Random:
    """The same stream of numbers for the same arguments."""
    mixed = seed
    for number in numbers:
        mixed = mixed * 1_000_003 + number + 1
    return random.Random(mixed)


def pick(rng: random.Random, words: tuple[Word, ...]) -> Word:
    """One of the words; quicker than ``rng.choice``."""
    return words[int(rng.random() * len(words))]


def ascii_name(text: str) -> str:
    """Lower-case letters only: "O’Shaughnessy" → "oshaughnessy"."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]", "", plain.lower())


def telephone(number: int) -> str:
    """The sandbox's n-th telephone number; different numbers below 590,000 give different telephones."""
    line = number * LINE_STEP % (len(AREA_CODES) * PEOPLE_PER_LINE_CODE)
    area, line = divmod(line, PEOPLE_PER_LINE_CODE)
    return f"+1{AREA_CODES[area]}555{line:04d}"


@functools.lru_cache(maxsize=20_000)
def firm(seed: int, number: int) -> Firm:
    """The n-th firm; three in five are search firms."""
    rng = source_of_chance(seed, -1, number)
    city, state, timezone, _ = pick(rng, CITIES)
    is_search_firm = rng.random() < 0.6
    style = pick(rng, SEARCH_FIRM_STYLES if is_search_firm else LAW_FIRM_STYLES)
    a, b, d = pick(rng, LAST_NAMES), pick(rng, LAST_NAMES), pick(rng, LAST_NAMES)
    name = style.format(a=a, b=b, c=city, d=d)
    core = re.sub(r"\b(LLP|LLC|PLLC|Inc|Law|Offices|of|The|P\.C)\b", "", name)
    host = f"{ascii_name(core)[:22]}{number if number > 60 else ''}.example"
    return Firm(name, host, telephone(FIRM_NUMBERS + number), is_search_firm, city, state, timezone)


def person(seed: int, number: int) -> Person:
    """The n-th person. Early firms are the big ones; the place in the block of eight decides how one is reached."""
    rng = source_of_chance(seed, number)
    place = number % BLOCK
    home = firm(seed, int((30 + min(number, 40_000) // 4) * rng.random() ** 1.5))
    first, last = pick(rng, FIRST_NAMES), pick(rng, LAST_NAMES)
    if rng.random() < 0.08:
        last = f"{last}-{pick(rng, LAST_NAMES)}"
    title = pick(rng, SEARCH_FIRM_TITLES if home.is_search_firm else LAW_FIRM_TITLES)
    slug = f"{ascii_name(first)}-{ascii_name(last)}-{rng.getrandbits(24):06x}"
    return Person(
        first=first,
        last=last,
        title=title,
        firm=home,
        email=_email(rng, place, number, first, last, home),
        phone=home.switchboard if place == SWITCHBOARD_PLACE else telephone(number),
        linkedin=None if place == UNLINKED_PLACE else f"https://www.linkedin.com/in/{slug}",
        market=pick(rng, MARKETS),
    )


def _email(rng: random.Random, place: int, number: int, first: str, last: str, home: Firm) -> str:
    if place == GMAIL_PLACE:
        return f"{ascii_name(first)}.{ascii_name(last)}{number}@gmail.com"
    if place == INBOX_PLACE:
        return f"info@{home.host}"
    return work_email(rng, first, last, home)


def work_email(rng: random.Random, first: str, last: str, home: Firm) -> str:
    """An address at the firm, mostly first.last."""
    first, last = ascii_name(first), ascii_name(last)
    local = f"{first}.{last}" if rng.random() < 0.75 else f"{first[:1]}{last}"
    return f"{local}@{home.host}"
