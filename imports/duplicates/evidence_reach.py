"""What e-mail, phone, LinkedIn, address and GHL id say: the ways a person is reached, and who else may share them."""

from rapidfuzz.distance import OSA

from imports.duplicates.evidence_number import compare_numbers, may_be_one_number
from imports.duplicates.rivals import Evidence, Pool, evidence
from prospects.identity import Email, Identity, PersonName, Phone

_COPIES_EXPECTED = 3  # records of one person that may share a value before others must be among them
_LONG_LOCAL = 8
_LETTERS_PER_SLIP, _MOST_SLIPS = 5, 3  # in a mail domain
_MOST_SHARED = 0.9
_SAME_RECORD = (40.0, 40.0, 40.0, 40.0)
_LOOKED_UP = 0.02  # how often a namesake's plain e-mail address is entered for the wrong person; rarer with digits


def compare_reach(a: Identity, b: Identity, pool: Pool, colleagues: float) -> list[Evidence]:
    """Findings on every way of reaching a person that both records have. ``colleagues``: the firm's other records."""
    found = [
        _linkedin(a.linkedin, b.linkedin),
        _emails(a, b, pool, colleagues) if a.emails and b.emails else None,
        _phones(a, b, pool, colleagues) if a.phones and b.phones else None,
        _addresses(a.address, b.address, pool, colleagues) if a.address and b.address else None,
        _birth_dates(a.born, b.born) if a.born and b.born else None,
        compare_numbers(a, b, pool) if a.number and b.number else None,
    ]
    if a.ghl_contact_id and a.ghl_contact_id == b.ghl_contact_id:
        found.append(Evidence("ghl-same", "Same GHL contact", _SAME_RECORD))
    return [one for one in found if one]


def share_something_personal(a: Identity, b: Identity) -> bool:
    """Whether LinkedIn profile, GHL contact or a mailbox is the same, or date of birth or own number can be: more than
    colleagues have in common."""
    if a.linkedin and a.linkedin == b.linkedin:
        return True
    if a.ghl_contact_id and a.ghl_contact_id == b.ghl_contact_id:
        return True
    if a.born and b.born and (a.born[:4] == b.born[:4] or a.born[4:] == b.born[4:]):  # a slip leaves one half right
        return True
    if a.number and b.number and may_be_one_number(a.number, b.number):
        return True
    return any(x.value == y.value for x in a.emails for y in b.emails)


def may_share_reach(a: Identity, b: Identity) -> bool:
    """Whether LinkedIn, a phone number or (all but) an e-mail address can be the same: cheap, never wrongly False."""
    if share_something_personal(a, b) or any(x.e164 == y.e164 for x in a.phones for y in b.phones):
        return True
    return any(x.domain == y.domain or x.local == y.local for x in a.emails for y in b.emails)


def _linkedin(x: str, y: str) -> Evidence | None:
    if not x or not y:
        return None
    if x == y:
        return evidence("linkedin-same", "Same LinkedIn profile", 0.9, 1e-7, 0.0004, 0.0004)
    return evidence("linkedin-different", "Different LinkedIn profiles", 0.04, 1.0, 1.0, 1.0)


def _emails(a: Identity, b: Identity, pool: Pool, colleagues: float) -> Evidence | None:
    """The strongest finding among all pairs of mailboxes."""
    mine = {email.value: email for email in a.emails}
    shared = [email for email in b.emails if email.value in mine]
    if shared:
        return max((_same_email(email, a.name, b.name, pool, colleagues) for email in shared), key=_strength)
    found = [_two_emails(x, y) for x in a.emails for y in b.emails]
    return max((one for one in found if one), key=_strength, default=None)


def _same_email(email: Email, a: PersonName, b: PersonName, pool: Pool, colleagues: float) -> Evidence:
    holders = pool.holders(f"email:{email.value}")
    if email.is_role:
        words = f"Same shared inbox{_shared_by(holders)}: {email.value}"
        by_colleagues = max(_shared_among(holders, colleagues), 0.15)
        return evidence("email-role", words, 0.5, pool.per_stranger(holders - 0.5), 0.02, by_colleagues)
    words = f"Same e-mail address{_shared_by(holders)}: {email.value}"
    crowd = max(0, holders - _COPIES_EXPECTED)
    by_colleagues = 0.004 + min(0.05 * crowd, 0.8)
    by_strangers = pool.per_stranger(0.01 + 0.3 * crowd)
    by_namesakes = by_strangers
    if _spells(email.letters, a) and _spells(email.letters, b):
        by_namesakes = _LOOKED_UP / 2 if any(map(str.isdigit, email.local)) else _LOOKED_UP
    return evidence("email-same", words, 0.6, by_strangers, 0.12, by_colleagues, by_namesakes)


def _spells(letters: str, name: PersonName) -> bool:
    """Whether a mailbox is named for this person: "jdoe", "doejane", "jane.doe"."""
    if not name.first or not name.last or name.last not in letters:
        return False
    return name.first[0] in letters.replace(name.last, "", 1)


def _two_emails(x: Email, y: Email) -> Evidence | None:
    """Two mailboxes: one mistyped, one person's two, or two people's."""
    spoken = f"{x.value} / {y.value}"
    if x.is_role != y.is_role:
        return evidence("email-different", f"A shared inbox and a personal one: {spoken}", 0.45, 0.7, 0.8, 0.75)
    if _is_mistyped(x, y):
        return evidence("email-typo", f"E-mail addresses one slip apart: {spoken}", 0.05, 0.001, 0.006, 0.004)
    if x.domain == y.domain and not x.is_free:
        return evidence("email-second", f"Two mailboxes at one firm: {spoken}", 0.1, 0.9, 0.85, 0.85)
    if x.letters == y.letters:
        return None  # one name, written as everybody writes it: the names have said so already
    if x.is_free and y.is_free:
        return evidence("email-different", f"Different e-mail addresses: {spoken}", 0.33, 1.0, 0.85, 0.95)
    if x.is_free or y.is_free:
        return evidence("email-different", f"A private and a work e-mail address: {spoken}", 0.45, 1.0, 0.9, 0.95)
    return evidence("email-different", f"Different e-mail addresses: {spoken}", 0.25, 1.0, 0.9, 0.6)


def _is_mistyped(x: Email, y: Email) -> bool:
    """One part the same, the other one slip away. A first letter changed is another person: asmith@, bsmith@."""
    if not _is_one_domain(x, y):
        return False
    if x.local == y.local or x.is_role:
        return x.local == y.local
    allowed = 2 if min(len(x.local), len(y.local)) >= _LONG_LOCAL else 1
    if OSA.distance(x.local, y.local, score_cutoff=allowed) > allowed:
        return False
    return x.letters != y.letters and (x.local[0] == y.local[0] or sorted(x.local[:2]) == sorted(y.local[:2]))


def _is_one_domain(x: Email, y: Email) -> bool:
    """The same domain, or all but: gmail.com and ymail.com are two providers, abc.com and xyz.com two firms."""
    if x.domain == y.domain:
        return True
    allowed = min(min(len(x.domain), len(y.domain)) // _LETTERS_PER_SLIP, _MOST_SLIPS)
    return not (x.is_free and y.is_free) and OSA.distance(x.domain, y.domain, score_cutoff=allowed) <= allowed


def _phones(a: Identity, b: Identity, pool: Pool, colleagues: float) -> Evidence | None:
    found = [_two_phones(x, y, pool, colleagues) for x in a.phones for y in b.phones]
    return max((one for one in found if one), key=_strength, default=None)


def _two_phones(x: Phone, y: Phone, pool: Pool, colleagues: float) -> Evidence | None:
    if x.e164 == y.e164:
        holders = pool.holders(f"phone:{x.e164}")
        by_colleagues = _shared_among(holders, colleagues)
        if x.extension and y.extension and x.extension != y.extension:
            words = f"Same phone number, different extensions: {x.extension} / {y.extension}"
            return evidence("phone-extensions", words, 0.04, pool.per_stranger(1.0), 0.05, max(by_colleagues, 0.3))
        words = f"Same phone number{_shared_by(holders)}: {x.e164}"
        others = 0.05 + 0.3 * max(0, holders - _COPIES_EXPECTED) + (0.0 if x.is_valid else 0.5)
        return evidence("phone-same", words, 0.7, pool.per_stranger(others), 0.5, by_colleagues)
    if not x.is_valid or not y.is_valid:
        return None
    spoken = f"{x.e164} / {y.e164}"
    if OSA.distance(x.e164, y.e164, score_cutoff=1) <= 1:
        return evidence("phone-typo", f"Phone numbers one digit apart: {spoken}", 0.03, 0.0005, 0.01, 0.03)
    return evidence("phone-different", f"Different phone numbers: {spoken}", 0.3, 1.0, 0.5, 0.9)


def _addresses(x: str, y: str, pool: Pool, colleagues: float) -> Evidence:
    if x == y:
        holders = pool.holders(f"address:{x}")
        others = 0.05 + 0.3 * max(0, holders - _COPIES_EXPECTED)
        by_colleagues = max(_shared_among(holders, colleagues), 0.1)
        words = f"Same address{_shared_by(holders)}"
        return evidence("address-same", words, 0.75, pool.per_stranger(others), 0.6, by_colleagues)
    if _is_one_slip_away(x, y):
        return evidence("address-typo", f"Addresses one slip apart: {x} / {y}", 0.15, 0.0005, 0.12, 0.05)
    return evidence("address-different", "Different addresses", 0.25, 1.0, 0.4, 0.6)


def _is_one_slip_away(x: str, y: str) -> bool:
    """One of postal code and street a slip away from the other's, or the street written on; the house the same."""
    (postal, number, street), (other_postal, other_number, other_street) = x.split(" ", 2), y.split(" ", 2)
    if number != other_number or OSA.distance(postal, other_postal, score_cutoff=1) > 1:
        return False
    short, long = sorted((street, other_street), key=len)
    return long.startswith(short) or OSA.distance(short, long, score_cutoff=1) <= 1


def _birth_dates(x: str, y: str) -> Evidence:
    """Of two people one in some twenty thousand pairs shares it. Of relatives at one phone more: twins, and dates that
    were copied. Day and month are easily turned round."""
    if x == y:
        return evidence("born-same", "Same date of birth", 0.9, 0.00006, 0.02, 0.00006)
    if OSA.distance(x, y, score_cutoff=1) <= 1 or x == y[:4] + y[6:] + y[4:6]:
        return evidence("born-typo", "Dates of birth one slip apart", 0.06, 0.002, 0.02, 0.002)
    return evidence("born-different", "Different dates of birth", 0.04, 1.0, 0.99, 1.0)


def _shared_among(holders: int, colleagues: float) -> float:
    """The chance that a colleague has this value too: small for two holders, near one for a firm's switchboard."""
    return min(0.08 * 2.0 ** min(holders - 2, 4), max((holders - 1) / colleagues, 0.02), _MOST_SHARED)


def _shared_by(holders: int) -> str:
    return f", shared by {holders} records" if holders > _COPIES_EXPECTED else ""


def _strength(found: Evidence) -> tuple[float, tuple[float, ...]]:
    return min(found.weights), found.weights
