"""A date of birth as eight digits."""

import re

_DATE = re.compile(r"\s*(\d{4})-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")
_FILLERS = frozenset({"19000101", "19700101", "20000101"})  # what programs put where nobody said


def birth_date(text: str) -> str:
    """ "19900525" for "1990-05-25T00:00:00.000Z" and "1990-05-25"; "" for what is no such date, or fills a field."""
    found = _DATE.match(text)
    date = "".join(found.groups()) if found else ""
    return "" if date in _FILLERS else date
