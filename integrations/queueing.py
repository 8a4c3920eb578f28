"""Handing work to the broker, which may be away: what matters is a row with a status, and a sweep that finds it."""

import logging
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

LARGEST_BATCH = 50  # deliveries in one message: few enough to be shared out among the workers
PAUSE = 0.2  # seconds; nobody notices, and in a storm a few messages carry all


def queue(task: str, *arguments: Any) -> bool:
    """Queues a task by its dotted path. False, with a line in the log, when the broker cannot be reached."""
    try:
        current_app.send_task(task, args=arguments, ignore_result=True, retry=False)
    except (OperationalError, OSError) as problem:  # OSError: the folder that stands in for a broker
        logger.warning("%s was not queued, the broker is away (%s)", task, type(problem).__name__)
        return False
    return True


class Messenger:
    """Tells the workers of things by their ids, from a thread of its own.

    Whoever calls `tell` waits for nothing: a broker that is slow or away must not keep GHL waiting. The first goes out
    at once, and those that come within the next `PAUSE` share the next message, since each costs half as much as a
    whole delivery. Ids that could not be sent are dropped; their rows say that they wait.
    """

    def __init__(self, send: Callable[[Sequence[str]], bool]) -> None:
        self._send = send
        self._untold: SimpleQueue[str] = SimpleQueue()
        self._starting = Lock()
        self._thread: Thread | None = None

    def tell(self, one: str) -> None:
        self._untold.put(one)
        if self._thread is None or not self._thread.is_alive():  # the first one, also in a process made by a fork
            self._start()

    def _start(self) -> None:
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="messenger", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            waiting = [self._untold.get(), *self._all_there()]
            batches = (waiting[at : at + LARGEST_BATCH] for at in range(0, len(waiting), LARGEST_BATCH))
            if not all(map(self._send, batches)):  # stops at the first that fails
                self._all_there()
            time.sleep(PAUSE)

    def _all_there(self) -> list[str]:
        found: list[str] = []
        while True:
            try:
                found.append(self._untold.get_nowait())
            except Empty:
                return found
