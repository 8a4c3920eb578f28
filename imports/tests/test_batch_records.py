"""The records of a batch while they are compared: read as seldom as memory allows, and none left out."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from imports.deciding import review
from imports.matching import batch_records
from imports.matching.batch_records import BatchRecords
from imports.tests.pull_cast import pulled
from imports.tests.review_cast import a_batch, a_record

pytestmark = pytest.mark.django_db
READS_OF_IDENTITIES = ("JSON_EXTRACT", "JSONB_BUILD_ARRAY")  # on SQLite; on PostgreSQL


def reads_of_identities(queries):
    return [one["sql"] for one in queries if any(mark in one["sql"] for mark in READS_OF_IDENTITIES)]


@pytest.fixture
def records(integration):
    """Four records of two surnames, read, and their rows in the batch's order."""
    batch = a_batch(integration)
    names = ("Quill", "Abbot", "Quill", "Abbot")
    rows = [
        a_record(batch, contact_first_name="Jo", contact_last_name=name, position=n) for n, name in enumerate(names)
    ]
    read = BatchRecords()
    read.read([row.pk for row in rows], lambda: None)
    return read, rows


def test_a_pull_compares_what_it_staged_without_reading_it_again(crowd, location):
    with CaptureQueriesContext(connection) as queries:
        batch = pulled(location)
    assert batch.contacts_staged == len(crowd.contact_ids())
    assert reads_of_identities(queries.captured_queries) == []


def test_records_of_one_surname_are_gone_through_together(records):
    assert list(records[0].in_chunks(2)) == [[1, 3], [0, 2]]


def test_whoever_is_no_longer_kept_is_read_again(records, monkeypatch):
    monkeypatch.setattr(batch_records, "KEPT_BEHIND", 1)
    read, _ = records
    first = read.gone_through([0, 1, 2, 3])
    with CaptureQueriesContext(connection) as queries:
        assert read.identities([0, 1, 2, 3]) == first
    assert len(reads_of_identities(queries.captured_queries)) == 1


def test_whoever_was_decided_meanwhile_has_no_identity_and_no_keys(records, reviewer):
    _, rows = records
    review.skip(rows[0].pk, reviewer)
    read = BatchRecords()
    read.read([row.pk for row in rows], lambda: None)
    assert set(read.identities(range(4))) == {1, 2, 3}
    assert list(read.index.telling(0)) == []


def test_other_records_or_another_order_are_not_these(records):
    read, rows = records
    ids = [row.pk for row in rows]
    assert read.are(ids)
    assert not read.are(ids[:3])
    assert not read.are(ids[::-1])
