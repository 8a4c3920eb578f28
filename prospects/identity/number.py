"""A number of a person's own: a bar number, a candidate or registration number, a national number."""

import re

from prospects.identity.text import fold, word_set

_LABELS = word_set(
    """ADMISSION APPLICANT ATTORNEY ATTY BAR CANDIDATE EMPLOYEE ENROLLMENT ENROLMENT ID IDENTIFICATION INSURANCE LAWYER
    LIC LICENCE LICENSE MEMBER MEMBERSHIP NATIONAL NO NR NUM NUMBER OF PERSON PRACTITIONER REF REFERENCE REG REGISTER
    REGISTRATION ROLL SBN SECURITY SOCIAL SOLICITOR SRA SSN STATE THE"""
)
_WORD = re.compile(r"[^\W_]+")
_LABEL = re.compile(r"[A-Z]{2,}(?=\d)")
_SEVERAL = re.compile(r"[;|\n]|,\s|\s/\s|\s&\s|\sAND\s")
_MASKED = re.compile(r"[X*•#?]{2,}")
_ROUNDED = re.compile(r"\d[.,]\d+E\+?\d+|\d+E\+\d+")  # what a spreadsheet makes of a long number: its digits are lost
_DECIMALS = re.compile(r"(?<=\d)[.,]0{1,2}$")  # "123456.0": a spreadsheet again
_SHORTEST, _FEWEST_DIGITS, _LONGEST, _LONGEST_TEXT = 4, 3, 40, 250
_COUNTED_UP = "01234567890123456789"


def person_number(text: str) -> str:
    """Letters and digits alone, upper case, without label and leading zeros: "123456" for "Bar No. 0123-456".

    "" for what stands in for a number, or shows but a part of it: "N/A", "000000", "123456789", "XXX-XX-6789". Of
    several in one cell the first counts. A state in front stays: "CA 123456" and "TX 123456" are two lawyers.
    """
    parts = _SEVERAL.split(fold(text[:_LONGEST_TEXT]).upper())
    return next((number for part in parts if (number := _number(part.strip()))), "")


def digits_of(number: str) -> str:
    """The digits alone, as a register without letters would have them."""
    return "".join(sign for sign in number if sign.isdecimal())


def _number(text: str) -> str:
    if _ROUNDED.fullmatch(text):
        return ""
    words = _WORD.findall(_DECIMALS.sub("", text))
    while words and words[0] in _LABELS:
        words = words[1:]
    number = "".join(words)
    if (label := _LABEL.match(number)) and label[0] in _LABELS:  # "SBN123456"
        number = number.removeprefix(label[0])
    if _MASKED.search(text) or _MASKED.search(number):
        return ""
    number = number.lstrip("0")[:_LONGEST]  # spreadsheets take leading zeros away
    return "" if _stands_in(number) else number


def _stands_in(number: str) -> bool:
    digits = digits_of(number)
    if len(number) < _SHORTEST or len(digits) < _FEWEST_DIGITS:
        return True
    return len(set(digits)) == 1 or digits in _COUNTED_UP or digits in _COUNTED_UP[::-1]
