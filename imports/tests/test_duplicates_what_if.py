"""What it would have taken for the next band."""

import pytest

from imports.duplicates import Bands
from imports.duplicates.rivals import Pool
from imports.duplicates.scoring import weigh
from imports.duplicates.standard import STANDARD, Standard
from imports.duplicates.what_if import RISING, next_band
from imports.tests.test_duplicates_hard_cases import CALL, COMMON, FIRM, MAIL, POPULATION, PROFILE, person

POOL = Pool.of(COMMON, POPULATION)


def test_a_certain_pair_lacks_nothing() -> None:
    full = person(**FIRM, **MAIL, **CALL)
    assert next_band(full, full, POOL, STANDARD) is None


def test_the_missing_bits_lead_just_to_the_next_band() -> None:
    a, b = person("Robert", firm="Quartz Advisory", **CALL), person("Robert", **FIRM, **MAIL)
    match, following = weigh(a, b, POOL, STANDARD), next_band(a, b, POOL, STANDARD)
    assert following.missing > 0
    reached = 1 / (1 + 2.0 ** -(match.log_odds + following.missing))
    assert reached == pytest.approx(STANDARD.bands.asked_for(following.band, 0) or 0)


def test_each_agreement_that_is_named_would_have_been_enough() -> None:
    a, b = person(**CALL), person(**FIRM)
    following = next_band(a, b, POOL, STANDARD)
    assert "linkedin" in {one.field for one in following.enough}
    assert all(RISING.index(one.band) >= RISING.index(following.band) for one in following.enough)


def test_a_pair_whose_strong_facts_disagree_is_told_that_no_score_would_do() -> None:
    a = person("Thora", "Quiver", linkedin="in/thora-q-11", email="tq7@gmail.com")
    b = person("Thora", "Quiver", linkedin="in/thoraquiver", email="tq7@gmail.com")
    low = Standard(Bands(likely=0.36))
    following = next_band(a, b, POOL, low)
    assert (following.band, following.is_contradicted) == ("certain", True)


def test_two_blank_records_raise_nothing() -> None:
    assert next_band(person("", ""), person("", "", **PROFILE), POOL, STANDARD)
