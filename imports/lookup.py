"""The lookup keys in the database: who shares which value, within which scope.

A scope is a side ("internal", "client:<id>") or a batch ("batch:<id>"). A few queries find all candidates of a chunk of
people, whatever the size of the side: the keys are indexed by scope and value, and a key that too many share is counted
but proposes nobody.
"""

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from django.db import connection, transaction
from django.db.models import Count

from imports.duplicates.keys import lookup_keys, proposes
from imports.models import LookupKey
from prospects.identity import Identity
from prospects.models import Person, PersonQuerySet

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Sharing:
    """How many people share a key; None for a key that was not counted."""

    counts: Mapping[int, int]

    def __call__(self, key: str) -> int | None:
        return self.counts.get(hashed(key))

    def joined_with(self, other: "Sharing") -> "Sharing":
        return Sharing({**self.counts, **other.counts})


@dataclass(frozen=True, slots=True)
class Proposals:
    """Who may be whom: for each asking record and scope the people that share a telling key with it.

    `sharing` tells how many people share each of the asking records' own keys.
    """

    pairs: Mapping[tuple[uuid.UUID, str], set[uuid.UUID]]
    sharing: "Sharing"

    def of(self, record_id: uuid.UUID, scope: str) -> Iterable[uuid.UUID]:
        return self.pairs.get((record_id, scope), set()) - {record_id}

    def people_of(self, scope: str) -> set[uuid.UUID]:
        return {person for (_, where), people in self.pairs.items() if where == scope for person in people}


def add(scope: str, people: Mapping[uuid.UUID, Identity]) -> None:
    """Stores the keys of people that have none in this scope yet."""
    # Plain rows: a model instance for each of a dozen keys a person took four fifths of the time.
    person_field = LookupKey._meta.get_field("person_id")
    hashed_scope = hashed(scope)
    rows = sorted(
        (hashed_scope, hashed(value), stored_id)
        for stored_id, identity in (
            (person_field.get_db_prep_value(person_id, connection), identity) for person_id, identity in people.items()
        )
        for value in lookup_keys(identity)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {LookupKey._meta.db_table} (scope, value, person_id) VALUES (%s, %s, %s)", rows
        )


def forget(scope: str) -> None:
    LookupKey.objects.filter(scope=hashed(scope)).delete()


def refresh(
    scope: str,
    people: PersonQuerySet,
    identity_of: Callable[[Person], Identity],
    after_chunk: Callable[[], None],
) -> None:
    """Makes the keys of everybody on a side whose keys are missing or older than the row."""
    while chunk := list(people.needing_keys().order_by("id")[:CHUNK]):
        with transaction.atomic():
            LookupKey.objects.filter(person_id__in=[person.pk for person in chunk if person.keys_made_at]).delete()
            add(scope, {person.pk: identity_of(person) for person in chunk})
            for person in chunk:
                # Not `now`: a row that changed between our reading it and this update has to be taken again.
                people.filter(pk=person.pk).update(keys_made_at=person.updated_at)
        after_chunk()


def population(*scopes: str) -> int:
    """How many people have keys in these scopes."""
    rows = LookupKey.objects.filter(scope__in=map(hashed, scopes))
    return int(rows.aggregate(count=Count("person_id", distinct=True))["count"])


def proposals(asking: Mapping[uuid.UUID, Identity], scopes: Sequence[str]) -> Proposals:
    """Finds for each asking record, whose keys are stored, the people in these scopes that share a key with it."""
    holders: dict[int, list[uuid.UUID]] = defaultdict(list)
    telling: list[int] = []
    shared = sharing(asking, scopes)
    for record_id, identity in asking.items():
        for key in lookup_keys(identity):
            holders[value := hashed(key)].append(record_id)
            if len(holders[value]) == 1 and proposes(key, shared(key) or 0):
                telling.append(value)
    scope_of = {hashed(scope): scope for scope in scopes}
    pairs: dict[tuple[uuid.UUID, str], set[uuid.UUID]] = defaultdict(set)
    for values in _slices(telling):
        rows = LookupKey.objects.filter(scope__in=scope_of, value__in=values)
        for scope, value, person_id in rows.values_list("scope", "value", "person_id").iterator():
            for record_id in holders[value]:
                pairs[record_id, scope_of[scope]].add(person_id)
    return Proposals(pairs, shared)


def sharing(people: Iterable[uuid.UUID], scopes: Sequence[str]) -> Sharing:
    """Counts, for each of the keys that these people have, how many people in these scopes share it."""
    hashed_scopes = [hashed(scope) for scope in scopes]
    theirs = LookupKey.objects.filter(person_id__in=list(people), scope__in=hashed_scopes)
    rows = LookupKey.objects.filter(scope__in=hashed_scopes, value__in=theirs.values("value"))
    return Sharing(dict(rows.order_by().values_list("value").annotate(count=Count("id"))))


def hashed(text: str) -> int:
    """64 bits of a text's hash, the same in every process, as a signed number."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


def _slices(values: Iterable[int], size: int = 5000) -> Iterable[list[int]]:
    """SQLite takes at most 32,766 parameters in a statement."""
    remaining = iter(values)
    while part := list(islice(remaining, size)):
        yield part
