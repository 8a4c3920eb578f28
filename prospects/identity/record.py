"""One record's identity: every field in its normal form, ready to be looked up and compared."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain
from typing import TypeVar

from prospects.identity.address import address_key
from prospects.identity.birth import birth_date
from prospects.identity.email import Email, emails_in
from prospects.identity.firms import Firm, firm_of
from prospects.identity.linkedin import linkedin_id
from prospects.identity.names import PersonName, person_name
from prospects.identity.number import person_number
from prospects.identity.phone import Phone, phones_in
from prospects.identity.text import folded_words

T = TypeVar("T")
MAX_VALUES = 4  # e-mails and phones looked at per record; a contact with more is a list, not a person


@dataclass(frozen=True, slots=True)
class Identity:
    """What a record says about who it is. Every part is normalised; an absent part is empty, never None."""

    name: PersonName
    firm: Firm
    emails: tuple[Email, ...] = ()
    phones: tuple[Phone, ...] = ()
    linkedin: str = ""
    title: str = ""
    address: str = ""
    born: str = ""
    number: str = ""
    ghl_contact_id: str = ""


def digest_of(identity: Identity) -> str:
    """One text for all that says who a record is; a title is left out, since people are given new ones."""
    name = identity.name
    told = (
        (name.first, name.last, sorted(name.others), name.suffix),
        identity.firm.key,
        sorted(email.value for email in identity.emails),
        sorted((phone.e164, phone.extension) for phone in identity.phones),
        identity.linkedin,
        identity.address,
        identity.born,
        # Left out where there is none: digests that are kept from before there were numbers stay true.
        *filter(None, [identity.number]),
    )
    return blake2b(repr(told).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def identity_of(
    *,
    first_name: str | None,
    last_name: str | None,
    firm: str | None,
    email: str | None,
    phone: str | None,
    linkedin: str | None,
    title: str | None = "",
    name: str | None = "",
    ghl_contact_id: str | None = "",
    other_emails: Iterable[str] = (),
    other_phones: Iterable[str] = (),
    country: str = "US",
    address: str | None = "",
    postal_code: str | None = "",
    born: str | None = "",
    number: str | None = "",
) -> Identity:
    """The identity of one record, from its fields as they were typed.

    ``name`` is used where first and last name are both empty. ``country`` (ISO 3166, two letters) reads phone numbers
    that carry no country code. Never raises on text: what cannot be read is left out.
    """
    return Identity(
        name=person_name(first_name or "", last_name or "", name or ""),
        firm=firm_of(firm or ""),
        emails=_distinct([emails_in(text) for text in (email, *other_emails) if text]),
        phones=_distinct([phones_in(text, country or "US") for text in (phone, *other_phones) if text]),
        linkedin=linkedin_id(linkedin or ""),
        title=" ".join(folded_words(title)) if title else "",
        address=address_key(address or "", postal_code or ""),
        born=birth_date(born) if born else "",
        number=person_number(number) if number else "",
        ghl_contact_id=(ghl_contact_id or "").strip(),
    )


def _distinct(found: Sequence[tuple[T, ...]]) -> tuple[T, ...]:
    if len(found) < 2:  # what one cell names is distinct already
        return found[0][:MAX_VALUES] if found else ()
    return tuple(dict.fromkeys(chain.from_iterable(found)))[:MAX_VALUES]
