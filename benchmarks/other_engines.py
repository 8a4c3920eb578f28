"""Two other ways to find duplicates, on the same records, in the same process: rapidfuzz by hand, and Splink.

Both get the portal's normal forms, so that only the deciding differs. Splink is set up as its documentation advises for
people, and learns from the records themselves. It is no part of the portal's requirements: benchmarks/requirements.txt
names it, and where it is missing, that is said instead.
"""

import importlib.util
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any

from rapidfuzz.distance import JaroWinkler

from imports.duplicates import lookup_keys
from prospects.identity import Identity

Record = tuple[str, Identity]
Scored = tuple[str, str, float]
LARGEST_BLOCK = 50
WEIGHTS = {"first": 0.2, "last": 0.25, "firm": 0.15, "email": 0.25, "phone": 0.15, "number": 0.25}


def why_not_splink() -> str:
    """Empty where Splink can run."""
    missing = [name for name in ("splink", "duckdb", "pyarrow") if importlib.util.find_spec(name) is None]
    return f"left out: {', '.join(missing)} not installed (pip install -r benchmarks/requirements.txt)" * bool(missing)


def with_rapidfuzz(records: Sequence[Record], known: Sequence[Record] = ()) -> list[Scored]:
    """Records that share a key, compared field by field by Jaro-Winkler, the likenesses weighted; best first."""
    everyone = [*records, *known]
    rows = [_row(name, identity) for name, identity in everyone]
    scored = (
        (everyone[i][0], everyone[j][0], _likeness(rows[i], rows[j])) for i, j in _blocked(everyone) if i < len(records)
    )
    return sorted((one for one in scored if one[2] > 0.5), key=lambda one: -one[2])


def _blocked(everyone: Sequence[Record]) -> Iterable[tuple[int, int]]:
    holders: defaultdict[str, list[int]] = defaultdict(list)
    for place, (_, identity) in enumerate(everyone):
        for key in lookup_keys(identity):
            holders[key].append(place)
    return {pair for places in holders.values() if len(places) <= LARGEST_BLOCK for pair in combinations(places, 2)}


def _likeness(a: dict[str, str], b: dict[str, str]) -> float:
    both = [(field, weight) for field, weight in WEIGHTS.items() if a[field] and b[field]]
    total = sum(weight for _, weight in both)
    if not total:
        return 0.0
    return sum(weight * JaroWinkler.similarity(a[field], b[field]) for field, weight in both) / total


def _row(name: str, identity: Identity) -> dict[str, str]:
    return {
        "unique_id": name,
        "first": identity.name.filed_as,
        "last": identity.name.last,
        "firm": identity.firm.core,
        "email": identity.emails[0].value if identity.emails else "",
        "phone": identity.phones[0].e164 if identity.phones else "",
        "address": identity.address,
        "number": identity.number,
    }


def with_splink(records: Sequence[Record], known: Sequence[Record] = ()) -> list[Scored]:
    """Splink 5 on DuckDB: its comparisons for names and e-mails, term frequencies, trained without labels."""
    import logging

    import pyarrow
    import splink.comparison_library as cl
    from splink import DuckDBAPI, Linker, SettingsCreator, block_on

    logging.getLogger("splink").setLevel(logging.ERROR)  # how its training goes is no figure of ours
    rows = [{key: value or None for key, value in _row(*one).items()} for one in (*records, *known)]
    blocks = [
        block_on("email"), block_on("phone"), block_on("first", "last"), block_on("last", "firm"),
        block_on("substr(first, 1, 1)", "last"), block_on("first", "firm"), block_on("number"), block_on("address"),
    ]  # fmt: skip
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.JaroWinklerAtThresholds("first", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("last", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.JaroWinklerAtThresholds("firm", [0.92, 0.8]).configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
            cl.LevenshteinAtThresholds("phone", [1]).configure(term_frequency_adjustments=True),
            cl.ExactMatch("address").configure(term_frequency_adjustments=True),
            cl.LevenshteinAtThresholds("number", [1]),
        ],
        blocking_rules_to_generate_predictions=blocks,
    )
    api = DuckDBAPI()
    linker: Any = Linker(api.register(pyarrow.Table.from_pylist(rows)), settings)
    training = linker.training
    sure = [("email",), ("first", "last", "phone"), ("first", "last", "address"), ("number",)]
    training.estimate_probability_two_random_records_match([block_on(*columns) for columns in sure], recall=0.6)
    training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    training.estimate_parameters_using_expectation_maximisation(block_on("first", "last"))
    filled = next((column for column in ("email", "number", "address") if any(row[column] for row in rows)), "last")
    training.estimate_parameters_using_expectation_maximisation(block_on(filled))
    predicted = linker.inference.predict(threshold_match_probability=0.05)
    return sorted(_of_batch(_scored(predicted), {name for name, _ in records}), key=lambda one: -one[2])


def _scored(predicted: Any) -> Iterator[Scored]:
    columns = ("unique_id_l", "unique_id_r", "match_probability")
    for row in predicted.as_record_list():
        yield tuple(row[column] for column in columns)


def _of_batch(scored: Iterable[Scored], names: set[str]) -> Iterator[Scored]:
    return (one for one in scored if one[0] in names or one[1] in names)
