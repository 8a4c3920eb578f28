"""Taking a whole name apart into the two columns that the portal has. Nothing of it is left out."""

from prospects.identity import person_name


def split_name(name: str) -> tuple[str, str]:
    """First and last name. Turns "Smith, Jane" round; particles, suffixes and credentials stay with the last name."""
    name = " ".join(name.split())
    given, family = person_name(name, "").spoken
    before, comma, after = name.partition(",")
    if comma and given and given.split()[0] in after.replace(",", " ").split():
        return after.strip(), before.strip()
    start = name.rfind(family) if given and family else -1
    if start > 0:
        return name[:start].strip(), name[start:]
    first, _, last = name.rpartition(" ")
    return (first, last) if first else (last, "")
