"""Compares a location's calls with GHL's and repairs what the portal lacks."""

from typing import Any

from django.core.management.base import CommandParser

from calls.one_at_a_time import AlreadyRunningError
from calls.reconciling import Reconciled, reconcile
from integrations.models import GHLIntegration
from integrations.reporting import DONE, FAILED, ReportingCommand

MOST_NAMED = 5


class Command(ReportingCommand):
    help = "Compares a GHL location's calls with the portal's, writes those that are missing and reports drift."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location_id", metavar="LOCATION_ID")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        integration = GHLIntegration.objects.filter(location_id=options["location_id"]).first()
        if integration is None:
            self.fail(
                f"There is no location {options['location_id']} in the portal. Add it with add_location.",
                as_json=as_json,
            )
        try:
            result = reconcile(integration, on_progress=lambda current: self.progress(in_words(current)))
        except AlreadyRunningError as reason:
            self.fail(str(reason), as_json=as_json)
        for problem in result.unreadable[:MOST_NAMED]:
            self.progress(problem)
        if result.error:
            self.progress(f"{result.error} What was compared so far is kept; the next run goes on there.")
        is_whole = not result.error and not result.unreadable
        self.report(json_of(result), as_json=as_json, status=DONE if is_whole else FAILED)


def in_words(result: Reconciled) -> str:
    """One line for a terminal."""
    return (
        f"{result.checked:,} calls compared: {result.missing:,} were missing, {result.unfinished:,} were unfinished, "
        f"{result.linked:,} had no person; {result.repaired:,} repaired."
    )


def json_of(result: Reconciled) -> dict[str, Any]:
    return {
        "checked": result.checked,
        "repaired": result.repaired,
        "drift": result.drift,
        "missing": result.missing,
        "unfinished": result.unfinished,
        "linked": result.linked,
        "requests": result.requests,
        "seconds": result.seconds,
        **({"error": result.error} if result.error else {}),
    }
