"""The stream of people behind a location's contacts, and what the portal already has of them.

Because every person is made from the seed and a number alone, ``known_people`` names people whom the sandbox has as
contacts without asking the sandbox.
"""

import random
from typing import Any

from integrations.sandbox.identities import BLOCK, Person, person, source_of_chance
from integrations.sandbox.noise import LOOK_ALIKES, ODDITIES, SAME_PERSON, Noise

REPEAT_PLACE, ODD_PLACE = 7, 6
REPEATS = SAME_PERSON + LOOK_ALIKES
PLAIN_PLACES = (0, 1, 2, 3, 5)
STRANGERS = 400_000  # people with these numbers and above are never contacts
PHONE_STYLES = ("+1 {0}-{1}-{2}", "({0}) {1}-{2}", "{0}.{1}.{2}", "{0}-{1}-{2}", "1{0}{1}{2}", "({0}) {1}-{2} x12")


def contact_person(seed: int, number: int) -> Person:
    """The person behind the n-th contact of a location.

    In each block of eight the last is somebody from an earlier place once more, or somebody who looks like them, by
    turns of every kind in ``noise``; in every other block the one before is odd in some way.
    """
    own = person(seed, number)
    block, place = divmod(number, BLOCK)
    rng = source_of_chance(seed, number, 7)
    if place == REPEAT_PLACE:
        noise, parent_place = REPEATS[block % len(REPEATS)]
        parent = person(seed, max(0, block - int(rng.random() * 6)) * BLOCK + parent_place)
        return noise(parent, own, rng)
    if place == ODD_PLACE and block % 2 == 0:
        return ODDITIES[block // 2 % len(ODDITIES)](own, own, rng)
    return own


def known_people(seed: int, count: int) -> list[dict[str, Any]]:
    """``count`` prospects that a portal might have already, as ``sales_prospects`` columns, "" where unknown.

    Every other one is also among the first 0.8 × ``count`` contacts of the sandbox location generated from ``seed``,
    half of those entered differently; the rest are strangers to GHL.
    """
    return [_prospect(_known(seed, number), source_of_chance(seed, number, 11)) for number in range(count)]


def _known(seed: int, number: int) -> Person:
    if number % 2:
        return person(seed, STRANGERS + number)
    block, place = divmod(number // 2, len(PLAIN_PLACES))
    one = person(seed, block * BLOCK + PLAIN_PLACES[place])
    noise = _noise_for(PLAIN_PLACES[place], number)
    return noise(one, person(seed, STRANGERS + number), source_of_chance(seed, number, 13)) if noise else one


def _noise_for(place: int, number: int) -> Noise | None:
    fitting = [noise for noise, suits in SAME_PERSON if suits == place]
    return fitting[number // 20 % len(fitting)] if fitting and number // 10 % 2 else None


def _prospect(one: Person, rng: random.Random) -> dict[str, Any]:
    return {
        "firm_name": one.firm.name,
        "contact_first_name": one.first or "",
        "contact_last_name": one.last or "",
        "contact_title": one.title,
        "contact_email": one.email or "",
        "contact_phone": _written(one.phone, rng),
        "contact_linkedin": one.linkedin or "",
        "tags": ["legal search" if one.firm.is_search_firm else "law firm", one.market.lower()],
    }


def _written(phone: str | None, rng: random.Random) -> str:
    """A telephone number as people type it."""
    if not phone:
        return ""
    digits = phone[-10:]
    return PHONE_STYLES[int(rng.random() * len(PHONE_STYLES))].format(digits[:3], digits[3:6], digits[6:])
