"""Makes a batch from a CSV file."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from imports.files.csv_files import UnreadableFileError, read_csv
from imports.files.csv_import import import_csv
from imports.models import ImportBatch
from imports.runner import NotToBeRunError
from integrations.models import GHLIntegration
from integrations.reporting import DONE, FAILED, ReportingCommand


class Command(ReportingCommand):
    help = "Stages the rows of a CSV file for review. The same file again makes no second batch."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE")
        parser.add_argument("--location", required=True, metavar="LOCATION_ID", help="whose people these are")
        parser.add_argument("--source", default="", metavar="NAME", help="what approved people get as their source")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        integration = GHLIntegration.objects.filter(location_id=options["location"]).first()
        if integration is None:
            self.fail(
                f"There is no location {options['location']} in the portal. Add it with add_location.", as_json=as_json
            )
        path = Path(options["file"])
        try:
            batch = import_csv(
                read_csv(path.read_bytes()),
                integration,
                source_name=options["source"] or path.name,
                on_progress=lambda current: self.progress(f"{current.contacts_read:,} rows staged"),
            )
        except OSError as problem:
            self.fail(f"{path} cannot be read: {problem.strerror}.", as_json=as_json)
        except (UnreadableFileError, NotToBeRunError) as problem:
            self.fail(f"{path.name}: {problem}", as_json=as_json)
        for remark in batch.remarks:
            self.progress(remark)
        result = {
            "batch_id": str(batch.pk),
            "rows": batch.contacts_read,
            "matched": batch.matched,
            "in_batch_duplicates": batch.in_batch_duplicates,
            "errors": batch.errors,
            "status": batch.status,
        }
        finished = batch.status == ImportBatch.Status.SUCCESS
        self.report(result, as_json=as_json, status=DONE if finished else FAILED)
