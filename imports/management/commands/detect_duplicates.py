"""Looks for duplicates in a batch again."""

import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser
from django.utils import timezone

from imports.matching.detection import detect
from imports.models import ImportBatch
from imports.runner import NotToBeRunError, batch_lock, runner_is_gone
from integrations.reporting import ReportingCommand


class Command(ReportingCommand):
    help = "Looks for duplicates again among the records of a batch that nobody has decided about."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch_id", metavar="BATCH_ID")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = batch_named(self, options)
        began = time.monotonic()
        if batch.status == ImportBatch.Status.RUNNING and not runner_is_gone(batch):
            self.fail("This batch is being worked on right now. Wait until it is done.", as_json=options["json"])
        try:
            with batch_lock(batch.pk):
                found = detect(batch)
        except NotToBeRunError as reason:
            self.fail(str(reason), as_json=options["json"])
        ImportBatch.objects.filter(pk=batch.pk).update(
            matched=found.matched, in_batch_duplicates=found.in_batch_duplicates, updated_at=timezone.now()
        )
        self.report(
            {
                "matched": found.matched,
                "in_batch_duplicates": found.in_batch_duplicates,
                "seconds": round(time.monotonic() - began, 2),
            },
            as_json=options["json"],
        )


def batch_named(command: ReportingCommand, options: dict[str, Any]) -> ImportBatch:
    """The batch that the command line names; ends the command when there is none."""
    try:
        return ImportBatch.objects.select_related("integration").get(pk=options["batch_id"])
    except (ImportBatch.DoesNotExist, ValueError, ValidationError):
        command.fail(f"There is no batch {options['batch_id']}.", as_json=options["json"])
