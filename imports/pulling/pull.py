"""pull-from-ghl: one location's contacts and calls into staging, resumable at any point and never half-written.

A pull works through phases (contacts, calls, detection). Each page is staged in one transaction with the cursor that
follows it and the counts, so that whatever ends the pull, the next run goes on where this one was. Either walk has a
cursor of its own: GHL gives one page after the other, so the export of calls is read beside the contacts, in the time
that would be spent waiting, and what it still lacks in the phase that follows.
"""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace

from django.db import transaction
from django.utils import timezone

from imports.attaching import record_calls_of_known_people
from imports.matching.batch_records import BatchRecords
from imports.matching.detection import detect
from imports.matching.identities import identity_as_staged
from imports.models import ImportBatch
from imports.pulling import call_walks, staging, walks
from imports.pulling.batches import PER_CONTACT
from imports.pulling.prefetching import Prefetched
from imports.reading import FieldMap
from imports.runner import LeaseLostError, NotToBeRunError, lease, was_interrupted
from imports.steady_memory import long_job
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import DailyAllowanceSpent, GHLError, PermanentGHLError

logger = logging.getLogger(__name__)

Phase, Status = ImportBatch.Phase, ImportBatch.Status
CONTACTS, CALLS, COMPARED = "contacts", "calls", "compared"  # what a batch's cursor goes by
CONTACTS_AT_ONCE = 50  # contact by contact: how many are fetched for each commit
# What the runner writes; a person may write `stop_requested` meanwhile.
WRITTEN_BY_THE_RUNNER = (
    "status", "phase", "cursor", "strategy", "remarks", "error", "started_at", "finished_at", "heartbeat_at",
    "updated_at", "contacts_total", "contacts_read", "contacts_staged", "contacts_unchanged", "calls_total",
    "calls_read", "matched", "in_batch_duplicates", "errors", "requests", "seconds_worked",
    "seconds_in_phase",
)  # fmt: skip


class _StopRequestedError(Exception):
    """A person asked for the pull to stop."""


class _SliceOverError(Exception):
    """This run's share of time is used up; another run goes on."""


def run(
    batch_id: uuid.UUID,
    *,
    on_progress: Callable[[ImportBatch], None] = lambda batch: None,
    seconds: float | None = None,
) -> ImportBatch:
    """Works on a batch until it is finished, stopped, failed, or `seconds` are over (it is then queued again).

    How it ended is on the batch that it returns: this raises NotToBeRunError when somebody else works on it, and
    otherwise only what is a fault of ours, noted on the batch as well.
    """
    with long_job(), lease(batch_id) as runner:
        batch = ImportBatch.objects.select_related("integration").get(pk=batch_id)
        work = _Work(batch, runner, on_progress, seconds)
        try:
            work.to_its_end()
        except LeaseLostError:
            raise NotToBeRunError(
                "Another worker took this batch over, or it was given up. This process writes nothing more to it."
            ) from None
        finally:
            work.close()
        batch.refresh_from_db()
        return batch


class _Work:
    """One runner's work on one batch."""

    def __init__(
        self, batch: ImportBatch, runner: str, on_progress: Callable[[ImportBatch], None], seconds: float | None
    ) -> None:
        self.batch = batch
        self.runner = runner
        self.on_progress = on_progress
        self.began = time.monotonic()
        self.until = None if seconds is None else self.began + seconds
        self.requests_before = batch.requests
        self.seconds_before = batch.seconds_worked
        self.client: GHLClient | None = None
        self.exported: Prefetched[walks.Page] | None = None  # the calls, from when their export was begun
        self.staged = BatchRecords()  # by this runner, for the comparison at the end

    def to_its_end(self) -> None:
        """Works until there is nothing left or something is in the way, and notes which. Raises LeaseLostError."""
        try:
            self._all_phases()
        except _StopRequestedError:
            self._end(Status.STOPPED)
        except _SliceOverError:
            self._end(Status.QUEUED)
        except (GHLError, LocationNotReadyError, SecretUnreadableError) as problem:
            self._end(Status.FAILED, str(problem))
        except KeyboardInterrupt:
            self._end(Status.STOPPED)
            raise
        except LeaseLostError:
            raise
        except Exception as surprise:
            if was_interrupted(surprise):
                self._end(Status.STOPPED)
                raise KeyboardInterrupt from None
            # Its text may quote people's data, so only its type goes onto the page; the log has the traceback.
            self._end(
                Status.FAILED, f"A fault of the portal itself ({type(surprise).__name__}). Nothing is lost: Resume."
            )
            raise

    def close(self) -> None:
        if self.exported is not None:
            self.exported.close()
        if self.client is not None:
            self.client.close()

    def _all_phases(self) -> None:
        self.batch.runner = self.runner
        self.batch.status = Status.RUNNING
        self.batch.started_at = self.batch.started_at or timezone.now()
        self.batch.error = ""
        self._save()
        if self.batch.phase in (Phase.CONTACTS, Phase.CALLS):
            self.client = client_for(self.batch.integration, bulk=True)
        if self.batch.phase == Phase.CONTACTS:
            self._contacts()
        if self.batch.phase == Phase.CALLS:
            self._calls()
        if self.batch.phase == Phase.DETECTION:
            self._detection()
        self._finish()

    # ------------------------------------------------------------ phases

    def _contacts(self) -> None:
        if self.batch.strategy != PER_CONTACT:
            self._begin_export()
        with Prefetched(walks.contact_pages(self._ghl, self._cursor_of(CONTACTS))) as pages:
            fields = self._field_map()
            for page in pages:
                self._stage_contacts(page, fields)
                for calls in self.exported.ready() if self.exported else ():
                    self._stage_calls(calls)
                self._between_pages()
        self._enter(Phase.CALLS)

    def _stage_contacts(self, page: walks.Page, fields: FieldMap) -> None:
        with transaction.atomic():
            if page.starts_over:  # what is staged is not counted again, what was unchanged is
                self.batch.contacts_read, self.batch.contacts_unchanged = self.batch.contacts_staged, 0
            position = self.batch.contacts_staged
            done = staging.stage_contacts(self.batch, page.items, fields, first_position=position)
            self.batch.contacts_read += done.read
            self.batch.contacts_staged += done.staged
            self.batch.contacts_unchanged += done.unchanged
            self.batch.contacts_total = _at_least(self.batch.contacts_read, page.total)
            self._note_page(CONTACTS, page)
        for record_id, record in done.waiting:
            identity = identity_as_staged(record.ghl_contact_id, record.raw_data.value, record.columns)
            self.staged.add(record_id, identity)

    def _calls(self) -> None:
        for page in self._call_pages():
            self._stage_calls(page)
            self._between_pages()
        record_calls_of_known_people(self.batch.integration, after_chunk=self._show_life)
        self._enter(Phase.DETECTION)

    def _stage_calls(self, page: walks.Page) -> None:
        with transaction.atomic():
            self.batch.calls_read += staging.stage_calls(self.batch, page.items)
            staging.note_call_problems(self.batch, page.asked, page.problems)
            # A resumed export counts only the calls that it still has to give.
            self.batch.calls_total = _at_least(self.batch.calls_read, page.total, self.batch.calls_total)
            self._note_page(CALLS, page)

    def _begin_export(self) -> Prefetched[walks.Page]:
        self.exported = Prefetched(call_walks.exported_call_pages(self._ghl, self._cursor_of(CALLS)))
        return self.exported

    def _call_pages(self) -> Iterator[walks.Page]:
        if self.batch.strategy == PER_CONTACT:
            yield from self._contact_by_contact()
            return
        # What failed beside the contacts is asked for again: it may have passed.
        under_way = self.exported if self.exported is not None and not self.exported.has_failed else None
        pages = under_way or self._begin_export()
        try:
            first = next(pages, None)
        except PermanentGHLError as refusal:
            # If it worked before, there is no reason to start over in the slow way.
            if isinstance(refusal, DailyAllowanceSpent) or self._cursor_of(CALLS).get("since"):
                raise
            yield from self._calls_by_stand_in(refusal)
            return
        if first is not None:
            yield first
        yield from pages
        staging.forget_call_problems(self.batch.integration)

    def _calls_by_stand_in(self, refusal: PermanentGHLError) -> Iterator[walks.Page]:
        """Contact by contact, and so again when this is resumed: unless that is refused as well."""
        pages = self._contact_by_contact()
        try:
            first = next(pages, None)
        except PermanentGHLError as problem:
            raise problem if isinstance(problem, DailyAllowanceSpent) else refusal from None
        self.batch.strategy = PER_CONTACT
        remark = f"Calls are read contact by contact, since GHL refused: {refusal}"
        yield replace(first or walks.Page((), self._cursor_of(CALLS)), remarks=(remark,))
        yield from pages

    def _contact_by_contact(self) -> Iterator[walks.Page]:
        return call_walks.calls_contact_by_contact(
            self._ghl,
            self._cursor_of(CALLS),
            lambda last: staging.contact_ids_after(self.batch, last, CONTACTS_AT_ONCE),
        )

    def _detection(self) -> None:
        self.batch.cursor = {COMPARED: 0}
        found = detect(self.batch, staged=self.staged, after_chunk=self._note_compared)
        self.batch.matched = found.matched
        self.batch.in_batch_duplicates = found.in_batch_duplicates
        self._save()

    def _note_compared(self, count: int) -> None:
        # Slices do not cut it short: a detection begins anew with each run, and would never come to its end.
        self.batch.cursor[COMPARED] += count
        self._show_life()

    def _finish(self) -> None:
        self.batch.errors = staging.count_errors(self.batch)
        self.batch.phase = Phase.DONE
        self.batch.finished_at = timezone.now()
        self.batch.status = Status.PARTIAL if self.batch.errors else Status.SUCCESS
        self._save()
        self.on_progress(self.batch)
        logger.info("batch %s: %s", self.batch.pk, self.batch.status)

    # ------------------------------------------------------------ bookkeeping

    @property
    def _ghl(self) -> GHLClient:
        assert self.client is not None  # noqa: S101  set before any phase that talks to GHL
        return self.client

    def _field_map(self) -> FieldMap:
        mapping = self.batch.integration.custom_field_mapping
        try:
            return FieldMap.of(mapping, self._ghl.custom_fields())
        except PermanentGHLError as refusal:
            remark = f"GHL did not name its custom fields, so only mapped ones are read: {refusal}"
            if remark not in self.batch.remarks:
                self.batch.remarks = [*self.batch.remarks, remark]
            return FieldMap.of(mapping, [])

    def _cursor_of(self, walk: str) -> walks.Cursor:
        return dict(self.batch.cursor.get(walk, {}))

    def _note_page(self, walk: str, page: walks.Page) -> None:
        self.batch.cursor = {**self.batch.cursor, walk: page.cursor}
        self.batch.remarks = [*self.batch.remarks, *page.remarks]
        self._save()

    def _enter(self, phase: ImportBatch.Phase) -> None:
        self._save()
        self.batch.phase = phase
        self.batch.seconds_in_phase = 0
        self._save()

    def _save(self) -> None:
        """Writes the batch, if this runner still holds it. Raises LeaseLostError otherwise."""
        worked = self.seconds_before + time.monotonic() - self.began
        self.batch.seconds_in_phase += worked - self.batch.seconds_worked
        self.batch.seconds_worked = worked
        if self.client is not None:
            self.batch.requests = self.requests_before + self.client.requests_made
        self.batch.heartbeat_at = self.batch.updated_at = timezone.now()
        values = {name: getattr(self.batch, name) for name in WRITTEN_BY_THE_RUNNER}
        if not ImportBatch.objects.filter(pk=self.batch.pk, runner=self.runner).update(**values):
            raise LeaseLostError

    def _show_life(self) -> None:
        self._save()
        self.on_progress(self.batch)
        if ImportBatch.objects.filter(pk=self.batch.pk, stop_requested=True).exists():
            raise _StopRequestedError

    def _between_pages(self) -> None:
        self._show_life()
        if self.until is not None and time.monotonic() > self.until:
            raise _SliceOverError

    def _end(self, status: ImportBatch.Status, error: str = "") -> None:
        """Notes how this run ended. What a rolled-back page left in memory is forgotten first."""
        self.batch.refresh_from_db(fields=WRITTEN_BY_THE_RUNNER)
        if self.batch.phase == Phase.DONE:
            return  # what went wrong after the last write, in telling of it, does not undo the work
        self.batch.status = status
        self.batch.error = error
        self._save()
        logger.info("batch %s: %s at %s", self.batch.pk, status, self.batch.phase)


def _at_least(read: int, *totals: int | None) -> int | None:
    """The total for the page that shows progress, never less than was read; None while nobody named one."""
    named = [total for total in totals if total is not None]
    return max(read, *named) if named else None
