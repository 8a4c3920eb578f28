"""The lookup keys of the people that the portal has: who shares which value, on which side.

A side is "internal" or "client:<id>". Two queries find all candidates of a chunk of people, whatever the size of the
side: the keys are indexed by side and value, and a key that too many share is counted but proposes nobody.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from django.db import connection, transaction
from django.db.models import Count

from imports.duplicates.key_index import hashed
from imports.duplicates.keys import lookup_keys
from imports.models import LookupKey
from prospects.identity import Identity
from prospects.models import IDENTITY_COLUMNS, Person, PersonQuerySet

CHUNK = 2_000  # people whose keys are made at a time: sorted, a large lot goes into the index a third faster
RECKONED_FROM = 100_000  # people
MANY = 10_000  # people: after so many, what the database knows of the table is out of date
# Value by value through the index. Asked for thousands at once, PostgreSQL reads the whole side as soon as it has no
# figures about the table yet, or takes it for small: measured 1.6 s instead of 0.2 for 5,000 values among 1.4 million.
COUNTS = """
    SELECT asked.value, found.count FROM unnest(%s::bigint[]) AS asked (value), LATERAL (
        SELECT COUNT(*) FROM ghl_import_lookup_keys WHERE scope = %s AND value = asked.value
    ) AS found WHERE found.count > 0
"""
HOLDERS = """
    SELECT asked.value, found.person_id FROM unnest(%s::bigint[]) AS asked (value), LATERAL (
        SELECT person_id FROM ghl_import_lookup_keys WHERE scope = %s AND value = asked.value OFFSET 0
    ) AS found
"""
ADD = """
    INSERT INTO ghl_import_lookup_keys (scope, value, person_id)
    SELECT %s, * FROM unnest(%s::bigint[], %s::uuid[]) ON CONFLICT DO NOTHING
"""


def refresh(
    side: str,
    people: PersonQuerySet,
    identity_of: Callable[[Person], Identity],
    after_chunk: Callable[[], None],
) -> None:
    """Makes the keys of everybody on a side whose keys are missing or older than the row.

    A kind of key that is new needs nobody's keys made again where it comes of a column that is new too: that is empty
    for all, and whoever fills it in touches `updated_at`.
    """
    needing = people.needing_keys().order_by("id").only("updated_at", "ghl_contact_id", *IDENTITY_COLUMNS)
    made = 0
    while chunk := list(needing[:CHUNK]):
        with transaction.atomic():
            # Whatever `keys_made_at` says: a stale copy of the row, saved whole, may have emptied it.
            LookupKey.objects.filter(person_id__in=[person.pk for person in chunk]).delete()
            _add(side, {person.pk: identity_of(person) for person in chunk})
            _note_made(people, chunk)
        made += len(chunk)
        after_chunk()
    if made >= MANY and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ghl_import_lookup_keys")


def how_many(people: PersonQuerySet) -> int:
    """How many people a side has; of a very large table what PostgreSQL reckons, since to count it takes longer than
    all else that a decision asks. For how common a name is, a hundredth more or less is nothing.
    """
    if connection.vendor == "postgresql" and not people.query.where:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT reltuples::bigint FROM pg_class WHERE oid = %s::regclass", [people.model._meta.db_table]
            )
            reckoned = int(cursor.fetchone()[0])
        if reckoned > RECKONED_FROM:
            return reckoned
    return people.count()


def counts(side: str, values: Iterable[int]) -> dict[int, int]:
    """How many people of a side share each of these hashed keys; a key that nobody has is left out."""
    if connection.vendor == "postgresql":
        return dict(_asked(COUNTS, side, values))
    found: dict[int, int] = {}
    for part in _slices(values):
        rows = LookupKey.objects.filter(scope=hashed(side), value__in=part).order_by()
        found.update(rows.values_list("value").annotate(count=Count("*")))
    return found


def holders(side: str, values: Iterable[int]) -> dict[int, list[uuid.UUID]]:
    """The people of a side that hold each of these hashed keys."""
    found: dict[int, list[uuid.UUID]] = defaultdict(list)
    if connection.vendor == "postgresql":
        for value, person_id in _asked(HOLDERS, side, values):
            found[value].append(person_id)
        return found
    for part in _slices(values):
        rows = LookupKey.objects.filter(scope=hashed(side), value__in=part)
        for value, person_id in rows.values_list("value", "person_id").iterator():
            found[value].append(person_id)
    return found


def _asked(query: str, side: str, values: Iterable[int]) -> list[tuple[int, Any]]:
    asked = list(set(values))
    if not asked:
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, [asked, hashed(side)])
        rows: list[tuple[int, Any]] = cursor.fetchall()
    return rows


def _add(side: str, people: Mapping[uuid.UUID, Identity]) -> None:
    """Two detections of one side may make the same keys at once: they are the same, so the second leaves them."""
    scope = hashed(side)
    rows = sorted((hashed(key), person_id) for person_id, identity in people.items() for key in lookup_keys(identity))
    # Plain rows: a model instance for each of a dozen keys a person took four fifths of the time.
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(ADD, [scope, [value for value, _ in rows], [person_id for _, person_id in rows]])
            return
        cursor.executemany(
            "INSERT INTO ghl_import_lookup_keys (scope, value, person_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            [(scope, value, person_id.hex) for value, person_id in rows],
        )


def _note_made(people: PersonQuerySet, chunk: Iterable[Person]) -> None:
    """Not `now`: a row that changed between our reading it and this update has to be taken again."""
    table = connection.ops.quote_name(people.model._meta.db_table)
    made_at, person_id = people.model._meta.get_field("keys_made_at"), people.model._meta.pk
    rows = [(made_at.get_db_prep_save(person.updated_at, connection), person.pk) for person in chunk]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                f"UPDATE {table} SET keys_made_at = made.at FROM unnest(%s::timestamptz[], %s::uuid[]) AS made (at, id)"  # noqa: S608  the model's own table
                f" WHERE {table}.id = made.id",
                [[at for at, _ in rows], [pk for _, pk in rows]],
            )
            return
        cursor.executemany(
            f"UPDATE {table} SET keys_made_at = %s WHERE id = %s",  # noqa: S608  the model's own table
            [(at, person_id.get_db_prep_value(pk, connection)) for at, pk in rows],
        )


def _slices(values: Iterable[int], size: int = 5000) -> Iterable[list[int]]:
    """SQLite takes at most 32,766 parameters in a statement."""
    remaining = iter(values)
    while part := list(islice(remaining, size)):
        yield part
