"""Writes every candidate pair of a batch as CSV."""

import csv
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from imports.candidate_pairs import COLUMNS, candidate_pairs
from imports.management.commands.detect_duplicates import batch_named
from integrations.reporting import ReportingCommand


class Command(ReportingCommand):
    help = "Writes every candidate pair of a batch: to FILE, or to stdout without --json."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch_id", metavar="BATCH_ID")
        parser.add_argument("--csv", metavar="FILE", dest="csv_file")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = batch_named(self, options)
        pairs = 0
        try:
            file = (
                Path(options["csv_file"]).open("w", newline="", encoding="utf-8")
                if options["csv_file"]
                else open(sys.stdout.fileno(), "w", newline="", encoding="utf-8", closefd=False)
            )
        except OSError as problem:
            self.fail(f"{options['csv_file']} cannot be written: {problem.strerror}.", as_json=options["json"])
        with file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            for pair in candidate_pairs(batch):
                writer.writerow(pair)
                pairs += 1
        self.report({"pairs": pairs}, as_json=options["json"])
