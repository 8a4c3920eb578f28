"""All that the records of a batch may match: the people of their side, and each other.

Every record is read once. The keys of all stay in memory, a few bytes each, and so do the first `REMEMBERED`
identities, about a kilobyte each; whoever comes after them is read again when needed, so that memory stays bounded.
"""

import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from imports.duplicates.key_index import KeyIndex
from imports.duplicates.keys import frequency_keys, lookup_keys, weighed_keys
from imports.duplicates.rivals import Pool
from imports.matching import lookup
from imports.matching.identities import identities_of_people, identity_of_person, named, read_waiting
from imports.matching.key_counts import KeyCounts
from imports.side import Side
from prospects.identity import Identity

READ_AT_ONCE = 500
REMEMBERED = 20_000


@dataclass(frozen=True, slots=True)
class Proposed:
    """For each of some records, by number: people of the side, and earlier records, worth comparing it with."""

    people: dict[int, set[uuid.UUID]]
    earlier: dict[int, set[int]]


class BatchPool:
    """The records of a batch, numbered as in `ids`, and the people of their side. To be filled before it is asked."""

    def __init__(self, side: Side, ids: Sequence[uuid.UUID]) -> None:
        self.side = side
        self.ids = ids
        self._index = KeyIndex()
        self._remembered: dict[int, Identity] = {}

    def fill(self, after_chunk: Callable[[], None]) -> None:
        """Reads all records. One that was decided meanwhile keeps its number and has no keys."""
        lookup.refresh(self.side.name, self.side.people, identity_of_person, after_chunk)
        for first in range(0, len(self.ids), READ_AT_ONCE):
            ids = self.ids[first : first + READ_AT_ONCE]
            identities = {record.id: record.identity for record in read_waiting(named(ids))}
            for number, record_id in enumerate(ids, first):
                identity = identities.get(record_id)
                self._index.add(lookup_keys(identity) if identity else ())
                if identity and len(self._remembered) < REMEMBERED:
                    self._remembered[number] = identity
            after_chunk()
        self._index.seal()
        known = lookup.how_many(self.side.people)
        self.counts = KeyCounts(self.side.name, known=known, in_batch=self._index.count)
        self.weights = Pool.of(self.counts, known + len(self.ids))

    def identities(self, numbers: Iterable[int]) -> dict[int, Identity]:
        """The identities of these records, as far as they waited when they were read."""
        found, missing = {}, {}
        for number in numbers:
            if identity := self._remembered.get(number):
                found[number] = identity
            else:
                missing[self.ids[number]] = number
        found.update((missing[record.id], record.identity) for record in read_waiting(named(missing)))
        return found

    def proposed(self, numbers: Iterable[int]) -> Proposed:
        """Whom to compare these records with: they share a key that few share."""
        telling = {number: list(self._index.telling(number)) for number in numbers}
        values = {value for keys in telling.values() for value, _ in keys} if self.counts.known else set()
        on_side = lookup.counts(self.side.name, values)
        earlier: dict[int, set[int]] = {}
        rare: dict[int, list[int]] = {}
        for number, keys in telling.items():
            others: set[int] = set()
            rare[number] = []
            for value, limit in keys:
                holders = self._index.holders(value)
                sharing = len(holders) + on_side.get(value, 0)
                if 1 < sharing <= limit:
                    others.update(holders)
                    rare[number].append(value)
            earlier[number] = {other for other in others if other < number}
        people_of = lookup.holders(self.side.name, on_side.keys() & set(chain(*rare.values())))
        people = {n: {person for value in of_n for person in people_of.get(value, ())} for n, of_n in rare.items()}
        return Proposed(people, earlier)

    def is_earlier(self, record_id: uuid.UUID, than: uuid.UUID) -> bool:
        """Whether a record comes before another of the batch; one that waited no longer comes before all."""
        return self._number_of.get(record_id, -1) < self._number_of.get(than, -1)

    @cached_property
    def _number_of(self) -> dict[uuid.UUID, int]:
        """Needed only where an earlier detection left candidates."""
        return {record_id: number for number, record_id in enumerate(self.ids)}

    def people(self, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Identity]:
        """The identities of people of the side."""
        return identities_of_people(self.side.people, ids)

    def learn(self, records: Iterable[Identity], others: Iterable[Identity]) -> None:
        """Counts at once what weighing these records against these others will ask for."""
        self.counts.forget_if_many()
        self.counts.learn(chain.from_iterable(map(weighed_keys, records)))
        self.counts.learn(chain.from_iterable(map(frequency_keys, others)))
