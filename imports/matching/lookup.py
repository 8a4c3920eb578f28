"""The lookup keys of the people that the portal has: who shares which value, on which side.

A side is "internal" or "client:<id>". Two queries find all candidates of a chunk of people, whatever the size of the
side: the keys are indexed by side and value, and a key that too many share is counted but proposes nobody.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import islice

from django.db import connection, transaction
from django.db.models import Count

from imports.duplicates.key_index import hashed
from imports.duplicates.keys import lookup_keys
from imports.models import LookupKey
from prospects.identity import Identity
from prospects.models import IDENTITY_COLUMNS, Person, PersonQuerySet

CHUNK = 2_000  # people whose keys are made at a time: sorted, a large lot goes into the index a third faster


def refresh(
    side: str,
    people: PersonQuerySet,
    identity_of: Callable[[Person], Identity],
    after_chunk: Callable[[], None],
) -> None:
    """Makes the keys of everybody on a side whose keys are missing or older than the row."""
    needing = people.needing_keys().order_by("id").only("updated_at", "ghl_contact_id", *IDENTITY_COLUMNS)
    while chunk := list(needing[:CHUNK]):
        with transaction.atomic():
            # Whatever `keys_made_at` says: a stale copy of the row, saved whole, may have emptied it.
            LookupKey.objects.filter(person_id__in=[person.pk for person in chunk]).delete()
            _add(side, {person.pk: identity_of(person) for person in chunk})
            _note_made(people, chunk)
        after_chunk()


def counts(side: str, values: Iterable[int]) -> dict[int, int]:
    """How many people of a side share each of these hashed keys; a key that nobody has is left out."""
    found: dict[int, int] = {}
    for part in _slices(values):
        rows = LookupKey.objects.filter(scope=hashed(side), value__in=part).order_by()
        found.update(rows.values_list("value").annotate(count=Count("*")))
    return found


def holders(side: str, values: Iterable[int]) -> dict[int, list[uuid.UUID]]:
    """The people of a side that hold each of these hashed keys."""
    found: dict[int, list[uuid.UUID]] = defaultdict(list)
    for part in _slices(values):
        rows = LookupKey.objects.filter(scope=hashed(side), value__in=part)
        for value, person_id in rows.values_list("value", "person_id").iterator():
            found[value].append(person_id)
    return found


def _add(side: str, people: Mapping[uuid.UUID, Identity]) -> None:
    person_field = LookupKey._meta.get_field("person_id")
    scope = hashed(side)
    rows = sorted(
        (scope, hashed(key), person_field.get_db_prep_value(person_id, connection))
        for person_id, identity in people.items()
        for key in lookup_keys(identity)
    )
    # Plain rows: a model instance for each of a dozen keys a person took four fifths of the time.
    with connection.cursor() as cursor:
        # Two detections of one side may make the same keys at once: they are the same, so the second leaves them.
        cursor.executemany(
            "INSERT INTO ghl_import_lookup_keys (scope, value, person_id) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            rows,
        )


def _note_made(people: PersonQuerySet, chunk: Iterable[Person]) -> None:
    """Not `now`: a row that changed between our reading it and this update has to be taken again."""
    made_at = people.model._meta.get_field("keys_made_at")
    rows = [(made_at.get_db_prep_save(person.updated_at, connection), person.pk) for person in chunk]
    person_id = people.model._meta.pk
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {connection.ops.quote_name(people.model._meta.db_table)} SET keys_made_at = %s WHERE id = %s",  # noqa: S608  the model's own table
            [(at, person_id.get_db_prep_value(pk, connection)) for at, pk in rows],
        )


def _slices(values: Iterable[int], size: int = 5000) -> Iterable[list[int]]:
    """SQLite takes at most 32,766 parameters in a statement."""
    remaining = iter(values)
    while part := list(islice(remaining, size)):
        yield part
