"""How far a pull is, in figures and in words."""

import pytest

from imports.models import ImportBatch
from imports.pulling.progress import Progress, in_time_words, progress_in_words, progress_of


def batch(**values):
    return ImportBatch(source="ghl", **values)


@pytest.mark.parametrize(
    ("values", "progress"),
    [
        ({"phase": "contacts"}, Progress("contacts", 0, None, 0.0, None)),
        (
            {"phase": "contacts", "contacts_read": 500, "contacts_total": 2000, "seconds_in_phase": 5.0},
            Progress("contacts", 500, 2000, 100.0, 15.0),
        ),
        (
            {"phase": "contacts", "contacts_read": 500, "contacts_total": None, "seconds_in_phase": 5.0},
            Progress("contacts", 500, None, 100.0, None),
        ),
        (
            {"phase": "calls", "calls_read": 30, "calls_total": 90, "seconds_in_phase": 1.0, "seconds_worked": 10.0},
            Progress("calls", 30, 90, 3.0, 20.0),
        ),
        (
            {"phase": "calls", "strategy": "per-contact", "calls_read": 30, "calls_total": 90,
             "seconds_in_phase": 10.0, "seconds_worked": 60.0},
            Progress("calls", 30, 90, 3.0, 20.0),
        ),
        (
            {"phase": "calls", "calls_read": 90, "calls_total": 90, "seconds_worked": 10.0},
            Progress("calls", 90, 90, 9.0, None),
        ),
        (
            {"phase": "detection", "cursor": {"compared": 50}, "contacts_staged": 200, "seconds_in_phase": 1.0},
            Progress("records", 50, 200, 50.0, 3.0),
        ),
        ({"phase": "detection", "cursor": {}, "contacts_staged": 200}, Progress("records", 0, 200, 0.0, None)),
    ],
)  # fmt: skip
def test_counts_rate_and_time_left_are_those_of_the_phase(values, progress):
    assert progress_of(batch(**values)) == progress


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"phase": "contacts"}, "Reading contacts: 0 contacts"),
        (
            {"phase": "contacts", "contacts_read": 12_000, "contacts_total": 60_000, "seconds_in_phase": 60.0},
            "Reading contacts: 12,000 of 60,000 contacts, 200 a second, about 4 minutes left",
        ),
        (
            {"phase": "calls", "calls_read": 30, "seconds_worked": 10.0},
            "Reading calls: 30 calls, 3 a second",
        ),
        (
            {
                "phase": "done", "status": "partial", "contacts_read": 1200, "calls_read": 30, "contacts_unchanged": 7,
                "matched": 3, "in_batch_duplicates": 2, "errors": 1, "seconds_worked": 7200.0,
            },
            "Done, with errors: 1,200 contacts, 30 calls, 7 unchanged, 3 with a match, 2 repeated inside the batch, "
            "1 with errors in 2.0 hours",
        ),
    ],
)  # fmt: skip
def test_a_line_says_it_in_words(values, words):
    assert progress_in_words(batch(**values)) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 seconds"), (89, "89 seconds"), (90, "2 minutes"), (5399, "90 minutes"), (5400, "1.5 hours")],
)
def test_times_are_said_in_the_unit_that_fits(seconds, words):
    assert in_time_words(seconds) == words
