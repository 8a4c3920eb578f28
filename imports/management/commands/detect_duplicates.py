"""Looks for duplicates in a batch again."""

import time
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandParser

from imports.matching.again import compare_again
from imports.models import ImportBatch
from imports.runner import NotToBeRunError
from integrations.reporting import ReportingCommand


class Command(ReportingCommand):
    help = "Looks for duplicates again among the records of a batch that nobody has decided about."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch_id", metavar="BATCH_ID")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = batch_named(self, options)
        began = time.monotonic()
        try:
            found = compare_again(batch)
        except NotToBeRunError as reason:
            self.fail(str(reason), as_json=options["json"])
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
