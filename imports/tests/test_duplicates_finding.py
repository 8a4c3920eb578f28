"""Which pairs are looked at, and what becomes of them: keys, the in-memory engine, groups."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.duplicates import BANDS, MAX_SHARED, compare, find_pairs, groups_of, kind_of, lookup_keys, proposes
from imports.duplicates.keys import MAX_KEY_LENGTH, frequency_keys, weighed_keys
from prospects.identity import Identity, identity_of


def person(first: str = "Maria", last: str = "Keller", **fields: str) -> Identity:
    plain = {"firm": "", "email": "", "phone": "", "linkedin": ""}
    return identity_of(first_name=first, last_name=last, **plain | fields)


def telling(identity: Identity) -> set[str]:
    return {key for key in lookup_keys(identity) if proposes(key, 2)}


SHARED = {
    "e-mail": (person("A", "B", email="x.y+1@gmail.com"), person("C", "D", email="xy@googlemail.com")),
    "mistyped mail domain": (person("A", "B", email="maria.k@firm.com"), person("C", "D", email="mariak@frim.com")),
    "phone": (person("A", "B", phone="212-555-0143"), person("C", "D", phone="+1 (212) 555-0143 x9")),
    "profile": (person("A", "B", linkedin="in/maria-k"), person("C", "D", linkedin="linkedin.com/in/maria-k/")),
    "address": (
        person("A", "B", address="12 Oak St", postal_code="97201"),
        person("C", "D", address="12 Oak Street", postal_code="97201-3"),
    ),
    "nickname": (person("Bob"), person("Robert")),
    "swapped names": (person("Maria", "Keller"), person("Keller", "Maria")),
    "first name's slip": (person("Mraia"), person("Maria")),
    "initial only": (person("M"), person("Maria")),
    "surname's slip, front": (person(last="Leller"), person(last="Keller")),
    "surname's slip, back": (person(last="Kellre"), person(last="Keller")),
    "new surname at one firm": (person(last="Voss", firm="Marlow & Finch"), person(firm="Marlow LLP")),
    "all names off at one firm": (
        person("Isablela", "Loddwr", firm="Bayswtaer Messenger"),
        person("Isabella", "Lodder", firm="Bayswater Messenger"),
    ),
    "names off, mailbox right": (
        person("Madiosn", "Sandlrs", email="madison.sanders84@yahoo.com"), person("Madison", "Sanders"),
    ),
    "number": (person("A", "B", number="Bar No. 0284-417"), person("C", "D", number="284417")),
    "number's slip, front": (person(number="294417"), person("Mira", "Kelar", number="284417")),
    "number's slip, back": (person(number="284471"), person("Mira", "Kelar", number="284417")),
    "number without its state": (person(number="CA 284417"), person("Mira", "Kelar", number="284417")),
    "both names off at one firm": (person("Mira", "Kelar", firm="Zorblatt LLP"), person(firm="Zorblatt")),
}  # fmt: skip


@pytest.mark.parametrize("what", SHARED)
def test_records_with_this_in_common_are_compared(what: str) -> None:
    a, b = SHARED[what]
    assert telling(a) & telling(b)


@given(*[st.text(max_size=200)] * 6)
def test_keys_are_short_distinct_and_of_a_known_kind(
    first: str, last: str, firm: str, email: str, phone: str, url: str
) -> None:
    keys = lookup_keys(identity_of(first_name=first, last_name=last, firm=firm, email=email, phone=phone, linkedin=url))
    assert len(keys) == len(set(keys))
    assert all(len(key) <= MAX_KEY_LENGTH and kind_of(key) in MAX_SHARED for key in keys)


@pytest.mark.parametrize(("sharing", "expected"), [(1, False), (2, True), (60, True), (61, False)])
def test_a_key_that_too_many_share_proposes_nobody(sharing: int, expected: bool) -> None:
    assert proposes("phone:+12125550143", sharing) is expected


def test_a_comparison_asks_only_for_counts_that_were_looked_up_for_it() -> None:
    asked: set[str] = set()

    def count(key: str) -> int:
        asked.add(key)
        return 3

    one = person(firm="Marlow & Finch", email="mk@marlow.com", phone="212-555-0143", number="284417")
    other = person("Thora", "Voss", firm="Quartz", email="tv@quartz.com", phone="212-555-0143", number="5120931")
    compare(one, other, count, 5000)
    assert f"number:{one.number}" in asked
    assert asked <= {*frequency_keys(one), *frequency_keys(other), *weighed_keys(one)}
    assert asked <= {*frequency_keys(one), *frequency_keys(other), *weighed_keys(other)}


def test_counting_keys_propose_nobody() -> None:
    assert not proposes("given:maria", 2)


def test_a_batch_is_compared_with_itself_and_with_what_is_known() -> None:
    mine, copy = person(email="maria@keller.com"), person(email="maria@keller.com")
    found = find_pairs([("a", mine), ("b", copy)], [("k", copy)])
    assert {frozenset(pair[:2]) for pair in found} == {frozenset("ab"), frozenset("ak"), frozenset("bk")}


def test_two_known_records_are_never_paired() -> None:
    same = person(email="maria@keller.com")
    assert find_pairs([("a", person("Thora", "Voss"))], [("k", same), ("l", same)]) == []


def test_two_known_records_are_not_paired_by_a_third_either() -> None:
    same = person(email="maria@keller.com")
    found = find_pairs([("a", same)], [("k", same), ("l", same)])
    assert {frozenset(pair[:2]) for pair in found} == {frozenset("ak"), frozenset("al")}


def test_the_best_pair_comes_first() -> None:
    full = person(email="maria@keller.com", phone="212-555-0143")
    found = find_pairs([("a", full), ("b", full), ("c", person(phone="212-555-0143"))])
    assert all(better[2].score >= worse[2].score for better, worse in pairwise(found))
    assert set(found[0][:2]) == {"a", "b"}


def test_forty_colleagues_on_one_switchboard_make_no_pair() -> None:
    given_names = ["Anna", "Boris", "Carmen", "Dmitri", "Elena", "Farouk", "Greta", "Hassan"]
    surnames = ["Abbott", "Quiroga", "Lindqvist", "Okonjo", "Tanaka"]
    staff = [
        (f"{given} {surname}", person(given, surname, firm="Marlow & Finch", phone="212-555-0143"))
        for given in given_names
        for surname in surnames
    ]
    assert find_pairs(staff) == []


def members(*pairs: tuple[str, str, float]) -> list[tuple[str, ...]]:
    """The groups of pairs that were judged by the bands as they usually are."""
    judged = [(*pair, BANDS.of(pair[2], 1) or "") for pair in pairs]
    return [group.members for group in groups_of(judged)]


def test_pairs_of_one_person_make_one_group() -> None:
    assert members(("a", "b", 0.99), ("b", "c", 0.9), ("a", "c", 0.8), ("x", "y", 0.7)) == [("a", "b", "c"), ("x", "y")]


def test_a_chain_does_not_glue_two_people_together() -> None:
    assert members(("a", "b", 0.99), ("c", "d", 0.99), ("b", "c", 0.6)) == [("a", "b"), ("c", "d")]


def test_a_third_record_may_hang_on_one_likely_pair() -> None:
    assert members(("a", "b", 0.99), ("b", "c", 0.95)) == [("a", "b", "c")]


def test_a_third_record_may_not_hang_on_one_possible_pair() -> None:
    assert members(("a", "b", 0.99), ("b", "c", 0.6)) == [("a", "b")]


def test_how_sure_is_likely_is_said_by_the_band_and_not_by_the_score() -> None:
    chain = ("a", "b", 0.99, "certain")
    (lenient,) = groups_of([chain, ("b", "c", 0.2, "likely")])
    assert lenient.members == ("a", "b", "c")
    (strict,) = groups_of([chain, ("b", "c", 0.95, "possible")])
    assert strict.members == ("a", "b")


def test_a_long_chain_is_cut_however_little_is_called_likely() -> None:
    links = [("a", "b", 0.4, "likely"), ("b", "c", 0.3, "likely"), ("c", "d", 0.2, "likely"), ("d", "e", 0.1, "likely")]
    assert [group.members for group in groups_of(links)] == [("a", "b", "c"), ("d", "e")]


def test_a_group_tells_its_weakest_link() -> None:
    (group,) = groups_of([("a", "b", 0.99, "certain"), ("b", "c", 0.6, "possible"), ("a", "c", 0.7, "possible")])
    assert group.weakest == pytest.approx(0.7)


def test_a_crowd_is_no_person() -> None:
    crowd = [(f"r{i:02}", f"r{j:02}", 0.9, "likely") for i in range(40) for j in range(i)]
    assert max(len(group.members) for group in groups_of(crowd)) <= 12
