"""Has Claude read labelled calls and says how often it was right."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser

from calls.summaries.claude import Claude
from calls.summaries.evaluating import (
    SHIPPED,
    BudgetSpentError,
    Evaluation,
    UnreadableSetError,
    evaluate,
    labelled_calls,
)
from calls.summaries.prompt import PROMPT_VERSION
from calls.summaries.standing import NO_KEY_WORDS
from calls.summaries.troubles import Trouble
from integrations.reporting import BAD_USAGE, DONE, FAILED, ReportingCommand


class Command(ReportingCommand):
    help = (
        "Reads a set of labelled calls with the configured model and prints accuracy by disposition. Nothing is "
        "stored but what it took out of the daily budget."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--file", type=Path, default=SHIPPED, help="another set, of the form of the shipped one")
        parser.add_argument(
            "--at-least", type=float, default=0.0, metavar="SHARE", help="exit status 1 below this accuracy, 0 to 1"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        try:
            calls = labelled_calls(options["file"])
        except UnreadableSetError as problem:
            self.fail(str(problem), as_json=as_json, status=BAD_USAGE)
        if not settings.ANTHROPIC_API_KEY:
            self.fail(NO_KEY_WORDS, as_json=as_json)
        try:
            with Claude() as claude:
                result = evaluate(calls, claude, lambda current: self._tell(current, len(calls)))
        except (Trouble, BudgetSpentError) as trouble:
            self.fail(f"The evaluation was stopped: {trouble}", as_json=as_json)
        report = json_of(result, len(calls))
        self._show(result, report)
        is_well = not result.troubles and report["accuracy"] >= options["at_least"]
        self.report(report, as_json=as_json, status=DONE if is_well else FAILED)

    def _tell(self, current: Evaluation, of: int) -> None:
        done = len(current.readings) + len(current.troubles)
        if done % 10 == 0 or done == of:
            self.progress(f"{done} of {of} calls read, {current.right} right.")

    def _show(self, result: Evaluation, report: dict[str, Any]) -> None:
        for word, (right, tried) in result.by_disposition().items():
            if tried:
                self.progress(f"{word:<20} {right:>3} of {tried:<3} {right / tried:>5.0%}")
        for call, reading in result.readings:
            if call.disposition != reading:
                self.progress(f"  “{call.name}” is {call.disposition}, read as {reading}")
        for call, words in result.troubles:
            self.progress(f"  “{call.name}” was not read: {words}")


def json_of(result: Evaluation, calls: int) -> dict[str, Any]:
    return {
        "model": settings.ANTHROPIC_MODEL,
        "prompt_version": PROMPT_VERSION,
        "calls": calls,
        "right": result.right,
        "accuracy": round(result.right / calls, 4) if calls else 0.0,
        "not_read": len(result.troubles),
        "by_disposition": {
            word: {"right": right, "calls": tried} for word, (right, tried) in result.by_disposition().items()
        },
        "dropped_claims": result.dropped_claims,
        "kept_claims": result.kept_claims,
        "input_tokens": result.input_tokens,
        "output_tokens": result.output_tokens,
    }
