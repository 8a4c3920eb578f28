"""How common each value is: how many people of a side, and how many records of a batch, hold a lookup key."""

from collections.abc import Callable, Iterable

from imports.duplicates.key_index import hashed
from imports.matching import lookup

REMEMBERED = 50_000  # keys, some hundred bytes each


class KeyCounts:
    """Counts by key, as the scoring asks for them. `in_batch` counts a hashed key among the records of a batch.

    Counts are learnt for many keys with one query, and kept, since first names, last names and firms come again and
    again; a key that was not learnt is looked up by itself.
    """

    def __init__(self, side: str, *, known: int, in_batch: Callable[[int], int]) -> None:
        self._side = side
        self.known = known  # how many people the side has; with none, the database is not asked
        self._in_batch = in_batch
        self._counts: dict[str, int] = {}

    def learn(self, keys: Iterable[str]) -> None:
        """Counts these keys with one query, where the database has to be asked at all."""
        if self.known:
            values = {key: hashed(key) for key in set(keys) - self._counts.keys()}
            on_side = lookup.counts(self._side, values.values())
            self._counts.update((key, on_side.get(value, 0) + self._in_batch(value)) for key, value in values.items())

    def forget_if_many(self) -> None:
        """Between chunks: memory is not to grow with the batch."""
        if len(self._counts) > REMEMBERED:
            self._counts.clear()

    def __call__(self, key: str) -> int:
        count = self._counts.get(key)
        if count is None:
            self.learn([key])
            count = self._counts.setdefault(key, self._in_batch(hashed(key)))
        return count
