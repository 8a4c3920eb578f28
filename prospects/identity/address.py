"""A street address as a key: postal code and house number, the two parts that survive every spelling of the street."""

import re

from prospects.identity.text import folded_words

_NUMBER = re.compile(r"\d+")


def address_key(address: str, postal_code: str) -> str:
    """Postal code, house number and street: "97201 12 oak" for "12-B Oak St." in 97201-1234; "" if one is missing."""
    words = folded_words(address) if address else []
    postal = "".join(folded_words(postal_code))[:5] if postal_code else ""
    number = next((int(word) for word in words if _NUMBER.fullmatch(word) and len(word) < 8), None)
    street = next((word for word in words if len(word) > 1 and word.isalpha()), "")
    return f"{postal} {number} {street}"[:40] if postal and street and number is not None else ""
