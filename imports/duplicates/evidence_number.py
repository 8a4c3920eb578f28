"""What a number of a person's own says: a bar number, a candidate or registration number, a national number."""

from rapidfuzz.distance import OSA

from imports.duplicates.keys import MAX_SHARED
from imports.duplicates.rivals import Evidence, Pool, evidence
from prospects.identity import Identity
from prospects.identity.number import digits_of

_COPIES_EXPECTED = 6  # of one person; more than of a phone, since no desk or household has a number in common
_MOST_HOLDERS = MAX_SHARED["number"]  # beyond this it is nobody's own: a form's default, or the firm's number


def compare_numbers(a: Identity, b: Identity, pool: Pool) -> Evidence | None:
    """The finding on two numbers; none where either is what a form or a firm fills in for everybody.

    Two registers may have given one number to two people, the shorter the likelier. One record in two hundred carries
    the number of somebody else altogether; one in a thousand that of the relative or colleague in the line above, or
    of the namesake who was found in the register. A lawyer admitted in two states has two, and so has a candidate who
    registered twice: one in ten. Registers count up, so that those who were admitted on one day have numbers a slip
    apart: colleagues more often than others.
    """
    x, y = a.number, b.number
    holders = max(pool.count(f"number:{x}"), pool.count(f"number:{y}"))
    if holders > _MOST_HOLDERS:
        return None
    by_chance = 10.0 ** -min(len(x), len(y))
    if x == y:
        crowd = 4.0 ** max(0, holders - _COPIES_EXPECTED)
        by_strangers = max(pool.per_stranger(0.005 * crowd), by_chance)
        by_others = min(0.001 * crowd, 0.9)
        are_namesakes = (a.name.first, a.name.last) == (b.name.first, b.name.last)
        by_namesakes = max(by_strangers, by_others) if are_namesakes else by_strangers
        words = f"Same bar or candidate number: {x}"
        return evidence("number-same", words, 0.9, by_strangers, by_others, by_others, by_namesakes)
    if may_be_one_number(x, y):
        words = f"Bar or candidate numbers one slip apart: {x} / {y}"
        return evidence("number-typo", words, 0.08, max(10 * len(x) * by_chance, 0.0005), 0.003, 0.005)
    return evidence("number-different", f"Different bar or candidate numbers: {x} / {y}", 0.1, 1.0, 1.0, 1.0)


def may_be_one_number(x: str, y: str) -> bool:
    """The same, one slip apart, or the same but for letters that one of the two lacks: "CA123456" and "123456"."""
    if OSA.distance(x, y, score_cutoff=1) <= 1:
        return True
    return (x.isdecimal() or y.isdecimal()) and digits_of(x) == digits_of(y)
