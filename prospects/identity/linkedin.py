"""The public identifier of a LinkedIn profile, out of any form its address is written in."""

import re
from urllib.parse import unquote

from prospects.identity.text import fold, word_set

# linkedin.com/in/<id>, any country host, any scheme or none, with query, fragment, language suffix or trailing slash;
# /pub/<name>/<a>/<b>/<c> is the old public form, whose last three parts belong to the identifier.
_PROFILE = re.compile(r"linkedin\.[a-z.]{2,6}/+(?:mwlite/)?(?:in/+([^/?#\s]+)|pub/+([^?#\s]+))", re.IGNORECASE)
_BARE = re.compile(r"(?:@|/?in/)?([\w\-%.]{3,100})/?", re.IGNORECASE)
_NO_PART_OF_IT = re.compile(r"[^\w\-.]")
_PLACEHOLDERS = word_set("none null yes linkedin unknown n-a tbd http https www")
_OLD_FORM_PARTS = 4
_SHORTEST = 3  # LinkedIn Help, "Customize your public profile URL": 3 to 100 letters or numbers


def linkedin_id(text: str) -> str:
    """The identifier alone: "jane-doe-4ab3" for "https://uk.linkedin.com/in/Jane-Doe-4ab3/?trk=x".

    Empty for company pages and anything else that is no profile.
    """
    text = text.strip()
    if not text:
        return ""
    found = _PROFILE.search(text)
    if found is None:
        bare = _BARE.fullmatch(text)
        identifier = _identifier(bare.group(1)) if bare else ""
        return "" if "." in identifier or identifier in _PLACEHOLDERS else identifier
    if found.group(1):
        return _identifier(found.group(1))
    return _identifier(_current_form(found.group(2).strip("/").split("/")))


def _current_form(parts: list[str]) -> str:
    """LinkedIn turned /pub/jane-doe/1/2b/3c into /in/jane-doe-3c2b1: the codes in reverse, joined."""
    if len(parts) < _OLD_FORM_PARTS:
        return parts[0]
    codes = [code.zfill(3) if place else code for place, code in enumerate(parts[1:_OLD_FORM_PARTS])]
    return f"{parts[0]}-{''.join(reversed(codes))}"


def _identifier(raw: str) -> str:
    # Folding may leave signs of its own behind ("¼" becomes three), which no identifier has.
    identifier = _NO_PART_OF_IT.sub("", fold(unquote(raw))).strip("-.")[:100].strip("-.")
    return identifier if len(identifier) >= _SHORTEST else ""
