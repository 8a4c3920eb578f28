"""What a bar, candidate or national number says of a pair."""

import pytest

from imports.duplicates import Match, compare
from imports.duplicates.evidence_number import compare_numbers
from imports.duplicates.evidence_reach import share_something_personal
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import candidate
from imports.tests.test_duplicates_hard_cases import CALL, COMMON, FIRM, OTHER_CALL, POPULATION, RANK, match, person

OWN, OTHER, SLIP = {"number": "Bar No. 284417"}, {"number": "5120931"}, {"number": "284471"}

AT_LEAST = {
    "same name, same number": (person(**OWN), person(**OWN), "certain"),
    "a common name, same number": (person("Robert", **OWN), person("Robert", **OWN), "certain"),
    "same number, moved firm": (
        person(**OWN, **FIRM), person(number="284-417", firm="Quartz Advisory", **OTHER_CALL), "likely",
    ),
    "same number, married name": (person(last="Lindqvist", **OWN), person(**OWN), "likely"),
    "same number, names one slip off": (person("Mariia", "Kelelr", **OWN), person(**OWN), "certain"),
    "same number, no first name": (person("", **OWN), person(**OWN), "likely"),
    "one with its state": (person(number="CA 284417", **FIRM), person(**OWN, **FIRM), "certain"),
    "a mistyped number, same name": (person(**OWN, **CALL), person(**SLIP, **CALL), "certain"),
    "a mistyped number, nickname": (person("Bob", **OWN, **FIRM), person("Robert", **SLIP, **FIRM), "certain"),
    "two states, same mailbox": (
        person(email="maria.keller@quartz.com", **OWN), person(email="maria.keller@quartz.com", **OTHER), "possible",
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", AT_LEAST)
def test_one_person_is_known_by_a_number(pair: str) -> None:
    a, b, at_least = AT_LEAST[pair]
    assert RANK[match(a, b).band] >= RANK[at_least], match(a, b)


NOBODY = {
    "same number, two names": (person(**OWN), person("Thora", "Voss", **OWN)),
    "same number, two colleagues": (person(**OWN, **FIRM), person("Thora", "Voss", **OWN, **FIRM)),
    "different numbers, one common name": (person("Robert", **OWN), person("Robert", **OTHER)),
    "neighbours in a register": (person(**OWN, **FIRM), person("Thora", "Voss", number="284418", **FIRM)),
}


@pytest.mark.parametrize("pair", NOBODY)
def test_two_people_are_not_one_for_a_number(pair: str) -> None:
    assert match(*NOBODY[pair]).band is None, match(*NOBODY[pair])


ASKED = {
    "different numbers, one name at one firm": (person(**OWN, **FIRM), person(**OTHER, **FIRM)),
    "different numbers, one name, firm and phone": (person(**OWN, **FIRM, **CALL), person(**OTHER, **FIRM, **CALL)),
    "a family at one firm under one number": (person(**OWN, **FIRM, **CALL), person("Thora", **OWN, **FIRM, **CALL)),
}


@pytest.mark.parametrize("pair", ASKED)
def test_a_person_is_asked_where_number_and_names_contradict(pair: str) -> None:
    assert match(*ASKED[pair]).band in ("possible", "likely"), match(*ASKED[pair])


@pytest.mark.parametrize("filler", ["N/A", "000000", "123456789", "pending", "XXX-XX-4417"])
def test_what_stands_in_for_a_number_says_nothing(filler: str) -> None:
    assert match(person(number=filler, **CALL), person(number=filler, **CALL)) == match(person(**CALL), person(**CALL))
    assert match(person(number=filler, **CALL), person(**OWN, **CALL)) == match(person(**CALL), person(**CALL))


def shared_by(holders: int, a: str = "284417", b: str = "284417") -> Match:
    counts = COMMON | {"number:284417": holders}
    return compare(person(number=a, **CALL), person("Thora", number=b, **CALL), counts, POPULATION)


def test_a_number_that_several_hold_weighs_less_and_less() -> None:
    scores = [shared_by(holders).score for holders in (6, 7, 8, 9, 10)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores)


@pytest.mark.parametrize(("a", "b"), [("284417", "284417"), ("284417", "5120931"), ("5120931", "284417")])
def test_a_forms_default_says_nothing_for_or_against(a: str, b: str) -> None:
    assert not [reason for reason in shared_by(13, a, b).reasons if reason.code.startswith("number")]
    assert [reason for reason in shared_by(12, a, b).reasons if reason.code.startswith("number")]


def test_a_short_number_weighs_less() -> None:
    pool = Pool.of({}, 1_000_000)
    short, long = (person(number=number) for number in ("4417", "92844170"))
    assert compare_numbers(short, short, pool).weights[0] < compare_numbers(long, long, pool).weights[0] - 8


@pytest.mark.parametrize(
    ("number", "is_slip"), [("284427", True), ("284471", True), ("28441", True), ("284499", False)]
)
def test_one_digit_wrong_or_two_swapped_is_a_slip(number: str, is_slip: bool) -> None:
    found = compare_numbers(person(**OWN), person(number=number), Pool.of({}, POPULATION))
    assert found.code == ("number-typo" if is_slip else "number-different")


def test_a_namesakes_number_may_have_been_looked_up() -> None:
    pool = Pool.of({}, POPULATION)
    namesakes, others = (
        compare_numbers(person(**OWN), person(**OWN), pool),
        compare_numbers(person(**OWN), person("Mia", **OWN), pool),
    )
    assert namesakes.weights[3] < others.weights[3]


@pytest.mark.parametrize("number", ["284417", "284471", "CA 284417"])
def test_a_number_in_common_is_weighed_whatever_the_names(number: str) -> None:
    shared = {"title": "Counsel", "address": "12 Oak St", "postal_code": "97201", **CALL}
    a, b = person(**OWN, **shared), person("Thora", "Voss", number=number, **shared)
    assert share_something_personal(a, b)
    assert (candidate(a, b, Pool.of({}, POPULATION)) is None) == (match(a, b).band is None)


def test_a_pair_that_only_a_number_makes_a_candidate_is_not_cut_short() -> None:
    shared = {"title": "Counsel", "address": "12 Oak St", "postal_code": "97201", **CALL}
    assert candidate(person(**OWN, **shared), person("Thora", "Voss", **OWN, **shared), Pool.of({}, POPULATION))
