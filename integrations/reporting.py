"""How every command reports: progress on stderr, one JSON object last on stdout, an honest exit status."""

import json
import sys
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, ProgrammingError

DONE, FAILED, BAD_USAGE = 0, 1, 2


class ReportingCommand(BaseCommand):
    """A command that promises: exit status 0 done, 1 failed or partly failed, 2 bad usage; safe to run twice."""

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        parser = super().create_parser(prog_name, subcommand, **kwargs)
        parser.add_argument("--json", action="store_true", help="print one JSON object as the last line of stdout")
        return parser

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Runs the command; what keeps it from running at all is told like any other failure."""
        try:
            return super().execute(*args, **options)
        except CommandError as problem:
            self.fail(str(problem), as_json=options["json"], status=problem.returncode)
        except (OperationalError, ProgrammingError) as problem:
            if options["traceback"]:
                raise
            # Only the kind: the text may quote values of rows, or the database's address.
            self.fail(
                f"The database cannot be used ({type(problem).__name__}). Check that it runs, that DATABASE_URL names "
                "it and that “manage.py migrate” has been run; --traceback shows the details.",
                as_json=options["json"],
            )

    def progress(self, text: str) -> None:
        self.stderr.write(text)

    def report(self, result: dict[str, Any], *, as_json: bool, status: int = DONE) -> None:
        """Prints what came of it, and leaves with the status."""
        if as_json:
            self.stdout.write(json.dumps(result, default=str))
        else:
            for key, value in result.items():
                self.stdout.write(f"{key}: {value}")
        self.stdout.flush()
        if status != DONE:
            sys.exit(status)

    def fail(self, message: str, *, as_json: bool, status: int = FAILED, **result: Any) -> NoReturn:
        """Says what went wrong on stderr, and in the object too."""
        self.stderr.write(message)
        if as_json:
            self.stdout.write(json.dumps({**result, "status": "failed", "error": message}, default=str))
            self.stdout.flush()
        sys.exit(status)
