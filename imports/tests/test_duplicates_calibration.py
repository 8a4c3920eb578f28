"""What decisions teach, by pure rules: how much, from how many, and within which bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.duplicates.bands import BANDS, Bands, bits_of, score_of
from imports.duplicates.calibration import (
    FEWEST,
    FEWEST_OF_A_KIND,
    FINDINGS,
    MOST_SHIFT,
    Calibration,
    Past,
    findings_of,
    fit,
    what_is_missing,
)
from imports.duplicates.calibration_effect import Held, counted_moves, held_out, moved
from imports.duplicates.scoring import TAUGHT, compare
from imports.duplicates.standard import Standard
from imports.tests.test_duplicates_hard_cases import COMMON, ONE_PERSON, POPULATION, TWO_PEOPLE
from imports.tests.test_duplicates_scoring import COUNTS, RECORDS

RANK = {None: 0, "possible": 1, "likely": 2, "certain": 3}
SCORES = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
PHONE, MAIL = ("surname-same", "phone-same"), ("surname-same", "email-same")


def agreeing(codes: tuple[str, ...] = MAIL, of_each: int = 50) -> list[Past]:
    """Of the pairs at each score, just the share is one person that the score says."""
    return [
        Past(number < round(of_each * score), bits_of(score), codes) for score in SCORES for number in range(of_each)
    ]


def all_of(same: bool, codes: tuple[str, ...], of_each: int = 20) -> list[Past]:
    return [Past(same, bits_of(score), codes) for score in SCORES for _ in range(of_each)]


def test_reviewers_who_agree_with_the_engine_leave_scores_as_they_are() -> None:
    learnt = fit([*agreeing(MAIL), *agreeing(PHONE)])
    for score in SCORES:
        for codes in (MAIL, PHONE):
            assert score_of(bits_of(score) + learnt.shift(bits_of(score), codes)) == pytest.approx(score, abs=0.02)


def test_reviewers_who_turn_down_what_one_finding_supports_weigh_it_less() -> None:
    learnt = fit([*agreeing(MAIL), *all_of(False, PHONE)])
    assert learnt.adjustments["phone-same"] < -0.8
    assert learnt.shift(bits_of(0.9), PHONE) < -0.8
    assert abs(learnt.shift(bits_of(0.9), MAIL)) < 0.5, "what they agree with stays"
    assert Calibration.of_row(learnt.as_row()) == learnt, "within its bounds"


def test_reviewers_who_pass_over_a_contradiction_weigh_it_less() -> None:
    contradicted = (*MAIL, "title-different")
    assert fit([*agreeing(MAIL), *all_of(True, contradicted)]).adjustments["title-different"] > 0.5


def test_reviewers_who_merge_less_than_the_scores_say_lower_all_scores() -> None:
    learnt = fit([Past(number % 2 == 0, bits_of(0.9), MAIL) for number in range(400)])
    assert learnt.shift(bits_of(0.9), MAIL) < -1


def test_a_finding_that_was_seen_too_rarely_or_nearly_always_gets_no_adjustment() -> None:
    learnt = fit([*agreeing(MAIL), *all_of(False, PHONE, of_each=2)])
    assert "phone-same" not in learnt.adjustments
    assert "surname-same" not in learnt.adjustments


def test_the_same_decisions_teach_the_same_in_whatever_order() -> None:
    decisions = [*agreeing(MAIL), *all_of(False, PHONE)]
    one, other = fit(decisions), fit(decisions[::-1])
    assert one.as_row()["adjustments"] == pytest.approx(other.as_row()["adjustments"], abs=1e-4)


def test_a_few_odd_decisions_about_sure_pairs_change_little() -> None:
    slips = [Past(False, 38.0, MAIL) for _ in range(4)]
    learnt = fit([*agreeing(MAIL), *(Past(True, 30.0, MAIL) for _ in range(400)), *slips])
    assert abs(learnt.shift(30.0, MAIL)) < 1.5
    as_sure_as_anybody_is = [Past(one.same, min(one.bits, 10.0), one.codes) for one in slips]
    assert fit([*agreeing(MAIL), *slips]) == fit([*agreeing(MAIL), *as_sure_as_anybody_is])


@pytest.mark.parametrize(
    ("same", "different", "enough"),
    [
        (FEWEST - FEWEST_OF_A_KIND, FEWEST_OF_A_KIND, True),
        (FEWEST - FEWEST_OF_A_KIND - 1, FEWEST_OF_A_KIND, False),
        (FEWEST, FEWEST_OF_A_KIND - 1, False),
        (FEWEST_OF_A_KIND - 1, FEWEST, False),
        (0, 0, False),
    ],
)
def test_too_few_decisions_or_too_few_of_a_kind_teach_nothing(same: int, different: int, enough: bool) -> None:
    decisions = [Past(True, 3.0, MAIL)] * same + [Past(False, 3.0, MAIL)] * different
    assert (what_is_missing(decisions) == "") is enough


def test_what_is_missing_says_how_many_there_are() -> None:
    assert "There are 3: 3 and 0." in what_is_missing([Past(True, 3.0, MAIL)] * 3)


def test_every_reason_belongs_to_one_finding_at_most() -> None:
    codes = [code for finding in FINDINGS.values() for code in finding.codes]
    assert len(codes) == len(set(codes))


def test_every_reason_of_the_engine_belongs_to_a_finding() -> None:
    for a, b, *_ in (*ONE_PERSON.values(), *TWO_PEOPLE.values()):
        for reason in compare(a, b, COMMON, POPULATION).reasons:
            assert findings_of([reason.code]), reason.code


# ---------------------------------------------------------------- bounds

WILD = st.builds(
    lambda offset, tilt, adjustments: Calibration.of_row({"offset": offset, "tilt": tilt, "adjustments": adjustments}),
    st.floats(-50, 50), st.floats(-5, 5), st.dictionaries(st.sampled_from(sorted(FINDINGS)), st.floats(-50, 50)),
)  # fmt: skip


@given(RECORDS, RECORDS, COUNTS, st.integers(0, 10**6), WILD)
def test_whatever_was_learnt_nobody_becomes_certain_and_nobody_is_shown_or_hidden_by_it(a, b, counts, population, wild):
    own = compare(a, b, counts, population)
    learnt = compare(a, b, counts, population, Standard(calibration=wild))
    assert (own.band is None) == (learnt.band is None)
    assert learnt.band != "certain" or own.band == "certain"
    assert abs(learnt.log_odds - own.log_odds) <= MOST_SHIFT + 1e-9


@given(RECORDS, RECORDS, COUNTS, st.integers(0, 10**6), WILD)
def test_the_weights_still_add_up_to_the_score(a, b, counts, population, wild):
    match = compare(a, b, counts, population, Standard(calibration=wild))
    assert match.score == pytest.approx(score_of(match.log_odds))
    assert [reason.code for reason in match.reasons].count(TAUGHT) == (match.band is not None)


def test_learning_can_take_a_pair_out_of_the_certain_band_and_into_likely() -> None:
    down, up = Standard(calibration=Calibration(offset=-2.0)), Standard(calibration=Calibration(offset=2.0))
    assert down.judge(bits_of(0.985), 2, MAIL).band == "likely"
    assert up.judge(bits_of(0.8), 2, MAIL).band == "likely"
    assert up.judge(bits_of(0.979), 2, MAIL).band == "likely", "not certain, however much reviewers trust such pairs"


def test_a_candidate_stays_one_and_who_was_none_is_not_asked_about() -> None:
    down, up = Standard(calibration=Calibration(offset=-2.0)), Standard(calibration=Calibration(offset=2.0))
    assert down.judge(bits_of(0.36), 2, MAIL).band == "possible"
    assert up.judge(bits_of(0.34), 2, MAIL) == Standard().judge(bits_of(0.34), 2, MAIL)


@pytest.mark.parametrize("sign", [1, -1])
def test_all_that_was_learnt_together_moves_a_score_by_four_bits_at_most(sign: int) -> None:
    everything = Calibration(sign * 1.0, 0.0, {"surname-same": sign * 2.0, "phone-same": sign * 2.0})
    assert everything.shift(3.0, PHONE) == sign * MOST_SHIFT == sign * 4.0


def test_a_row_that_another_program_wrote_is_held_to_the_bounds() -> None:
    row = {"offset": 99, "tilt": -9, "adjustments": {"phone-same": 40, "nonsense": 1}}
    held = Calibration.of_row(row)
    assert (held.offset, held.tilt, held.adjustments) == (1.0, -0.15, {"phone-same": 2.0})


# ---------------------------------------------------------------- its effect


def test_what_helps_foretells_decisions_that_it_did_not_learn_from() -> None:
    held = held_out([*agreeing(MAIL), *all_of(False, PHONE)])
    assert held.helps
    assert held.brier_after < held.brier_before


def test_noise_does_not_help() -> None:
    agreed = agreeing(MAIL, of_each=40)
    held = held_out(agreed)
    assert held.log_loss_after == pytest.approx(held.log_loss_before, abs=0.01)
    assert not held.helps
    assert not Held(0.30, 0.29, 0.1, 0.1, by_chance=0.02).helps, "luck explains so little"
    assert Held(0.30, 0.25, 0.1, 0.1, by_chance=0.02).helps


def test_past_pairs_that_would_change_band_are_counted_and_named() -> None:
    decisions = [Past(False, bits_of(0.95), PHONE), Past(True, bits_of(0.95), MAIL), Past(False, bits_of(0.36), PHONE)]
    moves = moved(decisions, Calibration(adjustments={"phone-same": -2.0}), BANDS)
    assert [(one.place, one.before, one.after) for one in moves] == [(0, "likely", "possible")]
    assert counted_moves(moves) == [(False, "likely", "possible", 1)]


# ---------------------------------------------------------------- bands that staff chose


def test_pairs_are_judged_by_the_bands_that_were_chosen() -> None:
    a, b, _ = ONE_PERSON["same phone and name"]
    strict = Standard(Bands(certain_if_even=0.9999999, certain=0.9999999, likely=0.9999999))
    assert compare(a, b, COMMON, POPULATION).band == "certain"
    assert compare(a, b, COMMON, POPULATION, strict).band == "possible"


def test_a_lower_threshold_shows_pairs_that_were_none() -> None:
    a, b = TWO_PEOPLE["same name at another firm"]
    own = compare(a, b, COMMON, POPULATION)
    lower = Standard(Bands(possible=own.score / 2))
    assert (own.band, compare(a, b, COMMON, POPULATION, lower).band) == (None, "possible")


@pytest.mark.parametrize("margin", [-2, -1, 0, 1, 3])
@pytest.mark.parametrize("score", [0.2, 0.35, 0.9, 0.98, 0.995, 0.999])
def test_what_is_asked_for_a_band_is_what_it_takes(score: float, margin: int) -> None:
    asked = {band: BANDS.asked_for(band, margin) for band in ("possible", "likely", "certain")}
    reached = [band for band, least in asked.items() if least is not None and score >= least]
    assert BANDS.of(score, margin) == (reached[-1] if reached else None)
