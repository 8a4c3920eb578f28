"""A pool of invented people with labelled duplicates, unlike the sets the engine was developed against.

Surnames and firms are made of syllables, given names come from many countries, and each kind of noise and each trap
has its own rate, so that a change which only suits one set shows here.
"""

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import combinations

_SYLLABLES = "ka lo mi ren tas vo bel dor fin gar hul jen kov lan mer nis ost pra qui rud sel tor ulm vas wen yar zil"
_GIVEN = (
    "Bob:Robert Liz:Elizabeth Mike:Michael Kate:Katherine Bill:William Jim:James Tony:Anthony Sue:Susan Deb:Deborah "
    "Priya Anjali Rahul Vikram Oluwaseun Chinwe Kwabena Amara Siobhán Niamh Ciarán Pádraig Katarzyna Małgorzata "
    "Tomasz Łukasz Ingrid Bjørn Håkan Åsa Matteo Chiara Giulia Renzo Hiroko Kenji Aiko Daisuke Yusuf Leyla Emre "
    "Fatima Omar Nadia Tariq Marisol Joaquín Inés Beatriz Thandiwe Sipho Wei Xiu Minh Linh Duc Dmitri Olga Svetlana"
)
_FIRM_FORMS = "{} LLP; {} & {} LLP; {}, {} & {} P.C.; {} Partners; The {} Group; {} and {}, PLLC; {} Advisory Ltd"
_ROLES = ("info", "office", "contact", "reception")
_FREE = ("gmail.com", "outlook.com", "yahoo.co.uk", "proton.me")
_TITLES = ("Associate", "Partner", "Director", "Head of Talent", "Counsel", "Recruiter", "Manager")


@dataclass(frozen=True)
class Row:
    """One record as it would be typed."""

    person: int
    first: str
    last: str
    firm: str = ""
    email: str = ""
    phone: str = ""
    title: str = ""
    linkedin: str = ""


@dataclass
class _Firm:
    name: str
    domain: str
    switchboard: str
    has_switchboard: bool
    role: str


class Pool:
    """``rows`` and the true ``pairs`` of their places, from one seed."""

    def __init__(self, seed: int, people: int) -> None:
        self._random = random.Random(seed)
        self._syllables, self._given = _SYLLABLES.split(), _GIVEN.split()
        self._surnames = [self._word() for _ in range(people // 4)]
        firms = [self._firm() for _ in range(max(people // 8, 3))]
        self.rows: list[Row] = []
        previous: Row | None = None
        for person in range(people):
            size = 1 + int(len(firms) * self._random.random() ** 2)  # some firms are much larger than others
            row = self._person(person, self._random.choice(firms[:size]), previous)
            previous = row
            self.rows.append(row)
            for _ in range(self._random.choices((0, 1, 2), (60, 30, 10))[0]):
                self.rows.append(self._copy(row, firms))
        self._random.shuffle(self.rows)
        places = defaultdict(list)
        for place, row in enumerate(self.rows):
            places[row.person].append(place)
        self.pairs = {pair for same in places.values() for pair in combinations(same, 2)}

    def _word(self) -> str:
        return "".join(self._random.choices(self._syllables, k=self._random.choice((2, 2, 3)))).title()

    def _phone(self) -> str:
        return f"{self._random.randint(201, 989)}{self._random.randint(212, 989)}{self._random.randint(0, 9999):04d}"

    def _firm(self) -> _Firm:
        form = self._random.choice(_FIRM_FORMS.split("; "))
        names = [self._word() for _ in range(form.count("{}"))]
        domain = f"{''.join(names[:2]).lower()}.com"
        return _Firm(
            form.format(*names), domain, self._phone(), self._random.random() < 0.5, self._random.choice(_ROLES)
        )

    def _person(self, person: int, firm: _Firm, previous: Row | None) -> Row:
        given = self._random.choice(self._given).rpartition(":")[2]
        last = self._random.choice(self._surnames)
        phone = firm.switchboard if firm.has_switchboard and self._random.random() < 0.4 else self._phone()
        trap = self._random.random()
        if previous and trap < 0.04:  # a relative: surname and home number
            last, phone = previous.last, previous.phone
        elif previous and trap < 0.06:  # a namesake elsewhere
            given, last = previous.first, previous.last
        linkedin = f"{given}-{last}-{self._random.randrange(16**5):05x}".lower() if self._random.random() < 0.4 else ""
        email = self._email(given, last, firm)
        return Row(person, given, last, firm.name, email, phone, self._random.choice(_TITLES), linkedin)

    def _email(self, given: str, last: str, firm: _Firm) -> str:
        kind = self._random.random()
        if kind < 0.08:
            return f"{firm.role}@{firm.domain}"
        plain = "".join(char for char in given.lower() if char.isascii())
        patterns = (f"{plain}.{last}", f"{plain[0]}{last}", f"{plain}{self._random.randint(1, 999)}")
        local = self._random.choice(patterns).lower()
        return f"{local}@{firm.domain if kind < 0.7 else self._random.choice(_FREE)}"

    def _copy(self, row: Row, firms: list[_Firm]) -> Row:
        """The same person as somebody else typed them: blanks, slips, other spellings, sometimes a new job or name."""
        changed = {name: "" for name in ("firm", "email", "phone", "title", "linkedin") if self._random.random() < 0.3}
        if "email" not in changed and self._random.random() < 0.25:
            changed["email"] = self._email(row.first, row.last, self._random.choice(firms))
        if "phone" not in changed and self._random.random() < 0.25:
            changed["phone"] = self._phone()
        if "phone" not in changed:
            changed["phone"] = self._spelt_phone(row.phone)
        if "firm" not in changed and self._random.random() < 0.08:
            changed["firm"] = self._random.choice(firms).name
        elif "firm" not in changed:
            changed["firm"] = self._spelt_firm(row.firm)
        return replace(row, **changed, **self._spelt_name(row))

    def _spelt_phone(self, digits: str) -> str:
        forms = ("+1{}{}{}", "({}) {}-{}", "{}.{}.{}", "1-{}-{}-{} ext 12")
        return self._random.choice(forms).format(digits[:3], digits[3:6], digits[6:])

    def _spelt_firm(self, name: str) -> str:
        way = self._random.randrange(5)
        return (name, name.upper(), name.split(",")[0], name.replace("&", "and"), self._slip(name))[way]

    def _spelt_name(self, row: Row) -> dict[str, str]:
        way = self._random.random()
        if way < 0.5:
            return {}
        if way < 0.6:
            return {"first": self._slip(row.first)}
        if way < 0.7:
            return {"last": self._slip(row.last)}
        if way < 0.76:
            return {"first": row.last, "last": row.first}
        if way < 0.8:
            return {"last": f"{row.last}-{self._word()}"}
        if way < 0.84:
            return {"last": f"{row.last}, Esq."}
        if way < 0.9:
            return {"first": row.first[0]}
        short = {full: short for short, _, full in (name.partition(":") for name in self._given) if full}
        return {"first": short.get(row.first, row.first.upper())}

    def _slip(self, text: str) -> str:
        place = self._random.randrange(1, max(len(text) - 1, 2))
        letter = self._random.choice("abcdefghijklmnopqrstuvwxyz")
        return self._random.choice(
            (
                text[:place] + text[place + 1 :],
                text[:place] + letter + text[place:],
                text[:place] + letter + text[place + 1 :],
                text[: place - 1] + text[place : place + 1] + text[place - 1 : place] + text[place + 1 :],
            )
        )
