"""The waiting records of a batch while they are compared: who they are, in memory that hardly grows with the batch.

Of every record stay its id and its keys, some three hundred bytes. The identities, a kilobyte and more each, stay of
the first records until those are gone through, and of those met last. Whoever is needed again is read again, which is
rare: records are gone through by surname, so that those worth comparing come together.
"""

import uuid
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator

from imports.duplicates.key_index import KeyIndex
from imports.duplicates.keys import lookup_keys
from imports.matching.identities import named, read_waiting
from prospects.identity import Identity

READ_AT_ONCE = 500
KEPT_AHEAD = 10_000  # identities of records that are still to be gone through
KEPT_BEHIND = 2_000  # identities met last

_ID = 16  # bytes of an id
_LETTERS = 8  # of a surname that records are gone through by


class BatchRecords:
    """Records, numbered as they are added, which has to be their order in the batch. After `seal` none is added."""

    def __init__(self) -> None:
        self.index = KeyIndex()
        self._ids = bytearray()
        self._surnames = array("Q")
        self._ahead: dict[int, Identity] = {}
        self._behind: dict[int, Identity] = {}

    def __len__(self) -> int:
        return len(self._surnames)

    def add(self, record_id: uuid.UUID, identity: Identity | None) -> None:
        """Adds the next record; without an identity it keeps its number and has no keys."""
        if identity and len(self._ahead) < KEPT_AHEAD:
            self._ahead[len(self)] = identity
        self._ids += record_id.bytes
        self._surnames.append(_first_letters(identity.name.last) if identity else 0)
        self.index.add(lookup_keys(identity) if identity else ())

    def read(self, ids: Iterable[uuid.UUID], after_chunk: Callable[[], None]) -> None:
        """Adds these records from the database. One that is decided meanwhile has no identity."""
        remaining = list(ids)
        for first in range(0, len(remaining), READ_AT_ONCE):
            some = remaining[first : first + READ_AT_ONCE]
            identities = {record.id: record.identity for record in read_waiting(named(some))}
            for record_id in some:
                self.add(record_id, identities.get(record_id))
            after_chunk()

    def are(self, ids: Iterable[uuid.UUID]) -> bool:
        """Whether just these have been added, in this order."""
        return self._ids == b"".join(record_id.bytes for record_id in ids)

    def seal(self) -> None:
        self.index.seal()

    def id_of(self, number: int) -> uuid.UUID:
        return uuid.UUID(bytes=bytes(self._ids[number * _ID : (number + 1) * _ID]))

    def ids(self) -> Iterator[uuid.UUID]:
        return map(self.id_of, range(len(self)))

    def in_chunks(self, size: int) -> Iterator[list[int]]:
        """All numbers, those of like surnames together."""
        order = array("I", sorted(range(len(self)), key=self._surnames.__getitem__))
        for first in range(0, len(order), size):
            yield list(order[first : first + size])

    def gone_through(self, numbers: Collection[int]) -> dict[int, Identity]:
        """The identities of a chunk of these records, as far as they waited when they were read."""
        found = self.identities(numbers)
        for number, identity in found.items():
            self._ahead.pop(number, None)
            self._keep_behind(number, identity)
        return found

    def identities(self, numbers: Iterable[int]) -> dict[int, Identity]:
        """The identities of these records, as far as they waited when they were read."""
        found, missing = {}, {}
        for number in numbers:
            if identity := self._ahead.get(number) or self._behind.get(number):
                found[number] = identity
            else:
                missing[self.id_of(number)] = number
        for record in read_waiting(named(missing)) if missing else ():
            found[missing[record.id]] = record.identity
            self._keep_behind(missing[record.id], record.identity)
        return found

    def _keep_behind(self, number: int, identity: Identity) -> None:
        self._behind[number] = identity
        if len(self._behind) > KEPT_BEHIND:
            del self._behind[next(iter(self._behind))]


def _first_letters(surname: str) -> int:
    return int.from_bytes(surname.encode("utf-8", "surrogatepass")[:_LETTERS].ljust(_LETTERS, b"\0"))
