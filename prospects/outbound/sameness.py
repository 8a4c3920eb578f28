"""Whether a contact that GHL has is one of our people: pure.

They are the same when they share an e-mail or a phone and their names are not in conflict. A name that is missing on
one side is in conflict with nothing, and a nickname, an initial, a middle name or a double surname fits the full one.
Anything else is for a person to judge: an office's phone is shared by colleagues, and two people must not become one.
"""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import Enum

from integrations.ghl.payloads import ContactRecord
from prospects.finding import AnyPerson, e164
from prospects.identity import PersonName, emails_in, person_name
from prospects.identity.nicknames import one_name
from prospects.outbound.body import SOURCE
from prospects.outbound.eligibility import usable_email

CLOCKS_DIFFER_BY = timedelta(minutes=2)  # GHL's and ours, at most


class Sameness(Enum):
    SAME = "same"
    OTHER_NAME = "other name"  # shares an e-mail or a phone, but is called otherwise
    STRANGER = "stranger"  # shares neither


def compare(person: AnyPerson, contact: ContactRecord) -> Sameness:
    """What the contact is to the person, by e-mail, phone and name."""
    by_email = bool(_emails(person.contact_email) & _emails(contact.email, *contact.additional_emails))
    by_phone = bool(_phones(person.contact_phone) & _phones(contact.phone, *contact.additional_phones))
    if not by_email and not by_phone:
        return Sameness.STRANGER
    ours = person_name(person.contact_first_name, person.contact_last_name)
    theirs = person_name(contact.first_name, contact.last_name, contact.name)
    if are_in_conflict(ours, theirs):
        return Sameness.OTHER_NAME
    # A shared phone says little where the e-mails differ, unless the names say it, too.
    emails_differ = bool(not by_email and contact.email and usable_email(person.contact_email))
    if emails_differ and not (ours.last and theirs.last):
        return Sameness.OTHER_NAME
    return Sameness.SAME


def ours_among(person: AnyPerson, contacts: Iterable[ContactRecord], *, taken: Collection[str]) -> ContactRecord | None:
    """The contact that is this person, if one is; those in `taken` (ids) are other people's.

    One that we made is preferred, then the oldest, so that every look finds the same.
    """
    same = [each for each in contacts if each.id not in taken and compare(person, each) is Sameness.SAME]
    return min(same, key=_preference, default=None)


def was_made_by_us(contact: ContactRecord, sent_at: datetime | None) -> bool:
    """Whether a contact that was found is what our own request made, its answer having been lost."""
    if sent_at is None or contact.source != SOURCE or contact.date_added is None:
        return False
    return contact.date_added >= sent_at - CLOCKS_DIFFER_BY


def are_in_conflict(a: PersonName, b: PersonName) -> bool:
    """Whether two names cannot be one person's."""
    if a.suffix and b.suffix and a.suffix != b.suffix:
        return True
    if a.first and a.last and (a.first, a.last) == (b.last, b.first):
        return False
    return not (_given_fits(a, b) and _surname_fits(a, b))


def _given_fits(a: PersonName, b: PersonName) -> bool:
    x, y = a.first, b.first
    if not x or not y or x == y or one_name(x, y) or x in b.others or y in a.others:
        return True
    return (len(x) == 1 or len(y) == 1) and x[0] == y[0]


def _surname_fits(a: PersonName, b: PersonName) -> bool:
    x, y = a.last, b.last
    if not x or not y or x == y or set(a.last_parts) & set(b.last_parts):
        return True
    return (len(x) == 1 or len(y) == 1) and x[0] == y[0]


def _emails(*texts: str) -> set[str]:
    as_written = {usable_email(text) for text in texts} - {""}
    return as_written | {found.value for text in texts for found in emails_in(text)}


def _phones(*texts: str) -> set[str]:
    return {number for number in map(e164, texts) if number}


def _preference(contact: ContactRecord) -> tuple[bool, float, str]:
    added = contact.date_added.timestamp() if contact.date_added else float("inf")
    return contact.source != SOURCE, added, contact.id
