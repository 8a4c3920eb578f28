"""Fetching the next page while the last one is being stored: waiting for GHL and our own work side by side."""

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")

PAGES_AHEAD = 2  # so that memory stays flat, however large the location
LOOK_UP_SECONDS = 0.5


class _End:
    """Marks the end of what was fetched, with the error that ended it."""

    def __init__(self, error: BaseException | None) -> None:
        self.error = error


def prefetched(pages: Iterator[T], ahead: int = PAGES_AHEAD) -> Iterator[T]:
    """The same pages in the same order, fetched in a thread of their own; an error comes where it happened.

    `pages` must not touch the database: its thread would open a connection of its own.
    """
    fetched: queue.Queue[T | _End] = queue.Queue(maxsize=ahead)
    abandoned = threading.Event()
    thread = threading.Thread(target=_fetch, args=(pages, fetched, abandoned), name="pages", daemon=True)
    thread.start()
    try:
        while not isinstance(page := fetched.get(), _End):
            yield page
        if page.error is not None:
            raise page.error
    finally:
        abandoned.set()


def _fetch(pages: Iterator[T], fetched: "queue.Queue[T | _End]", abandoned: threading.Event) -> None:
    error: BaseException | None = None
    try:
        for page in pages:
            if not _put(page, fetched, abandoned):
                return
    except BaseException as problem:  # noqa: BLE001  handed to the reader, who raises it
        error = problem
    _put(_End(error), fetched, abandoned)


def _put(page: "T | _End", fetched: "queue.Queue[T | _End]", abandoned: threading.Event) -> bool:
    """Whether the page could be handed over; not when the reader has gone."""
    while not abandoned.is_set():
        try:
            fetched.put(page, timeout=LOOK_UP_SECONDS)
        except queue.Full:
            continue
        return True
    return False
