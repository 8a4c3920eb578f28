"""How evidence adds up, and what the counts of a pool change."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.duplicates import BANDS, Bands, Match, compare
from imports.duplicates.evidence_names import compare_names
from imports.duplicates.evidence_reach import compare_reach
from imports.duplicates.evidence_work import compare_work
from imports.duplicates.rivals import RIVALS, Pool
from prospects.identity import Identity, identity_of

POPULATION = 5000


def person(first: str = "Maria", last: str = "Keller", **fields: str) -> Identity:
    plain = {"firm": "", "email": "", "phone": "", "linkedin": ""}
    return identity_of(first_name=first, last_name=last, **plain | fields)


def weight_of(match: Match, code: str) -> float:
    return next(reason.weight for reason in match.reasons if reason.code == code)


SHORT = st.sampled_from(
    ["", "Maria", "Mara", "M", "Bob", "Robert", "Keller", "Kelller", "Keller-Ito", "Voss", "Ané Jr.", "Ané Sr"]
)
FIRMS = st.sampled_from(
    ["", "Marlow & Finch LLP", "Marlow", "Marlow Fintch", "Finch & Marlow", "Quartz", "MFQ", "Marlow Finch Quartz"]
)
MAILS = st.sampled_from(
    ["", "maria.keller@marlow.com", "mkeller@marlow.com", "mkeler@marlow.com", "info@marlow.com", "m.k@gmail.com",
     "office@marlo.com", "maria.keller@gmail.com; mkeller@marlow.com"]
)  # fmt: skip
CALLS = st.sampled_from(
    [
        "",
        "212-555-0143",
        "212-555-0143 x1",
        "212-555-0143 x2",
        "212-555-0134",
        "555-0143",
        "212-555-0143 / 415-555-0177",
    ]
)
RECORDS = st.builds(
    lambda first, last, firm, email, phone, linkedin, title, address: identity_of(
        first_name=first, last_name=last, firm=firm, email=email, phone=phone, linkedin=linkedin, title=title,
        address=address, postal_code="97201",
    ),
    SHORT, SHORT, FIRMS, MAILS, CALLS, st.sampled_from(["", "in/maria-k", "in/maria-keller"]),
    st.sampled_from(["", "Partner", "Senior Partner", "Counsel"]),
    st.sampled_from(["", "12 Oak St", "12 Oak Street", "9 Elm St"]),
)  # fmt: skip
COUNTS = st.dictionaries(
    st.sampled_from(
        ["phone:+12125550143", "email:info@marlow.com", "given:maria", "surname:keller", "firm:marlowfinch"]
    ),
    st.integers(0, 400),
)


@given(RECORDS, RECORDS, COUNTS, st.integers(0, 10**6))
def test_the_order_of_a_pair_does_not_matter(a: Identity, b: Identity, counts: dict[str, int], population: int) -> None:
    one, other = compare(a, b, counts, population), compare(b, a, counts, population)
    assert (one.score, one.band) == pytest.approx((other.score, other.band))


@given(RECORDS, RECORDS, COUNTS, st.integers(0, 10**6))
def test_the_weights_add_up_to_the_score(a: Identity, b: Identity, counts: dict[str, int], population: int) -> None:
    match = compare(a, b, counts, population)
    bits = match.prior + sum(reason.weight for reason in match.reasons)
    assert match.log_odds == pytest.approx(bits)
    assert match.score == pytest.approx(1 / (1 + 2.0 ** -max(-40.0, min(40.0, bits))))
    assert 0 <= match.score <= 1
    assert match.rival in RIVALS


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_no_text_stops_a_comparison(first: str, last: str, firm: str) -> None:
    a = person(first, last, firm=firm, email=first, phone=last)
    compare(a, person(last, first, firm=firm, email=f"{first}@{last}.com", phone=firm), {}, POPULATION)


def test_counts_may_come_from_a_function() -> None:
    counts = {"given:maria": 300}
    a, b = person(), person()
    assert compare(a, b, lambda key: counts.get(key, 0), POPULATION) == compare(a, b, counts, POPULATION)


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("given:maria", "given-same"),
        ("surname:keller", "surname-same"),
        ("phone:+12125550143", "phone-same"),
        ("firm:marlowfinch", "firm-same"),
        ("address:97201 12 oak", "address-same"),
    ],
)
def test_a_value_that_many_share_weighs_less(key: str, code: str) -> None:
    record = person(firm="Marlow & Finch", phone="212-555-0143", address="12 Oak St", postal_code="97201")
    pool_of_few, pool_of_many = Pool.of({key: 2}, POPULATION), Pool.of({key: 200}, POPULATION)
    assert weight_against_strangers(record, code, pool_of_many) < weight_against_strangers(record, code, pool_of_few)


def weight_against_strangers(record: Identity, code: str, pool: Pool) -> float:
    """The weight of a finding against strangers, whichever rival decides the pair."""
    work, colleagues = compare_work(record, record, pool)
    found = [*work, *compare_names(record.name, record.name, pool), *compare_reach(record, record, pool, colleagues)]
    return next(one.weights[0] for one in found if one.code == code)


def test_a_crowded_number_is_named_as_such() -> None:
    a = person(phone="212-555-0143")
    reasons = compare(a, a, {"phone:+12125550143": 14}, POPULATION).reasons
    assert "Same phone number, shared by 14 records: +12125550143" in [reason.words for reason in reasons]


def test_a_missing_value_says_nothing() -> None:
    with_phone, without = person(phone="212-555-0143"), person()
    assert compare(with_phone, without, {}, POPULATION) == compare(without, without, {}, POPULATION)


def test_a_different_value_speaks_against() -> None:
    match = compare(person(phone="212-555-0143"), person(phone="415-555-0177"), {}, POPULATION)
    assert weight_of(match, "phone-different") < 0


def test_a_number_nobody_can_dial_contradicts_nothing() -> None:
    match = compare(person(phone="212-555-0143"), person(phone="555-0177"), {}, POPULATION)
    assert not [reason for reason in match.reasons if reason.code.startswith("phone")]


def test_two_spellings_that_many_bear_are_two_surnames() -> None:
    a, b = person(last="Hansen", firm="Marlow"), person(last="Jansen", firm="Marlow")
    slip, names = {"surname:hansen": 30, "surname:jansen": 1}, {"surname:hansen": 30, "surname:jansen": 25}
    assert compare(a, b, slip, POPULATION).score > compare(a, b, names, POPULATION).score
    assert weight_of(compare(a, b, names, POPULATION), "surname-different") < 0


def test_a_transcription_is_one_surname_however_many_bear_either_spelling() -> None:
    a, b = person(last="Strößner"), person(last="Stroessner")
    counts = {"surname:strossner": 30, "surname:stroessner": 25}
    assert weight_of(compare(a, b, counts, POPULATION), "surname-typo") > 0


def test_one_name_in_the_others_place_is_worth_more_than_two_other_names() -> None:
    anna, maria, thora = person("Keller", "Anna"), person("Maria", "Keller"), person("Thora", "Voss")
    crossed, nothing = compare(anna, maria, {}, POPULATION), compare(anna, thora, {}, POPULATION)
    assert [reason.code for reason in crossed.reasons] == ["names-crossed"]
    assert nothing.log_odds + 4 < crossed.log_odds < compare(maria, person("Anna"), {}, POPULATION).log_odds


def test_two_extensions_of_one_number_are_two_desks() -> None:
    a, b = person(phone="212-555-0143 x11"), person(phone="212-555-0143 x12")
    assert compare(a, b, {}, POPULATION).score < compare(a, a, {}, POPULATION).score
    assert weight_of(compare(a, b, {}, POPULATION), "phone-extensions") < 0


@pytest.mark.parametrize(
    ("x", "y", "code"),
    [
        ("akeller@marlow.com", "ekeller@marlow.com", "email-second"),
        ("mkeller@marlow.com", "mkelller@marlow.com", "email-typo"),
        ("mkeller@marlow.com", "kmeller@marlow.com", "email-typo"),
        ("mkeller@marlow.com", "mkeller@marlow.con", "email-typo"),
        ("maria.keller@marlow.com", "mkeller@quartz.com", "email-different"),
        ("sunny7@gmail.com", "sunny8@ymail.com", None),
        ("mk@abc.com", "mk@xyz.com", None),
    ],
)
def test_a_slip_in_an_address_is_told_from_a_colleague(x: str, y: str, code: str) -> None:
    codes = {reason.code for reason in compare(person(email=x), person(email=y), {}, POPULATION).reasons}
    assert [found for found in codes if found.startswith("email")] == ([code] if code else [])


MAILBOX = {"email": "tq7@gmail.com"}
CONTRADICTED = {
    "two profiles": ({"linkedin": "in/thora-q-11", **MAILBOX}, {"linkedin": "in/thoraquiver", **MAILBOX}),
    "two surnames": ({**MAILBOX}, {"last": "Lindqvist", **MAILBOX}),
    "a new phone number and a new firm": (
        {"phone": "212-555-0143", "firm": "Marlow", **MAILBOX}, {"phone": "415-555-0177", "firm": "Quartz", **MAILBOX},
    ),
}  # fmt: skip


@pytest.mark.parametrize("contradiction", CONTRADICTED)
def test_a_contradicted_pair_is_never_taken_in_bulk(contradiction: str) -> None:
    a, b = (person(**{"first": "Thora", "last": "Quiver"} | fields) for fields in CONTRADICTED[contradiction])
    assert compare(a, b, {}, POPULATION).band != "certain"


def test_a_new_phone_number_does_not_keep_a_pair_out_of_bulk_when_all_else_is_sure() -> None:
    a, b = (person("Thora", "Quiver", phone=phone, **MAILBOX) for phone in ("212-555-0143", "415-555-0177"))
    assert compare(a, b, {}, POPULATION).band == "certain"


def test_a_namesakes_mailbox_entered_for_the_wrong_person_is_reckoned_with() -> None:
    counts = {"given:maria": 300, "surname:keller": 40}
    plain, own = {"email": "maria.keller@gmail.com"}, {"email": "sunnyside@gmail.com"}
    spelt, unspelt = (compare(person(**mail), person(**mail), counts, POPULATION) for mail in (plain, own))
    assert spelt.rival == "namesakes"
    assert spelt.score < unspelt.score


def test_a_new_surname_explains_a_second_mailbox_at_the_firm() -> None:
    a = person("Thora", "Voss", firm="Marlow", email="thora.voss@marlow.com")
    b = person("Thora", "Keller", firm="Marlow", email="thora.keller@marlow.com")
    codes = {reason.code for reason in compare(a, b, {}, POPULATION).reasons}
    assert "surname-different" in codes
    assert "email-second" not in codes


def test_a_shared_mailbox_is_not_counted_again_as_a_shared_domain() -> None:
    a = person(email="thora.voss@marlow.com")
    assert not [reason for reason in compare(a, a, {}, POPULATION).reasons if reason.code == "domain-same"]


def test_a_high_score_in_spite_of_contradictions_is_only_likely() -> None:
    assert (BANDS.of(0.9999, 1), BANDS.of(0.9999, -1)) == ("certain", "likely")


def test_where_as_much_disagrees_as_agrees_a_higher_score_is_asked_for() -> None:
    assert (BANDS.of(0.985, 1), BANDS.of(0.985, 0), BANDS.of(0.995, 0)) == ("certain", "likely", "certain")


@pytest.mark.parametrize(
    ("score", "band"), [(0.98, "certain"), (0.9, "likely"), (0.35, "possible"), (0.349, None), (0.0, None)]
)
def test_a_score_falls_into_its_band(score: float, band: str | None) -> None:
    assert BANDS.of(score, 3) == band


def test_bands_that_do_not_rise_are_refused() -> None:
    with pytest.raises(ValueError, match="rise"):
        Bands(certain=0.5, likely=0.9)
