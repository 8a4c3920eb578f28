"""Pulls a location's contacts and calls into staging and looks for duplicates."""

from typing import Any

from django.core.management.base import CommandParser
from kombu.exceptions import OperationalError

from imports.models import ImportBatch
from imports.pulling import batches, pull
from imports.pulling.batches import NothingToResumeError, UnfinishedPullError
from imports.pulling.progress import progress_in_words
from imports.runner import NotToBeRunError
from imports.tasks import run_pull
from integrations.models import GHLIntegration
from integrations.reporting import DONE, FAILED, ReportingCommand


class Command(ReportingCommand):
    help = "Pulls all contacts and calls of a GHL location into staging, and looks for duplicates."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location_id", metavar="LOCATION_ID")
        parser.add_argument(
            "--strategy", choices=batches.STRATEGIES, default=batches.EXPORT,
            help="how calls are read: the whole location's export, or contact by contact",
        )  # fmt: skip
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--resume", action="store_true", help="go on with the location's unfinished pull")
        way.add_argument("--new", action="store_true", help="give an unfinished pull up and begin a new one")
        parser.add_argument("--background", action="store_true", help="let a worker do it; watch it on its page")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = self._batch(options)
        if options["background"]:
            self._hand_over(batch)
            self.report(result_of(batch), as_json=options["json"])
            return
        try:
            batch = pull.run(batch.pk, on_progress=lambda current: self.progress(progress_in_words(current)))
        except KeyboardInterrupt:
            self.fail("Stopped. Go on with --resume.", as_json=options["json"], batch_id=str(batch.pk))
        except NotToBeRunError as reason:
            self.fail(str(reason), as_json=options["json"], **figures_of(batch))
        if batch.error:
            self.progress(batch.error)
        self.report(result_of(batch), as_json=options["json"], status=exit_status_of(batch))

    def _hand_over(self, batch: ImportBatch) -> None:
        try:
            run_pull.delay(str(batch.pk))
        except OperationalError:
            self.progress(
                "The pull waits, but no worker could be told of it: the queue (Redis) cannot be reached. "
                "It is handed over again within minutes of the queue coming back."
            )
        else:
            self.progress("Queued for a worker.")

    def _batch(self, options: dict[str, Any]) -> ImportBatch:
        integration = GHLIntegration.objects.filter(location_id=options["location_id"]).first()
        as_json = options["json"]
        if integration is None:
            self.fail(
                f"There is no location {options['location_id']} in the portal. Add it with add_location.",
                as_json=as_json,
            )
        try:
            if options["resume"]:
                return batches.resume(integration)
            if options["new"] and (unfinished := batches.unfinished_pull(integration)):
                batches.give_up(unfinished)
            return batches.start(integration, strategy=options["strategy"])
        except UnfinishedPullError as reason:
            self.fail(str(reason), as_json=as_json, **figures_of(reason.batch))
        except NothingToResumeError as reason:
            if reason.last is None:
                self.fail(f"{reason} Start one without --resume.", as_json=as_json)
            self.progress(f"{reason} These are the figures of its last one.")
            self.report(result_of(reason.last), as_json=as_json, status=exit_status_of(reason.last))
            raise SystemExit(DONE) from None


def result_of(batch: ImportBatch) -> dict[str, Any]:
    return {**figures_of(batch), "status": batch.status, **({"error": batch.error} if batch.error else {})}


def figures_of(batch: ImportBatch) -> dict[str, Any]:
    return {
        "batch_id": str(batch.pk),
        "contacts": batch.contacts_read,
        "staged": batch.contacts_staged,
        "unchanged": batch.contacts_unchanged,
        "calls": batch.calls_read,
        "matched": batch.matched,
        "in_batch_duplicates": batch.in_batch_duplicates,
        "errors": batch.errors,
        "requests": batch.requests,
        "seconds": round(batch.seconds_worked, 2),
    }


def exit_status_of(batch: ImportBatch) -> int:
    return DONE if batch.status == ImportBatch.Status.SUCCESS else FAILED
