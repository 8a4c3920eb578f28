"""The life of a pull around its running: begun, queued again, asked to stop, given up."""

import uuid
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from imports.models import ImportBatch
from imports.runner import runner_is_gone
from integrations.models import GHLIntegration

Phase, Status = ImportBatch.Phase, ImportBatch.Status
EXPORT, PER_CONTACT = "export", "per-contact"
STRATEGIES = (EXPORT, PER_CONTACT)
QUEUED_TOO_LONG = timedelta(minutes=3)


class UnfinishedPullError(Exception):
    """The location has a pull that has not come to its end; `batch` is it."""

    def __init__(self, batch: ImportBatch, message: str) -> None:
        super().__init__(message)
        self.batch = batch


class NothingToResumeError(Exception):
    """The location has no unfinished pull; `last` is the latest finished one, if there is any."""

    def __init__(self, integration: GHLIntegration, last: ImportBatch | None) -> None:
        super().__init__(f"{integration} has no unfinished pull.")
        self.last = last


def start(integration: GHLIntegration, *, strategy: str = EXPORT, by: User | None = None) -> ImportBatch:
    """A new batch, waiting for a run. A batch that got nothing yet is used again rather than joined by a second.

    Raises UnfinishedPullError when the location has a pull under way or one to be resumed first.
    """
    unfinished = unfinished_pull(integration)
    if unfinished is not None:
        got_something = unfinished.contacts_read or unfinished.calls_read
        if got_something or _is_under_way(unfinished):
            raise UnfinishedPullError(unfinished, _words_for_unfinished(unfinished))
        return _queue(unfinished, strategy=strategy, phase=Phase.CONTACTS, cursor={}, remarks=[])
    try:
        with transaction.atomic():
            return ImportBatch.objects.create(
                integration=integration,
                source=ImportBatch.Source.GHL,
                source_name=f"GHL {integration}"[:255],
                strategy=strategy,
                started_by=by,
            )
    except IntegrityError as lost_race:
        batch = ImportBatch.objects.get(integration=integration, source="ghl", status__in=ImportBatch.UNDER_WAY)
        raise UnfinishedPullError(batch, "Another pull of this location began just now.") from lost_race


def resume(integration: GHLIntegration) -> ImportBatch:
    """The location's unfinished batch, waiting for a run that goes on where it was.

    Raises NothingToResumeError when there is none, UnfinishedPullError when somebody else took it up just now. A batch
    whose runner still lives is refused by the run itself.
    """
    batch = unfinished_pull(integration)
    if batch is None:
        finished = ImportBatch.objects.filter(integration=integration, source="ghl", phase=Phase.DONE)
        raise NothingToResumeError(integration, finished.first())
    return batch if batch.status == Status.RUNNING and not runner_is_gone(batch) else _queue(batch)


def give_up(batch: ImportBatch) -> None:
    """Ends an unfinished batch for good. A runner that still works on it may not write any more.

    What it staged stays in the queue, until a new pull brings it again.
    """
    ImportBatch.objects.filter(pk=batch.pk).exclude(phase=Phase.DONE).update(
        status=Status.FAILED,
        phase=Phase.DONE,
        runner="",
        finished_at=timezone.now(),
        error=f"Given up {_words_for_progress(batch)}. What was staged stays in the queue.",
        updated_at=timezone.now(),
    )


def request_stop(batch: ImportBatch) -> bool:
    """Asks a pull that is under way to stop after the page it is at. Whether there was one to ask."""
    return bool(
        ImportBatch.objects.filter(pk=batch.pk, status__in=ImportBatch.UNDER_WAY).update(
            stop_requested=True, updated_at=timezone.now()
        )
    )


def unfinished_pull(integration: GHLIntegration) -> ImportBatch | None:
    return ImportBatch.objects.filter(integration=integration, source="ghl").exclude(phase=Phase.DONE).first()


def _is_under_way(batch: ImportBatch) -> bool:
    return batch.is_under_way and not runner_is_gone(batch)


def _queue(batch: ImportBatch, **changes: Any) -> ImportBatch:
    """Lets the batch wait for a run, unless another process changed it since it was read."""
    changes |= {"status": Status.QUEUED, "stop_requested": False, "error": "", "updated_at": timezone.now()}
    same = ImportBatch.objects.filter(pk=batch.pk, status=batch.status, runner=batch.runner)
    queued = same.update(**changes)
    batch.refresh_from_db()
    if not queued:
        raise UnfinishedPullError(batch, f"Somebody else took the pull of {batch.integration} up just now.")
    return batch


def _words_for_progress(batch: ImportBatch) -> str:
    if batch.source == ImportBatch.Source.CSV:
        return f"after {batch.contacts_read:,} rows"
    return f"after {batch.contacts_read:,} contacts and {batch.calls_read:,} calls"


def _words_for_unfinished(batch: ImportBatch) -> str:
    if _is_under_way(batch):
        return (
            f"A pull of {batch.integration} is under way ({batch.contacts_read:,} contacts so far). "
            "Watch it on its page; if no worker takes it up, go on with --resume."
        )
    return (
        f"The last pull of {batch.integration} did not finish: it ended {_words_for_progress(batch)}. "
        "Go on with it by --resume (or Resume on its page), or give it up with --new, before a new one is started."
    )


def note_dead() -> int:
    """Marks pulls whose process died as failed, with words. Returns how many there were."""
    dead = [batch for batch in ImportBatch.objects.filter(status=Status.RUNNING) if runner_is_gone(batch)]
    for batch in dead:
        ImportBatch.objects.filter(pk=batch.pk, status=Status.RUNNING, runner=batch.runner).update(
            status=Status.FAILED,
            error=f"Its process ended without a word, {_words_for_progress(batch)}. Nothing is lost: press Resume.",
            updated_at=timezone.now(),
        )
    return len(dead)


def waiting_too_long() -> list[uuid.UUID]:
    """Pulls that no worker has taken up in a while: their message may be lost, and a second one does no harm.

    Each is named once in that while, so that the messages of one that waits behind others do not pile up.
    """
    now = timezone.now()
    waiting = ImportBatch.objects.filter(source="ghl", status=Status.QUEUED, updated_at__lt=now - QUEUED_TOO_LONG)
    ids = list(waiting.values_list("pk", flat=True))
    waiting.filter(pk__in=ids).update(updated_at=now)
    return ids
