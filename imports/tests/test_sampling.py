"""What a checked sample says of the rest, against figures that can be worked out another way."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.bulk.sampling import clean_needed, most_wrong


@pytest.mark.parametrize(("limit", "needed"), [(0.05, 59), (0.02, 149), (0.01, 299)])
def test_so_many_clean_ones_are_needed_for_a_limit(limit, needed):
    assert clean_needed(limit) == needed
    assert (1 - limit) ** needed <= 0.05 < (1 - limit) ** (needed - 1)


@given(st.integers(2, 60), st.data())
def test_the_bound_of_a_set_is_the_largest_number_that_the_sample_does_not_rule_out(population, data):
    sample = data.draw(st.integers(1, population))
    errors = data.draw(st.integers(0, sample))

    def is_ruled_out(wrong: int) -> bool:
        ways = sum(
            comb(wrong, count) * comb(population - wrong, sample - count)
            for count in range(errors + 1)
            if count <= wrong and sample - count <= population - wrong
        )
        return Fraction(ways, comb(population, sample)) <= Fraction(1, 20)

    possible = range(errors, population - sample + errors + 1)
    assert most_wrong(population, sample, errors) == max(wrong for wrong in possible if not is_ruled_out(wrong))


def test_a_set_that_is_checked_whole_is_bounded_by_what_was_found():
    assert most_wrong(40, 40, 3) == 3


def test_the_bound_of_a_very_large_set_comes_near_that_of_an_endless_one():
    assert most_wrong(200_000, 59, 0) / 200_000 == pytest.approx(1 - 0.05 ** (1 / 59), abs=0.001)


def test_what_is_possible_in_one_of_twenty_samples_exactly_is_ruled_out():
    assert most_wrong(20, 1, 0) == 18
