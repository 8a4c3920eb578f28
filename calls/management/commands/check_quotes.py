"""Checks that every stored quote is in its transcript."""

from typing import Any

from calls.summaries.quotes import check_quotes
from integrations.reporting import DONE, FAILED, ReportingCommand

MOST_NAMED = 20


class Command(ReportingCommand):
    help = "Looks up every quote of every stored summary in the transcript that it rests on."

    def handle(self, *args: Any, **options: Any) -> None:
        checked = check_quotes()
        for problem in checked.problems[:MOST_NAMED]:
            self.progress(problem)
        self.progress(f"{checked.summaries:,} summaries, {checked.quotes:,} quotes: {len(checked.problems):,} missing.")
        result = {"summaries": checked.summaries, "quotes": checked.quotes, "missing": len(checked.problems)}
        self.report(result, as_json=options["json"], status=FAILED if checked.problems else DONE)
