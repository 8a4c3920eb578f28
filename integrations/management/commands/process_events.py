"""Works off the webhook inbox in the foreground."""

from collections import Counter
from typing import Any

from django.core.management.base import CommandParser

from integrations import inbox
from integrations.models import WebhookEvent
from integrations.reporting import DONE, FAILED, ReportingCommand

Status = WebhookEvent.Status
PROGRESS_EVERY = 100


class Command(ReportingCommand):
    help = (
        "Processes every delivery that waits, whether it is due or not, each once, and then those that arrived "
        "meanwhile, until none is left untried. Exit status 1 when some failed or still wait: they are tried again by "
        "the workers, or lie parked in the admin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="only what waits now, not what arrives meanwhile")
        parser.add_argument("--failed", action="store_true", help="first let those that failed wait again")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["failed"]:
            failed = WebhookEvent.objects.filter(status=Status.FAILED).values_list("pk", flat=True)
            self.progress(f"{len(inbox.replay(list(failed)))} failed deliveries are tried again.")
        became: Counter[str] = Counter()
        for number, status in enumerate(inbox.drain(once=options["once"]), start=1):
            became[status] += 1
            if number % PROGRESS_EVERY == 0:
                self.progress(f"{number} deliveries processed.")
        result = {
            "processed": became[Status.DONE] + became[Status.IGNORED],
            "failed": became[Status.FAILED],
            "waiting": WebhookEvent.objects.filter(status=Status.WAITING).count(),
        }
        unsettled = became[Status.FAILED] + became[Status.WAITING]
        self.report(result, as_json=options["json"], status=FAILED if unsettled else DONE)
