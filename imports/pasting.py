"""Reading one person out of pasted text: a signature, a row of a spreadsheet, lines with labels. A proposal only."""

import re
from collections.abc import Iterator

from imports.full_names import split_name
from prospects.identity import emails_in, linkedin_id, phones_in
from prospects.identity.firms import LEGAL_FORMS
from prospects.identity.text import folded_words, word_set

_LABELS = {
    "name": "name", "full name": "name", "contact": "name", "contact name": "name",
    "first name": "first_name", "first": "first_name", "last name": "last_name", "last": "last_name",
    "surname": "last_name", "firm": "firm", "company": "firm", "company name": "firm", "organization": "firm",
    "title": "title", "job title": "title", "position": "title", "role": "title",
    "email": "email", "e mail": "email", "mail": "email",
    "phone": "phone", "tel": "phone", "telephone": "phone", "mobile": "phone", "cell": "phone", "direct": "phone",
    "linkedin": "linkedin", "address": "address", "street": "address", "postal code": "postal_code",
    "zip": "postal_code", "zip code": "postal_code", "born": "born", "date of birth": "born", "birthday": "born",
    "bar number": "number", "bar no": "number", "bar": "number", "bar id": "number", "state bar number": "number",
    "candidate number": "number", "candidate id": "number", "registration number": "number", "sbn": "number",
}  # fmt: skip
_FIRM_WORDS = LEGAL_FORMS | word_set("law firm group partners associates recruiting search legal office offices &")
_TITLE_WORDS = word_set(
    """partner associate counsel attorney lawyer paralegal director manager president vice chief officer head recruiter
    assistant secretary administrator coordinator founder owner principal member senior junior of"""
)
_BREAKS = re.compile(r"[\n\r\t|;•·]+")
_LABELLED = re.compile(r"\s*([A-Za-z][A-Za-z \-]{1,20}?)\s*[:=]\s*(.+)")
_STREET = re.compile(r"^\s*\d+\s+\D")
_POSTAL = re.compile(r"\b(\d{5})(?:-\d{4})?\s*$")
_FEWEST_COMMAS = 3  # fewer are part of a name, a firm or an address
_MOST_LETTERS = 12  # beside a phone number: "mobile:", "ext. 12"


def read_pasted(text: str) -> dict[str, str]:
    """What a text says of one person, by the names of `identity_of`'s fields; what cannot be placed is left out."""
    found: dict[str, str] = {}
    for piece in _pieces(text):
        for name, value in _placed(piece, found):
            found[name] = f"{found[name]}; {value}" if name in ("email", "phone") and name in found else value
    if whole := found.pop("name", ""):
        first, last = split_name(whole)
        found = {"first_name": first, "last_name": last, **found}
    return {name: value for name, value in found.items() if value}


def _pieces(text: str) -> Iterator[str]:
    for line in _BREAKS.split(text):
        parts = line.split(",") if line.count(",") >= _FEWEST_COMMAS and ":" not in line else [line]
        yield from (part.strip(" ,\"'") for part in parts if part.strip(" ,\"'"))


def _placed(piece: str, found: dict[str, str]) -> Iterator[tuple[str, str]]:
    if labelled := _LABELLED.fullmatch(piece):
        name = _LABELS.get(" ".join(folded_words(labelled[1])))
        if name:
            yield name, labelled[2].strip()
            return
    if "linkedin." in piece.lower():
        if linkedin_id(piece):
            yield "linkedin", piece
    elif mails := emails_in(piece):
        yield "email", "; ".join(mail.value for mail in mails)
        before = piece.partition("<")[0].strip(' "')
        if "<" in piece and before and "name" not in found:
            yield "name", before
    elif _is_phone(piece):
        yield "phone", piece
    elif _STREET.match(piece):
        yield "address", piece
        if postal := _POSTAL.search(piece):
            yield "postal_code", postal[1]
    else:
        yield from _by_its_words(piece, found)


def _is_phone(piece: str) -> bool:
    return sum(map(str.isalpha, piece)) <= _MOST_LETTERS and any(phone.is_valid for phone in phones_in(piece))


def _by_its_words(piece: str, found: dict[str, str]) -> Iterator[tuple[str, str]]:
    """The name comes first; then what sounds like a title, or like a firm."""
    words = set(folded_words(piece)) | ({"&"} if "&" in piece else set())
    is_named = "name" in found or "last_name" in found
    if "firm" not in found and words & _FIRM_WORDS and not (is_named and words & _TITLE_WORDS):
        yield "firm", piece
    elif not is_named:
        yield "name", piece
    elif "title" not in found and (words & _TITLE_WORDS or "firm" in found):
        yield "title", piece
    elif "firm" not in found:
        yield "firm", piece
