"""Which custom field of a location holds what: proposed by its label, checked by its kind. Pure.

Contacts name custom fields by id, and each location has ids of its own. Staff confirm once which of them holds what;
the result is the location's mapping, our names to GHL's ids.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from integrations.ghl.payloads import CustomField


class Holds(StrEnum):
    """What a value of ours is. A mark is a number with letters in it, perhaps: a number field holds most of them."""

    TEXT = "text"
    NUMBER = "a number"
    MARK = "a mark"


@dataclass(frozen=True, slots=True)
class OurField:
    """A value that the portal writes into a custom field. `labels`: what locations call it, the best first."""

    name: str
    words: str
    holds: Holds
    labels: tuple[str, ...]


OUR_FIELDS = (
    OurField("linkedin_url", "LinkedIn address", Holds.TEXT, (
        "linkedin url", "linkedin", "linkedin profile", "linkedin profile url", "linkedin address", "linkedin link",
        "linkedin profile link", "contact linkedin", "personal linkedin",
    )),
    OurField("job_title", "Job title", Holds.TEXT, (
        "job title", "title", "position", "role", "job position", "job role", "contact title",
    )),
    OurField("person_number", "Bar or candidate number", Holds.MARK, (
        "bar number", "bar no", "bar id", "bar num", "state bar number", "state bar no", "state bar id",
        "attorney bar number", "attorney bar no", "bar registration number", "bar license number",
        "bar admission number", "bar membership number", "attorney registration number", "attorney registration no",
        "attorney number", "attorney id", "attorney license number", "law license number", "sra number", "sra id",
        "roll number", "candidate number", "candidate no", "candidate id", "applicant number", "applicant id",
        "bar or candidate number", "registration number", "registration no", "license number", "licence number",
        "person number", "national number", "national id", "national id number", "national identification number",
        "national insurance number", "social security number", "social security no", "social security id", "ssn",
        "soc sec id", "soc sec number", "soc sec no",
    )),
    OurField("market_name", "Market or campaign", Holds.TEXT, (
        "market name", "market", "campaign name", "campaign", "market or campaign", "market campaign",
        "sales campaign", "sales market",
    )),
    OurField("cadence_stage", "Cadence stage", Holds.TEXT, (
        "cadence stage", "cadence", "cadence status", "current cadence stage", "stage of cadence",
    )),
    OurField("dial_attempts", "Dial attempts", Holds.NUMBER, (
        "dial attempts", "dials", "dial count", "number of dials", "total dials", "dial attempt count",
        "call attempts", "number of call attempts",
    )),
    OurField("no_answer_count", "No-answer count", Holds.NUMBER, (
        "no answer count", "no answers", "no answer", "number of no answers", "no answer attempts",
    )),
    OurField("voicemail_count", "Voicemail count", Holds.NUMBER, (
        "voicemail count", "voicemails", "voicemails left", "number of voicemails", "voicemail attempts", "vm count",
    )),
    OurField("callback_attempts", "Callback attempts", Holds.NUMBER, (
        "callback attempts", "callbacks", "callback count", "number of callbacks",
    )),
)  # fmt: skip
MAPPED_FIELDS = tuple(field.name for field in OUR_FIELDS)

# The kinds of GHL's custom fields (its API reference, custom fields, `dataType`), as a person would name them.
KINDS = {
    "TEXT": "text", "LARGE_TEXT": "long text", "NUMERICAL": "a number", "FLOAT": "a number", "PHONE": "a phone number",
    "EMAIL": "an e-mail address", "MONETORY": "an amount of money", "MONETARY": "an amount of money",
    "CHECKBOX": "checkboxes", "SINGLE_OPTIONS": "one of a list", "MULTIPLE_OPTIONS": "several of a list",
    "RADIO": "one of a list", "TEXTBOX_LIST": "several texts", "DATE": "a date", "TIME": "a time",
    "FILE_UPLOAD": "files", "SIGNATURE": "a signature",
}  # fmt: skip
TEXTS = frozenset({"TEXT", "LARGE_TEXT"})
NUMBERS = frozenset({"NUMERICAL", "FLOAT"})
CAN_HOLD = {Holds.TEXT: TEXTS, Holds.NUMBER: TEXTS | NUMBERS, Holds.MARK: TEXTS | NUMBERS}
LISTS = frozenset({"SINGLE_OPTIONS", "RADIO"})  # may hold a text, if it is among their options


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """What is wrong with the field that a name of ours is mapped to. `stops`: nothing can be written there.

    `only_read`: nothing is written there, though all is well: what is in it is read.
    """

    name: str
    field_id: str
    text: str
    stops: bool
    only_read: bool = False


def kind_of(field: CustomField) -> str:
    """What a field holds, for a person; GHL's own word for a kind that is not known here, "" when GHL named none."""
    return KINDS.get(field.data_type.upper(), field.data_type)


def of_contacts(fields: Iterable[CustomField]) -> list[CustomField]:
    """Without the fields of opportunities, which GHL lists beside those of contacts."""
    return [field for field in fields if not field.key.startswith("opportunity.")]


def plain_labels(name: str) -> tuple[str, ...]:
    """What locations call the field that holds our `name`, the best first: in small letters and digits alone."""
    return tuple(_plain(label) for label in _ours(name).labels)


def labelled(name: str, fields: Iterable[CustomField]) -> list[CustomField]:
    """The fields whose label or key says what our `name` holds, the best label first; of equal ones, GHL's order."""
    rank = {label: place for place, label in reversed(list(enumerate(plain_labels(name))))}
    found = []
    for field in of_contacts(fields):
        places = [
            rank[text] for text in (_plain(field.key.removeprefix("contact.")), _plain(field.name)) if text in rank
        ]
        if places:
            found.append((min(places), field))
    return [field for _, field in sorted(found, key=lambda hit: hit[0])]


def proposed(fields: Iterable[CustomField]) -> dict[str, str]:
    """A mapping by label: our names to field ids, of fields that can hold the value. No field is given twice."""
    known = list(fields)
    taken: dict[str, str] = {}
    for ours in OUR_FIELDS:
        fitting = (field for field in labelled(ours.name, known) if not why_unfit(ours, field))
        field = next((field for field in fitting if field.id not in taken.values()), None)
        if field is not None:
            taken[ours.name] = field.id
    return taken


def why_unfit(ours: OurField, field: CustomField) -> str:
    """Why a value of ours cannot go into this field, in words; "" when it can, or when GHL's kind is not known here."""
    kind = field.data_type.upper()
    if field.key.startswith("opportunity."):
        return f"“{field.name}” is a field of opportunities, not of contacts."
    if kind in CAN_HOLD[ours.holds] or kind not in KINDS or (kind in LISTS and ours.holds is Holds.TEXT):
        return ""
    wanted = "a text field" if ours.holds is Holds.TEXT else "a number or text field"
    return f"“{field.name}” holds {KINDS[kind]}, but {ours.words.lower()} needs {wanted}."


def mapping_problems(mapping: Mapping[str, Any], fields: Iterable[CustomField]) -> list[MappingProblem]:
    """What is wrong with a mapping, against the fields that the location has now. Names of other systems are left."""
    known = {field.id: field for field in fields}
    problems: list[MappingProblem] = []
    users: dict[str, str] = {}
    for ours in OUR_FIELDS:
        field_id = str((mapping or {}).get(ours.name) or "")
        if not field_id:
            continue
        field = known.get(field_id)
        if field is None:
            text, stops = f"{ours.words} is mapped to the field {field_id}, which GHL no longer has.", True
        elif field_id in users:
            text, stops = (
                f"{ours.words} is mapped to “{field.name}”, which {users[field_id]} is mapped to already.",
                True,
            )
        elif unfit := why_unfit(ours, field):
            text, stops = unfit, True
        elif field.data_type.upper() in LISTS:
            text = f"“{field.name}” is a list: see in GHL that every {ours.words.lower()} is among its options."
            stops = False
        elif _only_reads(ours, field):
            text = f"“{field.name}” holds numbers only: it is read, but not written into. A text field does both."
            stops = False
        else:
            text, stops = "", False
        users.setdefault(field_id, ours.words.lower())
        if text:
            read = not stops and _only_reads(ours, field)
            problems.append(MappingProblem(ours.name, field_id, text, stops, read))
    return problems


def usable(mapping: Mapping[str, Any], fields: Iterable[CustomField]) -> dict[str, str]:
    """What of a mapping can be written to: without fields that are gone, of a wrong kind, named twice or only read."""
    found = mapping_problems(mapping, fields)
    stopped = {problem.name for problem in found if problem.stops or problem.only_read}
    named = {name: str((mapping or {}).get(name) or "") for name in MAPPED_FIELDS}
    return {name: field_id for name, field_id in named.items() if field_id and name not in stopped}


def _only_reads(ours: OurField, field: CustomField | None) -> bool:
    """GHL refuses a whole contact for one letter in a number field."""
    return ours.holds is Holds.MARK and field is not None and field.data_type.upper() in NUMBERS


def _ours(name: str) -> OurField:
    return next(field for field in OUR_FIELDS if field.name == name)


def _plain(label: str) -> str:
    """A label without case, blanks and punctuation: “No-Answer Count” and “no_answer_count” are the same."""
    text = unicodedata.normalize("NFKC", label).casefold()
    return "".join(sign for sign in text if sign.isalnum())
