"""How far a batch has come, how fast it goes and how long it will take: figures for people."""

from dataclasses import dataclass

from imports.models import ImportBatch
from imports.pulling.batches import PER_CONTACT

Phase = ImportBatch.Phase


@dataclass(frozen=True, slots=True)
class Progress:
    """One phase's progress. `total` and `seconds_left` are None while nobody can tell; `rate` is in things a second."""

    thing: str
    done: int
    total: int | None
    rate: float
    seconds_left: float | None


def progress_of(batch: ImportBatch) -> Progress:
    if batch.phase == Phase.CALLS:
        # Exported calls are read beside the contacts, from the beginning.
        seconds = batch.seconds_in_phase if batch.strategy == PER_CONTACT else batch.seconds_worked
        return _progress("calls", batch.calls_read, batch.calls_total, seconds)
    if batch.phase == Phase.DETECTION:
        return _progress("records", batch.cursor.get("compared", 0), batch.contacts_staged, batch.seconds_in_phase)
    thing = "rows" if _is_file(batch) else "contacts"
    return _progress(thing, batch.contacts_read, batch.contacts_total, batch.seconds_in_phase)


def phase_in_words(batch: ImportBatch) -> str:
    """What is being done; a file's rows are no contacts yet."""
    return "Staging rows" if _is_file(batch) and batch.phase == Phase.CONTACTS else batch.get_phase_display()


def _is_file(batch: ImportBatch) -> bool:
    return batch.source == ImportBatch.Source.CSV


def progress_in_words(batch: ImportBatch) -> str:
    """One line for a terminal or a page: counts, rate, time left."""
    if batch.phase == Phase.DONE:
        return f"{batch.get_status_display()}: {_counted(batch)} in {in_time_words(batch.seconds_worked)}"
    progress = progress_of(batch)
    of_total = f" of {progress.total:,}" if progress.total else ""
    rate = f", {progress.rate:,.0f} a second" if progress.rate else ""
    left = f", about {in_time_words(progress.seconds_left)} left" if progress.seconds_left else ""
    return f"{phase_in_words(batch)}: {progress.done:,}{of_total} {progress.thing}{rate}{left}"


def in_time_words(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    if seconds < 5400:
        return f"{seconds / 60:.0f} minutes"
    return f"{seconds / 3600:.1f} hours"


def _counted(batch: ImportBatch) -> str:
    if _is_file(batch):
        parts = [f"{batch.contacts_read:,} rows"]
        parts += [f"{batch.contacts_unchanged:,} left out"] if batch.contacts_unchanged else []
    else:
        parts = [f"{batch.contacts_read:,} contacts", f"{batch.calls_read:,} calls"]
        parts += [f"{batch.contacts_unchanged:,} unchanged"] if batch.contacts_unchanged else []
    parts += [f"{batch.matched:,} with a match", f"{batch.in_batch_duplicates:,} repeated inside the batch"]
    parts += [f"{batch.errors:,} with errors"] if batch.errors else []
    return ", ".join(parts)


def _progress(thing: str, done: int, total: int | None, seconds: float) -> Progress:
    rate = done / seconds if seconds > 0 else 0.0
    left = (total - done) / rate if total and rate and total > done else None
    return Progress(thing, done, total, rate, left)
