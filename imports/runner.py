"""Who is working on a batch: one runner at a time, and a runner that died is noticed.

On one machine a file lock tells at once, since the system frees it when a process dies, however it dies. A runner on
another machine is known by its heartbeat only.
"""

import fcntl
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from imports.models import ImportBatch

# A page takes seconds; the longest silence of a living runner is a wait for GHL's allowance or its retries.
SILENCE_OF_THE_DEAD = timedelta(minutes=10)


class NotToBeRunError(Exception):
    """Somebody is working on this batch right now, or there is nothing to do on it; the text says which."""


class LeaseLostError(Exception):
    """Another runner took this batch over; nothing more may be written by this one."""


@contextmanager
def lease(batch_id: uuid.UUID) -> Iterator[str]:
    """Makes the caller the batch's only runner and gives the runner's name, to be named in every later write.

    Raises NotToBeRunError when there is a living one.
    """
    with batch_lock(batch_id):
        batch = ImportBatch.objects.get(pk=batch_id)
        if not batch.is_under_way:
            raise NotToBeRunError(f"This batch is not waiting for work: {batch.get_status_display().lower()}.")
        if not _is_free(batch):
            raise NotToBeRunError(f"This batch is being worked on by {_host_of(batch.runner)} right now.")
        runner = f"{socket.gethostname()}:{uuid.uuid4().hex}"
        claimed = ImportBatch.objects.filter(pk=batch_id, runner=batch.runner, status=batch.status).update(
            runner=runner, status=ImportBatch.Status.RUNNING, heartbeat_at=timezone.now(), updated_at=timezone.now()
        )
        if not claimed:
            raise NotToBeRunError("Another worker took this batch just now.")
        yield runner


def _is_free(batch: ImportBatch) -> bool:
    """Whether nobody works on the batch. To be asked while holding its lock on this machine."""
    if batch.status != ImportBatch.Status.RUNNING or _host_of(batch.runner) == socket.gethostname():
        return True
    return batch.heartbeat_at is None or batch.heartbeat_at < timezone.now() - SILENCE_OF_THE_DEAD


def runner_is_gone(batch: ImportBatch) -> bool:
    """Whether a batch says that it is running while its runner is dead."""
    if batch.status != ImportBatch.Status.RUNNING:
        return False
    try:
        with batch_lock(batch.pk):
            return _is_free(batch)
    except NotToBeRunError:
        return False


def _host_of(runner: str) -> str:
    return runner.partition(":")[0]


@contextmanager
def batch_lock(batch_id: uuid.UUID) -> Iterator[None]:
    folder = Path(settings.RUNTIME_DIR) / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"batch-{batch_id}.lock"
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotToBeRunError("This batch is being worked on by another process of this machine.") from None
        yield


def was_interrupted(error: BaseException | None) -> bool:
    """Whether an error came of Ctrl-C: psycopg ends many rows that are cut off with an error of its own."""
    while error is not None and not isinstance(error, KeyboardInterrupt):
        error = error.__cause__ or error.__context__
    return error is not None
