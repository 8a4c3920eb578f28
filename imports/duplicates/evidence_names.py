"""What two names say: the same, a nickname, an initial, a slip of the pen, swapped, married, or somebody else's."""

from functools import lru_cache
from itertools import groupby

from rapidfuzz.distance import OSA

from imports.duplicates.rivals import Evidence, Pool, evidence
from prospects.identity import PersonName
from prospects.identity.nicknames import formal_names, forms_of, is_given_name, one_name

_ESTABLISHED = 4  # holders from which a spelling may be a name of its own, not a slip
_SLIPS_PER_NAME = 40  # a name this many times commoner can account for all of them as slips
_LONG_NAME = 7
_SHORTEST_SHUFFLE = 3
_SWAPPED = 1.0  # bits a swap costs: who has the names the other way round may also be somebody else
_CROSSED = 5.0  # the same where but one name agrees: some one record in thirty has its names turned round


def compare_names(a: PersonName, b: PersonName, pool: Pool) -> list[Evidence]:
    """Findings on given name, surname and suffix; none on a part that either side lacks."""
    given, surname = _given(a, b, pool), _surname(a, b, pool)
    if given and surname and not (given.speaks_for and surname.speaks_for):
        swapped = _swapped(a, b, pool)
        if swapped and swapped.weights[0] > given.weights[0] + surname.weights[0]:
            given, surname = swapped, None
        elif not (given.speaks_for or surname.speaks_for) and (crossed := _crossed(a, b, pool)):
            given, surname = crossed, None
    return [found for found in (given, surname, _suffix(a, b)) if found]


def _given(a: PersonName, b: PersonName, pool: Pool) -> Evidence | None:
    x, y = a.first, b.first
    if not x or not y:
        return None
    if x == y:
        if len(x) == 1:
            return evidence("given-initial", f"Same initial {x.upper()}.", 0.95, 0.08, 0.09, 0.08)
        share = pool.frequency(f"given:{a.filed_as}", 0.004)
        return evidence("given-same", f"Same first name: {a.spoken[0]}", 0.82, share, 0.015 + share, share)
    spoken = f"{a.spoken[0]} / {b.spoken[0]}"
    if len(x) == 1 or len(y) == 1:
        return _given_initial(a, b, spoken)
    if one_name(x, y):
        share = 0.25 * _share(a, b, pool) + 0.0005
        return evidence("given-nickname", f"Forms of one first name: {spoken}", 0.06, share, 0.006 + share, share)
    if _is_slip_of_a_form(x, y) and not _are_two_given_names(a, b, pool):
        share = max(_share(a, b, pool), 0.001)
        return evidence("given-typo", f"First names one slip apart: {spoken}", 0.35, share, 0.015 + share, share)
    if _are_written_apart(a, b):
        share = 0.05 * max(_share(a, b, pool), 0.001)  # hardly anybody writes a name in two parts
        return evidence("given-typo", f"First names a space apart: {spoken}", 0.02, share, 0.0005 + share, share)
    if x in b.others or y in a.others:
        words = f"First name of one is middle name of the other: {spoken}"
        return evidence("given-middle", words, 0.03, 0.003, 0.01, 0.003)
    return evidence("given-different", f"Different first names: {spoken}", 0.007, 1.0, 0.97, 0.99)


def _are_written_apart(a: PersonName, b: PersonName) -> bool:
    """Jo Anna and Joanna, or "Ja ck" for Jack."""
    if not a.others and not b.others:
        return False
    return "".join((a.first, *a.others)) == "".join((b.first, *b.others))


def _given_initial(a: PersonName, b: PersonName, spoken: str) -> Evidence:
    """One side, or both, gives an initial only."""
    if _is_initial_of(a.first, b.first) or _is_initial_of(b.first, a.first):
        return evidence("given-initial", f"Initial fits the first name: {spoken}", 0.95, 0.08, 0.09, 0.08)
    if _is_in_the_middle(a.first, b) or _is_in_the_middle(b.first, a):
        return evidence("given-middle", f"Initial fits the middle name: {spoken}", 0.3, 0.08, 0.08, 0.08)
    return evidence("given-different", f"Initial does not fit: {spoken}", 0.03, 0.92, 0.91, 0.92)


def _is_initial_of(initial: str, name: str) -> bool:
    return len(initial) == 1 and any(form[0] == initial for form in forms_of(name))


def _is_in_the_middle(name: str, other: PersonName) -> bool:
    return name in other.others or (len(name) == 1 and any(middle[0] == name for middle in other.others))


def _share(a: PersonName, b: PersonName, pool: Pool) -> float:
    """How common the commoner of two first names is."""
    return max(pool.frequency(f"given:{one.filed_as}", 0.004) for one in (a, b))


@lru_cache(maxsize=8_000)
def _is_slip_of_a_form(x: str, y: str) -> bool:
    """A slip of the name, or of one of its short forms: "Miek" for Michael."""
    return any(_is_slip(form, y) for form in forms_of(x)) or any(_is_slip(form, x) for form in forms_of(y))


def _is_slip(x: str, y: str) -> bool:
    """One edit apart (a letter more, less, other, or two swapped), two in a long word, or its letters shuffled."""
    short, long = sorted((len(x), len(y)))
    allowed = 2 if long > _LONG_NAME else 1 if long > 2 else 0
    if long - short <= allowed and OSA.distance(x, y, score_cutoff=allowed) <= allowed:
        return True
    if long <= _SHORTEST_SHUFFLE:
        return False
    return (long == short and sorted(x) == sorted(y)) or _sound(x) == _sound(y)


@lru_cache(maxsize=16_000)
def _sound(word: str) -> str:
    """What spellings that differ by convention have in common: Mueller and Müller, Strossner and Stroessner."""
    for spelling, sound in (("ae", "a"), ("oe", "o"), ("ue", "u"), ("ph", "f"), ("ck", "k"), ("th", "t")):
        word = word.replace(spelling, sound)
    return "".join(letter for letter, _ in groupby(word))


def _are_two_given_names(a: PersonName, b: PersonName, pool: Pool) -> bool:
    """Daniel and Danielle are two names, however near."""
    if is_given_name(a.first) and is_given_name(b.first):
        return True
    return _both_established(f"given:{a.filed_as}", f"given:{b.filed_as}", pool)


def _both_established(x_key: str, y_key: str, pool: Pool) -> bool:
    """Two spellings that many records each bear are two names. A slip that often happens to a common name stays rare
    beside it."""
    rarer, commoner = sorted((pool.count(x_key), pool.count(y_key)))
    return rarer >= _ESTABLISHED and rarer * _SLIPS_PER_NAME >= commoner


def _surname(a: PersonName, b: PersonName, pool: Pool) -> Evidence | None:
    x, y = a.last, b.last
    if not x or not y:
        return None
    if x == y:
        share = pool.frequency(f"surname:{x}", 0.001)
        return evidence("surname-same", f"Same last name: {a.spoken[1]}", 0.9, share, 0.8, 1.5 * share + 0.004)
    spoken = f"{a.spoken[1]} / {b.spoken[1]}"
    if len(x) == 1 or len(y) == 1:
        if x[0] == y[0]:
            return evidence("surname-initial", f"Initial fits the last name: {spoken}", 0.95, 0.08, 0.8, 0.08)
    elif _is_same_surname(x, y, pool):
        share = max(pool.frequency(f"surname:{x}", 0.001), pool.frequency(f"surname:{y}", 0.001), 0.0006)
        return evidence("surname-typo", f"Last names one slip apart: {spoken}", 0.4, share, 0.45, 1.5 * share + 0.002)
    elif any(len(part) > 2 and part in b.last_parts for part in a.last_parts) or x in b.others or y in a.others:
        return evidence("surname-part", f"One last name within the other: {spoken}", 0.03, 0.002, 0.1, 0.003)
    return evidence("surname-different", f"Different last names: {spoken}", 0.025, 1.0, 0.3, 1.0)


def _is_same_surname(x: str, y: str, pool: Pool) -> bool:
    if _sound(x) == _sound(y):
        return True
    return _is_slip(x, y) and not _both_established(f"surname:{x}", f"surname:{y}", pool)


def _swapped(a: PersonName, b: PersonName, pool: Pool) -> Evidence | None:
    """First and last name in each other's fields. Either record may be the one turned round; names are common as first
    and last names in different measure, and the more cautious reading counts."""
    if not (_may_be_one(a.last, b.first) and _may_be_one(a.first, b.last)):
        return None
    found = [_turned(a, b, pool), _turned(b, a, pool)]
    return min((one for one in found if one), key=lambda one: one.weights[0], default=None)


def _turned(a: PersonName, b: PersonName, pool: Pool) -> Evidence | None:
    """The names of ``a`` turned round against those of ``b``; how common they are is looked up as ``b`` has them."""
    turned = _turned_round(a)
    given, surname = _given(b, turned, pool), _surname(b, turned, pool)
    if given is None or surname is None or not given.speaks_for or not surname.speaks_for:
        return None
    if len(turned.first) == 1 or len(turned.last) == 1:
        return None
    words = f"First and last name swapped: {' '.join(a.spoken)} / {' '.join(b.spoken)}"
    return Evidence("names-swapped", words, _both(given, surname, less=_SWAPPED))


def _crossed(a: PersonName, b: PersonName, pool: Pool) -> Evidence | None:
    """One name of each alike but in the other's field, and the other two different: Anna Keller, and "Keller", "Maria".

    With one of them turned round this is what two relatives have in common, or two people of one first name; as it is
    typed it would be nothing at all. Either may be the one turned round, and the more cautious reading counts.
    """
    if not (_are_nearly_one(a.last, b.first) or _are_nearly_one(a.first, b.last)):
        return None
    found = []
    for one, other in ((a, b), (b, a)):
        turned = _turned_round(one)
        given, surname = _given(other, turned, pool), _surname(other, turned, pool)
        if given and surname and given.speaks_for != surname.speaks_for:
            found.append(_both(given, surname, less=_CROSSED))
    if not found:
        return None
    words = f"One name alike, in the other’s place: {' '.join(a.spoken)} / {' '.join(b.spoken)}"
    return Evidence("names-crossed", words, min(found))


def _are_nearly_one(x: str, y: str) -> bool:
    """A cheap look before the real comparison: most pairs have nothing of the kind."""
    return x[0] == y[0] and min(len(x), len(y)) > 2 and OSA.distance(x, y, score_cutoff=1) <= 1


def _turned_round(name: PersonName) -> PersonName:
    last, first = name.last, name.first
    return PersonName(last, first, formal_names(last), (first,), name.others, name.suffix, name.spoken[::-1])


def _both(given: Evidence, surname: Evidence, *, less: float) -> tuple[float, float, float, float]:
    strangers, relatives, colleagues, namesakes = (
        x + y - less for x, y in zip(given.weights, surname.weights, strict=True)
    )
    return strangers, relatives, colleagues, namesakes


def _may_be_one(x: str, y: str) -> bool:
    """A cheap look before the real comparison: same first letter, last letter, or a known short form."""
    return x[0] == y[0] or x[-1] == y[-1] or one_name(x, y)


def _suffix(a: PersonName, b: PersonName) -> Evidence | None:
    if not a.suffix or not b.suffix:
        return None
    if a.suffix == b.suffix:
        return evidence("suffix-same", f"Both {a.suffix.title()}", 0.95, 0.2, 0.1, 0.2)
    words = f"Two generations: {a.suffix.title()} / {b.suffix.title()}"
    # Far below the rate of slips: where a suffix is given at all, there is somebody to be told apart from.
    return evidence("suffix-different", words, 0.0004, 0.6, 0.9, 0.6)
