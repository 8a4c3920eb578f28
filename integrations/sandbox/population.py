"""Fills a location: contacts from the stream of people, calls spread unevenly over them."""

import random
from collections.abc import Iterable
from typing import Any

from integrations.sandbox.calls import CallMaker
from integrations.sandbox.identities import Person, pick, source_of_chance
from integrations.sandbox.people import contact_person
from integrations.sandbox.records import Contact, Message, random_id
from integrations.sandbox.store import Location
from integrations.sandbox.words import CADENCE_STAGES

DAY_MS = 86_400_000
HISTORY_DAYS = 400  # how far back contacts were added
CALLS_PER_CONTACT = 1.2
# How uneven the calls are: of 300 contacts the busiest has some fifteen calls, about a third have none.
UNEVENNESS = 1.8


def populate(location: Location, *, seed: int, contacts: int, calls: int | None, until_ms: int) -> None:
    """Adds ``contacts`` people with ``calls`` calls (1.2 each by default), all before ``until_ms``.

    The same arguments give the same records.
    """
    rng = source_of_chance(seed, -2)
    field_ids = {field["name"]: field["id"] for field in location.custom_fields}
    shares = call_shares(rng, contacts, round(contacts * CALLS_PER_CONTACT) if calls is None else calls)
    maker = CallMaker(location.id, rng, until_ms)
    made: list[Contact] = []
    messages: list[Message] = []
    for number in range(contacts):
        one = contact_person(seed, number)
        added = until_ms - DAY_MS - int(rng.random() * HISTORY_DAYS * DAY_MS)
        contact = _contact(location.id, one, rng, added)
        history = maker.history(contact, shares[number])
        contact.custom_fields = _custom_fields(field_ids, one, rng, history)
        contact.date_updated = max([added, *(message.date_updated for message in history)])
        made.append(contact)
        messages += history
    location.load(made, messages)


def add_calls(location: Location, *, seed: int, calls: int, until_ms: int) -> None:
    """Adds ``calls`` calls to the contacts that a location has already."""
    rng = source_of_chance(seed, -3)
    maker = CallMaker(location.id, rng, until_ms)
    contacts = list(location.contacts.values())
    shares = call_shares(rng, len(contacts), calls)
    location.load(
        (), [each for contact, share in zip(contacts, shares, strict=True) for each in maker.history(contact, share)]
    )


def call_shares(rng: random.Random, contacts: int, calls: int) -> list[int]:
    """How many calls each contact gets: many none, a few very many. Without contacts there are no calls."""
    shares = [0] * contacts
    order = list(range(contacts))
    rng.shuffle(order)
    for _ in range(calls if contacts else 0):
        shares[order[int(contacts * rng.random() ** UNEVENNESS)]] += 1
    return shares


def _contact(location_id: str, one: Person, rng: random.Random, added: int) -> Contact:
    call_dnd = {"Call": {"status": "active", "message": "Asked not to be called", "code": "DND_CALL"}}
    dnd = rng.random() < 0.015
    return Contact(
        id=random_id(rng),
        location_id=location_id,
        date_added=added,
        date_updated=added,
        first_name=one.first,
        last_name=one.last,
        email=one.email,
        phone=one.phone,
        company_name=one.firm.name if rng.random() < 0.95 else None,
        tags=("prospect", one.market.lower()) if rng.random() < 0.8 else (),
        source=pick(rng, ("csv import", "prospecting", "referral", None)),
        city=one.firm.city,
        state=one.firm.state,
        country="US",
        website=f"https://{one.firm.host}" if rng.random() < 0.4 else None,
        timezone=one.firm.timezone,
        dnd=dnd,
        dnd_settings=call_dnd if dnd else {},
    )


def _custom_fields(
    field_ids: dict[str, str], one: Person, rng: random.Random, history: Iterable[Message]
) -> tuple[tuple[str, Any], ...]:
    outbound = [message for message in history if message.is_call and message.direction == "outbound"]
    values = {
        "LinkedIn URL": one.linkedin,
        "Job Title": one.title if rng.random() < 0.9 else None,
        "Market Name": one.market,
        "Cadence Stage": pick(rng, CADENCE_STAGES),
        "Dial Attempts": len(outbound),
        "No Answer Count": sum(message.status == "no-answer" for message in outbound),
        "Voicemail Count": sum("voicemail" in (message.status, message.call_status) for message in outbound),
        "Callback Attempts": sum(message.disposition == "Callback Requested" for message in outbound),
    }
    return tuple((field_ids[name], value) for name, value in values.items() if value is not None)
