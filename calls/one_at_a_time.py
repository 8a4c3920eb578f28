"""Work of which there is one at a time, however many processes try, and which is free again when its process dies."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connection


class AlreadyRunningError(Exception):
    """Somebody else is at this work right now."""


@contextmanager
def only_one(work: str) -> Iterator[None]:
    """Holds the work of this name, or raises AlreadyRunningError.

    PostgreSQL keeps the lock for all machines of the installation, with the connection; SQLite has only one machine,
    whose files do.
    """
    with _advisory_lock(work) if connection.vendor == "postgresql" else _file_lock(work):
        yield


@contextmanager
def _advisory_lock(work: str) -> Iterator[None]:
    key = int.from_bytes(sha256(work.encode()).digest()[:8], signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        if not cursor.fetchone()[0]:
            raise AlreadyRunningError(f"Somebody else is at it right now: {work}.")
    try:
        yield
    finally:
        if connection.is_usable():  # a connection that broke gave the lock back with it
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextmanager
def _file_lock(work: str) -> Iterator[None]:
    folder = Path(settings.RUNTIME_DIR) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{sha256(work.encode()).hexdigest()[:32]}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunningError(f"Somebody else is at it right now: {work}.") from None
        yield
