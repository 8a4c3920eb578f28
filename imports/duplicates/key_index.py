"""Who of a batch holds which lookup key, in memory: twelve bytes for each key of each record, whatever its length."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from hashlib import blake2b

_BUCKETS = 256  # sorted one at a time, so that sealing needs no second copy of the whole


def hashed(key: str) -> int:
    """64 bits of a key's hash as a signed number, the same in every process.

    Two keys that collide (one in a million at ten million keys) only propose a pair that the comparison turns down.
    """
    return int.from_bytes(blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True)


class KeyIndex:
    """Records are numbered in the order in which they are added; after `seal` the index can be asked."""

    def __init__(self) -> None:
        self._values = [array("q") for _ in range(_BUCKETS)]
        self._holders = [array("I") for _ in range(_BUCKETS)]
        self._records = 0

    def __len__(self) -> int:
        return self._records

    def add(self, hashes: Iterable[int]) -> None:
        """Adds the next record with the hashes of its keys."""
        for value in hashes:
            self._values[value % _BUCKETS].append(value)
            self._holders[value % _BUCKETS].append(self._records)
        self._records += 1

    def seal(self) -> None:
        for bucket, (values, holders) in enumerate(zip(self._values, self._holders, strict=True)):
            order = sorted(range(len(values)), key=values.__getitem__)  # stable: a key's holders stay in their order
            self._values[bucket] = array("q", (values[place] for place in order))
            self._holders[bucket] = array("I", (holders[place] for place in order))

    def holders(self, value: int) -> Sequence[int]:
        """The numbers of the records that hold a key, lowest first."""
        values = self._values[value % _BUCKETS]
        first = bisect_left(values, value)
        return self._holders[value % _BUCKETS][first : bisect_right(values, value, lo=first)]

    def count(self, value: int) -> int:
        values = self._values[value % _BUCKETS]
        first = bisect_left(values, value)
        return bisect_right(values, value, lo=first) - first
