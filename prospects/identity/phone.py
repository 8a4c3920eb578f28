"""Phone numbers: E.164 with the extension kept apart. Ordinary North American forms are read without the library."""

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

# Country codes whose callers write ten digits with an area code: the North American Numbering Plan's largest members.
_NANP_COUNTRIES = frozenset({"US", "CA", "PR"})
_NANP_NUMBER = re.compile(r"[2-9](?!11)\d\d[2-9](?!11)\d{6}")  # NANPA: NXX-NXX-XXXX, no N11 codes
_NANP_CELL = re.compile(r"(?:\+?\s*1[\s.\-]*)?\(?(\d{3})\)?[\s.\-]*(\d{3})[\s.\-]*(\d{4})")
_EXTENSION = re.compile(
    r"[\s,;(]*(?:\bext(?:ension|n)?\b\.?|\bx|#|(?<=\d)x)\s*[:.=#]?\s*(\d{1,7})\)?\s*$", re.IGNORECASE
)
_SEVERAL = re.compile(r"\s*(?:/|;(?!ext)|\||\bor\b|\band\b|&|\n)\s*|,(?!\s*(?:e?xt?|\#))", re.IGNORECASE)
_KIND_PREFIX = re.compile(r"^[^\d+(]{1,15}[:.]\s*(?=[\d+(])")
_FULL_LENGTH = 7  # fewer digits than this is an extension or a fragment, never a number to compare
_MAX_TEXT = 250  # what the library accepts; longer cells are notes


@dataclass(frozen=True, slots=True)
class Phone:
    """One number. ``e164`` is its normal form, with the digits as typed when ``is_valid`` is False."""

    e164: str
    extension: str = ""
    is_valid: bool = True


@lru_cache(maxsize=4_000)
def phones_in(text: str, country: str = "US") -> tuple[Phone, ...]:
    """Every number in a cell, in order. An unreadable one is kept, marked invalid; a filler (000-0000) is left out."""
    quick = _NANP_CELL.fullmatch(text) if country in _NANP_COUNTRIES else None
    if quick:
        national = "".join(quick.groups())
        if _NANP_NUMBER.fullmatch(national) and national.isascii():
            return () if _is_filler(national) else (Phone(f"+1{national}"),)
    if not text.strip():
        return ()
    found = (_phone(part, country) for part in _SEVERAL.split(text[:_MAX_TEXT]) if part)
    return tuple(dict.fromkeys(phone for phone in found if phone is not None))


def _phone(text: str, country: str) -> Phone | None:
    text = _KIND_PREFIX.sub("", text.strip())
    extension = ""
    if ending := _EXTENSION.search(text):
        extension, text = ending.group(1), text[: ending.start()]
    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return _unreadable(text, extension)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if _is_filler(str(number.national_number)):
        return None
    is_valid = phonenumbers.is_valid_number(number) or bool(e164[:2] == "+1" and _NANP_NUMBER.fullmatch(e164[2:]))
    return Phone(e164, (number.extension or extension).lstrip("0"), is_valid)


def _unreadable(text: str, extension: str) -> Phone | None:
    digits = "".join(char for char in text if char.isdecimal())
    if len(digits) < _FULL_LENGTH or _is_filler(digits):
        return None
    return Phone(digits[:20], extension.lstrip("0"), is_valid=False)


def _is_filler(digits: str) -> bool:
    """Numbers people type to get past a required field: one digit repeated, or counting up or down."""
    return len(set(digits[-7:])) == 1 or digits[-10:] in {"1234567890", "0123456789", "9876543210"}
