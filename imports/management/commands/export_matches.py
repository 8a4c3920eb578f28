"""Writes every candidate pair of a batch as CSV."""

import csv
from pathlib import Path
from typing import Any, Protocol

from django.core.management.base import CommandParser

from imports.management.commands.detect_duplicates import batch_named
from imports.matching.candidate_pairs import COLUMNS, candidate_pairs
from imports.models import ImportBatch
from integrations.reporting import ReportingCommand


class Command(ReportingCommand):
    help = "Writes every candidate pair of a batch as CSV: to FILE, or to standard output."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("batch_id", metavar="BATCH_ID")
        parser.add_argument("--csv", metavar="FILE", dest="csv_file", help="where to; standard output without it")

    def handle(self, *args: Any, **options: Any) -> None:
        batch = batch_named(self, options)
        if not options["csv_file"]:
            pairs = _write_pairs(batch, self.stdout)
            if not options["json"]:
                self.progress(f"pairs: {pairs}")  # standard output is the table, and nothing else
                return
        else:
            try:
                with Path(options["csv_file"]).open("w", newline="", encoding="utf-8") as file:
                    pairs = _write_pairs(batch, file)
            except OSError as problem:
                self.fail(f"{options['csv_file']} cannot be written: {problem.strerror}.", as_json=options["json"])
        self.report({"pairs": pairs}, as_json=options["json"])


class Writable(Protocol):
    def write(self, text: str, /) -> Any: ...


def _write_pairs(batch: ImportBatch, file: Writable) -> int:
    writer = csv.DictWriter(file, COLUMNS)
    writer.writeheader()
    pairs = 0
    for pair in candidate_pairs(batch):
        writer.writerow(pair)
        pairs += 1
    return pairs
