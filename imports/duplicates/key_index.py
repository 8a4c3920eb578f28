"""Who of a batch holds which lookup key, in memory: some twenty bytes for each key of each record."""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b

from imports.duplicates.keys import MAX_SHARED, kind_of

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
        self._telling, self._limits = array("q"), array("B")  # of all records, one after the other
        self._starts = array("I", [0])

    def __len__(self) -> int:
        return len(self._starts) - 1

    def add(self, keys: Iterable[str]) -> None:
        """Adds the next record with its keys."""
        number, values, holders = len(self), self._values, self._holders
        for key in keys:
            value = hashed(key)
            bucket = value % _BUCKETS
            values[bucket].append(value)
            holders[bucket].append(number)
            if limit := MAX_SHARED[kind_of(key)]:
                self._telling.append(value)
                self._limits.append(limit)
        self._starts.append(len(self._telling))

    def seal(self) -> None:
        for bucket, (values, holders) in enumerate(zip(self._values, self._holders, strict=True)):
            order = sorted(range(len(values)), key=values.__getitem__)  # stable: a key's holders stay in their order
            self._values[bucket] = array("q", (values[place] for place in order))
            self._holders[bucket] = array("I", (holders[place] for place in order))

    def telling(self, number: int) -> Iterator[tuple[int, int]]:
        """The record's keys that may propose candidates, each with the most records that may share it."""
        first, end = self._starts[number], self._starts[number + 1]
        return zip(self._telling[first:end], self._limits[first:end], strict=True)

    def holders(self, value: int) -> Sequence[int]:
        """The numbers of the records that hold a key, lowest first."""
        first, end = self._place(value)
        return self._holders[value % _BUCKETS][first:end]

    def count(self, value: int) -> int:
        first, end = self._place(value)
        return end - first

    def _place(self, value: int) -> tuple[int, int]:
        values = self._values[value % _BUCKETS]
        end = first = bisect_left(values, value)
        if end < len(values) and values[end] == value:
            end += 1
            if end < len(values) and values[end] == value:  # most keys have one holder
                end = bisect_right(values, value, lo=end)
        return first, end
