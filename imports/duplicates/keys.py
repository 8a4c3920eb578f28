"""The indexed keys by which a record finds the records it may duplicate.

Two records are compared when they share a key that few share. Several kinds overlap on purpose: each typo, swap or
blank leaves at least one of them standing. The last four kinds propose little or nothing: their counts tell the
scoring how common a surname, a firm, a given name or a mail domain is.
"""

from prospects.identity import Identity
from prospects.identity.nicknames import formal_names
from prospects.identity.number import digits_of

MAX_KEY_LENGTH = 80

MAX_SHARED: dict[str, int] = {
    "ghl": 50,
    "linkedin": 50,
    "email": 60,
    "phone": 60,
    "local": 30,
    "address": 30,
    "born": 12,
    "number": 12,
    "digits": 8,
    "name": 40,
    "initial": 8,
    "start": 8,
    "end": 8,
    "atfirm": 12,
    "surname": 3,
    "firm": 3,
    "given": 0,
    "domain": 0,
}
"""The most records that may share a key of each kind for the key to propose candidates; 0: it only counts.

What an agreement in a name is worth falls by a bit with each doubling of those who share it, whatever the size of the
pool; shared by more than these, it could not carry a pair by itself, and a pair with more in common has a telling key.
"""

_WEIGHED = frozenset({"email", "phone", "address", "number", "firm", "surname", "given", "domain"})
_SHORTEST_LOCAL = 5
_ENDS = 3  # letters of a surname's start and end that have to be right


def lookup_keys(identity: Identity) -> tuple[str, ...]:
    """Every key of a record, "kind:value", distinct, 80 characters at most; about ten for a full record."""
    name, firm = identity.name, identity.firm
    keys = [f"linkedin:{identity.linkedin}"] if identity.linkedin else []
    if identity.ghl_contact_id:
        keys.append(f"ghl:{identity.ghl_contact_id}")
    for email in identity.emails:
        keys.append(f"email:{email.value}")
        if not email.is_free:
            keys.append(f"domain:{email.domain}")
        if not email.is_role and len(letters := email.letters) >= _SHORTEST_LOCAL:
            keys.append(f"local:{letters}")
    keys.extend(f"phone:{phone.e164}" for phone in identity.phones)
    if identity.address:
        keys.append(f"address:{identity.address}")
    if identity.born:
        keys.append(f"born:{identity.born}")
    if identity.number:
        keys.append(f"number:{identity.number}")
        keys.extend(_halves_of_number(identity.number, name.first[:1] + name.last[:1]))
    if firm.key:
        keys.append(f"firm:{firm.key}")
    keys.extend(_name_keys(name.filed_as, name.last))
    if name.first and len(mailbox := name.first + name.last) >= _SHORTEST_LOCAL:
        keys.append(f"local:{mailbox}")  # a mailbox that spells the name right, where the name beside it is mistyped
    if firm.words:
        keys.extend(f"atfirm:{part}|{firm.words[0]}" for part in (name.filed_as, name.last) if len(part) > 1)
        if name.first and name.last:  # slips in both names, or in the firm's first word
            initials = "".join(sorted((name.first[0], name.last[0])))
            keys.extend(f"atfirm:{initials}|{word}" for word in firm.words[:2])
    return tuple(dict.fromkeys(key[:MAX_KEY_LENGTH] for key in keys))


def frequency_keys(identity: Identity) -> tuple[str, ...]:
    """The keys whose counts a comparison asks for though only one of the two may hold them."""
    name, firm = identity.name, identity.firm
    keys = (("given", name.filed_as), ("surname", name.last), ("firm", firm.key), ("number", identity.number))
    return tuple(f"{kind}:{value}"[:MAX_KEY_LENGTH] for kind, value in keys if value)


def weighed_keys(identity: Identity) -> tuple[str, ...]:
    """All keys of a record whose counts a comparison asks for: the other kinds only propose candidates."""
    return tuple(key for key in lookup_keys(identity) if kind_of(key) in _WEIGHED)


def _name_keys(given: str, last: str) -> list[str]:
    keys = [f"given:{given}"] if given else []
    if last:
        keys.append(f"surname:{last}")
    if given and last:
        first_filed, last_filed = sorted((given, formal_names(last)[0]))
        keys.append(f"name:{first_filed}|{last_filed}")
        keys.append(f"initial:{last}|{given[0]}")
        if len(given) > 1:
            keys.append(f"start:{given}|{last[:_ENDS]}")
            keys.append(f"end:{given}|{last[-_ENDS:]}")
    return keys


def _halves_of_number(number: str, initials: str) -> list[str]:
    """A slip in a number leaves one half of its digits right; with the initials, since many share half a number."""
    digits, who = digits_of(number), "".join(sorted(initials))
    middle = len(digits) // 2
    return [f"digits:{digits[:middle]}-|{who}", f"digits:-{digits[middle:]}|{who}"] if who else []


def kind_of(key: str) -> str:
    """The kind of a key: "phone" of "phone:+14155552671"."""
    return key.partition(":")[0]


def proposes(key: str, sharing: int) -> bool:
    """Whether a key that ``sharing`` records hold (the asking one included) is rare enough to propose candidates."""
    return 1 < sharing <= MAX_SHARED[kind_of(key)]
