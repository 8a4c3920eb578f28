"""What the portal makes of two records before it compares them, in words: normal forms, and how many share each."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from imports.admin.words import BAND_WORDS, percent
from imports.duplicates.bands import Bands
from imports.duplicates.scoring import Match
from imports.duplicates.what_if import NextBand
from prospects.identity import Email, Firm, Identity, PersonName, Phone

Others = Callable[[str], int]
FIELDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "firm": "Firm",
    "title": "Title",
    "email": "E-mail",
    "phone": "Phone",
    "linkedin": "LinkedIn",
    "address": "Address",
    "postal_code": "Postal code",
    "born": "Date of birth",
    "number": "Bar or candidate number",
}
RIVALS = {
    "strangers": "two strangers who have this much in common by chance",
    "relatives": "two relatives, who share name, phone and address",
    "colleagues": "two colleagues, who share firm, switchboard and office inbox",
    "namesakes": "two people of one name, and one's address entered for the other",
}
AGREEMENTS = {
    "linkedin": "the same LinkedIn profile",
    "emails": "the same personal e-mail",
    "phones": "the same phone number of their own",
    "born": "the same date of birth",
    "number": "the same bar or candidate number",
    "address": "the same address",
    "firm": "the same firm",
    "name": "the same name",
    "title": "the same title",
}
KEYS = {
    "ghl": "the GHL contact", "linkedin": "the LinkedIn profile", "email": "an e-mail", "phone": "a phone number",
    "local": "an e-mail's name part", "address": "the address", "born": "the date of birth",
    "number": "the bar or candidate number", "digits": "half of a bar or candidate number", "name": "the full name",
    "initial": "last name and initial", "start": "first name and the start of the last",
    "end": "first name and the end of the last", "atfirm": "a name or initials at one firm",
    "surname": "a rare last name", "firm": "a small firm",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Form:
    """One value as it is compared. `shared` says who else has it; "" where that is not counted."""

    words: str
    shared: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of one record: as it came, and what is compared of it."""

    typed: str = ""
    forms: list[Form] = field(default_factory=list)

    @property
    def says_more(self) -> bool:
        """Whether what came is another text than what is compared of it."""
        return bool(self.typed) and [self.typed] != [form.words for form in self.forms]

    @property
    def is_left_out(self) -> bool:
        return bool(self.typed and not self.forms)


@dataclass(frozen=True, slots=True)
class Line:
    label: str
    one: Cell
    other: Cell


def lines_of(
    typed: tuple[Mapping[str, str], Mapping[str, str]], pair: tuple[Identity, Identity], others: Others
) -> list[Line]:
    """Both records field by field; fields that both lack are left out."""
    one, other = (_cells(values, identity, others) for values, identity in zip(typed, pair, strict=True))
    return [
        Line(label, one[label], other[label])
        for label in one
        if any(cell.typed or cell.forms for cell in (one[label], other[label]))
    ]


def _cells(typed: Mapping[str, str], identity: Identity, others: Others) -> dict[str, Cell]:
    def values(*names: str) -> str:
        return " ".join(filter(None, (typed.get(name, "") for name in names)))

    name = identity.name
    return {
        "First name": Cell(values("first_name"), list(_given(name, others))),
        "Last name": Cell(values("last_name"), list(_surname(name, others))),
        "Middle names": Cell("", [Form(", ".join(name.others))] if name.others else []),
        "Suffix": Cell("", [Form(name.suffix.title())] if name.suffix else []),
        "Firm": Cell(values("firm"), list(_firm(identity.firm, others))),
        "Title": Cell(values("title"), [Form(identity.title)] if identity.title else []),
        "E-mail": Cell(values("email"), [_email(email, others) for email in identity.emails]),
        "Phone": Cell(values("phone"), [_phone(phone, others) for phone in identity.phones]),
        "LinkedIn": Cell(values("linkedin"), _keyed("linkedin", identity.linkedin, others)),
        "Address": Cell(values("address", "postal_code"), _keyed("address", identity.address, others)),
        "Date of birth": Cell(values("born"), _keyed("born", _day(identity.born), others, identity.born)),
        "Bar or candidate number": Cell(values("number"), _keyed("number", identity.number, others)),
        "GHL contact": Cell("", [Form(identity.ghl_contact_id)] if identity.ghl_contact_id else []),
    }


def _given(name: PersonName, others: Others) -> Iterator[Form]:
    if name.first:
        known = "" if name.filed_as == name.first else f", a form of {name.filed_as}"
        yield Form(f"{name.first}{known}", _shared(f"given:{name.filed_as}", others))


def _surname(name: PersonName, others: Others) -> Iterator[Form]:
    if name.last:
        parts = f" ({', '.join(name.last_parts)})" if len(name.last_parts) > 1 else ""
        yield Form(f"{name.last}{parts}", _shared(f"surname:{name.last}", others))


def _firm(firm: Firm, others: Others) -> Iterator[Form]:
    if firm.key:
        yield Form(f"{firm.key}; told from others by: {' '.join(firm.words)}", _shared(f"firm:{firm.key}", others))


def _email(email: Email, others: Others) -> Form:
    kind = ", an office's shared inbox" if email.is_role else ", a private mailbox" if email.is_free else ""
    shared = _shared(f"email:{email.value}", others)
    if not email.is_free:
        shared += f"; {_shared(f'domain:{email.domain}', others, 'write from this domain', 'writes from this domain')}"
    return Form(f"{email.value}{kind}", shared)


def _phone(phone: Phone, others: Others) -> Form:
    extension = f", extension {phone.extension}" if phone.extension else ""
    kind = "" if phone.is_valid else ", no number that can be dialled: weighs less"
    return Form(f"{phone.e164}{extension}{kind}", _shared(f"phone:{phone.e164}", others))


def _keyed(kind: str, words: str, others: Others, value: str = "") -> list[Form]:
    return [Form(words, _shared(f"{kind}:{value or words}", others))] if words else []


def _day(born: str) -> str:
    return f"{born[:4]}-{born[4:6]}-{born[6:]}" if born else ""


def _shared(key: str, others: Others, have: str = "have it", has: str = "has it") -> str:
    count = others(key[:80])
    if not count:
        return f"nobody else {has}"
    return f"1 other {has}" if count == 1 else f"{count:,} others {have}"


# ---------------------------------------------------------------- the verdict


def verdict_words(match: Match, bands: Bands) -> str:
    """What a detection does with such a pair."""
    if match.band is None:
        return (
            f"No candidate: at {percent(match.score) or '0 %'} a detection shows nobody. It takes "
            f"{percent(bands.possible)}."
        )
    return {
        "certain": "Certain: shown first, and may be merged many at once while it is the only candidate.",
        "likely": "Likely: shown to a reviewer, never merged many at once.",
        "possible": "Possible: shown to a reviewer, to be looked at closely.",
    }[match.band]


def rival_words(match: Match) -> str:
    return f"Weighed against the likeliest other story: {RIVALS.get(match.rival, match.rival)}."


def telling_words(keys: tuple[str, ...]) -> str:
    """Whether a detection would come to compare the two at all."""
    kinds = list(dict.fromkeys(KEYS.get(key.partition(":")[0], "a value") for key in keys))
    if not kinds:
        return "A detection would not even compare the two: they share no value that is rare enough to be looked up by."
    return f"A detection compares the two, since they share {', '.join(kinds[:4])}."


def next_words(following: NextBand, bands: Bands) -> list[str]:
    """What it would have taken for the next band."""
    band = BAND_WORDS[following.band]
    if following.is_contradicted:
        lines = [f"No score makes it {band.lower()}, since more of the strong facts disagree than agree."]
    elif following.missing > 0:
        lines = [
            f"{band} begins {following.missing:.1f} bits higher"
            f"{f', at {percent(bands.likely)}' if following.band == 'likely' else ''}."
        ]
    else:
        lines = [f"The score would do for {band}."]
    if following.enough:
        ways = [
            f"{AGREEMENTS[one.field]} ({BAND_WORDS[one.band]}, {percent(one.score)})" for one in following.enough[:4]
        ]
        lines.append(f"One of these alone would have been enough: {'; '.join(ways)}.")
    else:
        lines.append("No single further agreement would have been enough.")
    return lines
