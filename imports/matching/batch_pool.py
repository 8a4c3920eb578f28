"""All that the records of a batch may match: the people of their side, and each other."""

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from imports.duplicates.keys import frequency_keys, weighed_keys
from imports.duplicates.rivals import Pool
from imports.matching import lookup
from imports.matching.batch_records import BatchRecords
from imports.matching.identities import identities_of_people, identity_of_person
from imports.matching.key_counts import KeyCounts
from imports.side import Side
from prospects.identity import Identity


@dataclass(frozen=True, slots=True)
class Proposed:
    """For each of some records, by number: people of the side, and earlier records, worth comparing it with."""

    people: dict[int, set[uuid.UUID]]
    earlier: dict[int, set[int]]


class BatchPool:
    """The records of a batch and the people of their side, whose keys are brought up to date first."""

    def __init__(self, side: Side, records: BatchRecords, after_chunk: Callable[[], None]) -> None:
        lookup.refresh(side.name, side.people, identity_of_person, after_chunk)
        records.seal()
        known = lookup.how_many(side.people)
        self.side = side
        self.records = records
        self.counts = KeyCounts(side.name, known=known, in_batch=records.index.count)
        self.weights = Pool.of(self.counts, known + len(records))

    def proposed(self, numbers: Iterable[int]) -> Proposed:
        """Whom to compare these records with: they share a key that few share."""
        index = self.records.index
        telling = {number: list(index.telling(number)) for number in numbers}
        values = {value for keys in telling.values() for value, _ in keys} if self.counts.known else set()
        on_side = lookup.counts(self.side.name, values)
        earlier: dict[int, set[int]] = {}
        rare: dict[int, list[int]] = {}
        for number, keys in telling.items():
            others: set[int] = set()
            rare[number] = []
            for value, limit in keys:
                sharing = index.count(value) + on_side.get(value, 0)
                if 1 < sharing <= limit:
                    others.update(index.holders(value))
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
        return {record_id: number for number, record_id in enumerate(self.records.ids())}

    def people(self, ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, Identity]:
        """The identities of people of the side."""
        return identities_of_people(self.side.people, ids)

    def learn(self, records: Iterable[Identity], others: Iterable[Identity]) -> None:
        """Counts at once what weighing these records against these others will ask for."""
        self.counts.forget_if_many()
        self.counts.learn(chain.from_iterable(map(weighed_keys, records)))
        self.counts.learn(chain.from_iterable(map(frequency_keys, others)))
