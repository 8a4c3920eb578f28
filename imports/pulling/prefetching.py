"""Fetching the next page while the last one is being stored: waiting for GHL and our own work side by side."""

import queue
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")

PAGES_AHEAD = 1  # besides the one that waits to be handed over: a page of 500 contacts takes some five megabytes
LOOK_UP_SECONDS = 0.5


class _End:
    """Marks the end of what was fetched, with the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


class Prefetched(Generic[T]):
    """The same pages in the same order, fetched in a thread of their own; an error comes where it happened.

    `pages` must not touch the database: its thread would open a connection of its own. Who does not read to the end
    closes it, so that the thread ends.
    """

    def __init__(self, pages: Iterator[T], ahead: int = PAGES_AHEAD) -> None:
        self._fetched: queue.Queue[T | _End] = queue.Queue(maxsize=ahead)
        self._abandoned = threading.Event()
        self._end: _End | None = None
        threading.Thread(target=self._fetch, args=(pages,), name="pages", daemon=True).start()

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        """The next page, waited for."""
        if self._end is None:
            page = self._fetched.get()
            if not isinstance(page, _End):
                return page
            self._end = page
        if self._end.error is not None:
            raise self._end.error
        raise StopIteration

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def ready(self) -> Iterator[T]:
        """The pages that are there already; the end, or an error, is left to whoever waits for the next one."""
        while self._end is None:
            try:
                page = self._fetched.get_nowait()
            except queue.Empty:
                return
            if isinstance(page, _End):
                self._end = page
            else:
                yield page

    @property
    def has_failed(self) -> bool:
        """Whether an error is what comes next."""
        return self._end is not None and self._end.error is not None

    def close(self) -> None:
        self._abandoned.set()

    def _fetch(self, pages: Iterator[T]) -> None:
        error: BaseException | None = None
        try:
            for page in pages:
                if not self._put(page):
                    return
        except BaseException as problem:  # noqa: BLE001  handed to the reader, who raises it
            error = problem
        self._put(_End(error))

    def _put(self, page: T | _End) -> bool:
        """Whether the page could be handed over; not when the reader has gone."""
        while not self._abandoned.is_set():
            try:
                self._fetched.put(page, timeout=LOOK_UP_SECONDS)
            except queue.Full:
                continue
            return True
        return False
