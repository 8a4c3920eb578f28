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
from prospects.models import Person, PersonQuerySet

CHUNK = 500


def refresh(
    side: str,
    people: PersonQuerySet,
    identity_of: Callable[[Person], Identity],
    after_chunk: Callable[[], None],
) -> None:
    """Makes the keys of everybody on a side whose keys are missing or older than the row."""
    while chunk := list(people.needing_keys().order_by("id")[:CHUNK]):
        with transaction.atomic():
            # Whatever `keys_made_at` says: a stale copy of the row, saved whole, may have emptied it.
            LookupKey.objects.filter(person_id__in=[person.pk for person in chunk]).delete()
            _add(side, {person.pk: identity_of(person) for person in chunk})
            for person in chunk:
                # Not `now`: a row that changed between our reading it and this update has to be taken again.
                people.filter(pk=person.pk).update(keys_made_at=person.updated_at)
        after_chunk()


def population(side: str) -> int:
    """How many people of a side have keys."""
    rows = LookupKey.objects.filter(scope=hashed(side))
    return int(rows.aggregate(count=Count("person_id", distinct=True))["count"])


def counts(side: str, values: Iterable[int]) -> dict[int, int]:
    """How many people of a side share each of these hashed keys; a key that nobody has is left out."""
    found: dict[int, int] = {}
    for part in _slices(values):
        rows = LookupKey.objects.filter(scope=hashed(side), value__in=part).order_by()
        found.update(rows.values_list("value").annotate(count=Count("id")))
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


def _slices(values: Iterable[int], size: int = 5000) -> Iterable[list[int]]:
    """SQLite takes at most 32,766 parameters in a statement."""
    remaining = iter(values)
    while part := list(islice(remaining, size)):
        yield part
