"""Who works on a push: a name for each worker, whether the one of that name still lives, and until when it may send.

A worker of this machine holds a file lock, which the system frees however it dies, so that what it was at is taken up
again at once. One of another machine is given up when its claims have run out: it renews them while it lives.
"""

import fcntl
import socket
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings

CLAIM = timedelta(seconds=90)  # how long a worker of another machine may be silent
RENEWED_EVERY = 5.0  # seconds
TO_SPARE = 20.0  # seconds before a claim runs out in which its holder sends nothing any more


class ClaimLostError(Exception):
    """This worker was silent for so long that others may have taken over what it held; it may write nothing more."""


class Worker:
    """One worker by name, and its right to send.

    The right ends well before its claims do, unless they are renewed, and once ended it never comes back: whoever was
    frozen (a suspended machine, a stopped process) must not send on waking up what others have taken over since.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._good_until = (0.0, 0.0)
        self._has_ended = False

    def renewed(self, asked_at: tuple[float, float]) -> None:
        """Its claims were renewed by a statement that began at `asked_at` (see `clocks`)."""
        good_for = CLAIM.total_seconds() - TO_SPARE
        self._good_until = (asked_at[0] + good_for, asked_at[1] + good_for)

    def may_send(self) -> bool:
        """Asked from the threads that send, right before each request that creates."""
        if any(now > until for now, until in zip(clocks(), self._good_until, strict=True)):
            self._has_ended = True
        return not self._has_ended


def clocks() -> tuple[float, float]:
    """Two clocks, since either may stand still or jump while a machine is suspended."""
    return time.monotonic(), time.time()


@contextmanager
def working() -> Iterator[Worker]:
    """A worker with a name of its own, alive until the end of the block."""
    name = f"{socket.gethostname()}:{uuid.uuid4().hex}"
    path = _lock_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        worker = Worker(name)
        worker.renewed(clocks())
        try:
            yield worker
        finally:
            path.unlink(missing_ok=True)


def is_surely_dead(name: str) -> bool:
    """Whether the worker of that name was one of this machine and has died.

    False for those of other machines, of whom only their claims can tell; also where there is no such lock here, as in
    a container that happens to have the same host name.
    """
    if name.partition(":")[0] != socket.gethostname():
        return False
    try:
        with _lock_of(name).open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except (FileNotFoundError, BlockingIOError):
        return False


def forget(name: str) -> None:
    """Removes what a dead worker left, once nothing names it any more."""
    _lock_of(name).unlink(missing_ok=True)


def _lock_of(name: str) -> Path:
    return Path(settings.RUNTIME_DIR) / "locks" / f"push-{name.rpartition(':')[2]}.lock"
