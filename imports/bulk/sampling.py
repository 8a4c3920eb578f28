"""How far a checked sample bounds the errors in what was not checked: pure, at 95 % confidence.

The size of a sample is settled before it is drawn: one that is enlarged until it looks good proves nothing.
"""

from math import ceil, comb, log, log1p

ONE_IN = 20  # samples may say less than the truth
DOUBT = 1 / ONE_IN


def clean_needed(limit: float) -> int:
    """How many have to be checked, all of them right, to say that at most this share is wrong: 59 for 5 %, 299 for 1 %.

    `limit` is a share above 0 and below 1.
    """
    return ceil(log(DOUBT) / log1p(-limit))


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


def _is_possible(errors: int, population: int, wrong: int, sample: int) -> bool:
    """Whether a sample, drawn without putting back, has so few errors in more than one of twenty tries.

    In whole numbers: at 1 in 20 exactly a rounding error would decide.
    """
    right = population - wrong
    ways = sum(comb(wrong, count) * comb(right, sample - count) for count in range(min(errors, sample) + 1))
    return ways * ONE_IN > comb(population, sample)
