"""How far a checked sample bounds the errors in what was not checked: pure, at 95 % confidence.

The size of a sample is settled before it is drawn: one that is enlarged until it looks good proves nothing.
"""

from collections.abc import Callable
from math import ceil, comb, exp, expm1, lgamma, log, log1p

ONE_IN = 20  # samples may say less than the truth
DOUBT = 1 / ONE_IN


def clean_needed(limit: float) -> int:
    """How many have to be checked, all of them right, to say that at most this share is wrong: 59 for 5 %, 299 for 1 %.

    `limit` is a share above 0 and below 1.
    """
    return ceil(log(DOUBT) / log1p(-limit))


def bound(sample: int, errors: int) -> float:
    """The largest share of wrong ones that a sample with so many errors leaves possible (Clopper and Pearson, exact).

    Without errors it is 1 − 0.05^(1/sample). For sets much larger than the sample; see `most_wrong` for others.
    """
    if errors >= sample:
        return 1.0
    if errors == 0:
        return -expm1(log(DOUBT) / sample)
    return _bisected(lambda share: _at_most(errors, sample, share))


def most_wrong(population: int, sample: int, errors: int) -> int:
    """The largest number of wrong ones in the whole set that a sample with so many errors leaves possible.

    Exact for a sample drawn without putting back (hypergeometric). Never below the errors that were found.
    """
    low, high = errors, population - sample + errors
    while low < high:
        middle = (low + high + 1) // 2
        if _is_possible(errors, population, middle, sample):
            low = middle
        else:
            high = middle - 1
    return low


def _bisected(chance: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if chance(middle) > DOUBT:
            low = middle
        else:
            high = middle
    return high


def _at_most(errors: int, sample: int, share: float) -> float:
    """The chance of at most so many errors in a sample where this share is wrong."""
    return sum(
        exp(_log_ways(sample, count) + count * log(share) + (sample - count) * log1p(-share))
        for count in range(errors + 1)
    )


def _is_possible(errors: int, population: int, wrong: int, sample: int) -> bool:
    """Whether a sample, drawn without putting back, has so few errors in more than one of twenty tries.

    In whole numbers: at 1 in 20 exactly a rounding error would decide.
    """
    right = population - wrong
    ways = sum(comb(wrong, count) * comb(right, sample - count) for count in range(min(errors, sample) + 1))
    return ways * ONE_IN > comb(population, sample)


def _log_ways(of: int, taken: int) -> float:
    return lgamma(of + 1) - lgamma(taken + 1) - lgamma(of - taken + 1)
