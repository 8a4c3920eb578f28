"""Has Claude summarise one call, now."""

import uuid
from typing import Any

from django.core.management.base import CommandParser
from django.utils import timezone

from calls.enrichment import find_call
from calls.models import PhoneCall, SummaryStatus
from calls.summaries import asking, budget, working_off
from calls.summaries.claude import Claude
from calls.summaries.making import make
from calls.summaries.standing import NOT_WORTH, Standing, standing_of
from integrations.reporting import BAD_USAGE, DONE, FAILED, ReportingCommand


class Command(ReportingCommand):
    help = "Summarises one call, of either table, by its id in the portal. What has a summary is not read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("call_id", metavar="CALL_ID")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        try:
            call = find_call(uuid.UUID(options["call_id"]))
        except ValueError:
            self.fail(f"“{options['call_id']}” is no id of a call.", as_json=as_json, status=BAD_USAGE)
        if call is None:
            self.fail(f"There is no call {options['call_id']} in the portal.", as_json=as_json)
        standing = self._made(call)
        self.progress(f"{standing.label}. {standing.reason}".strip())
        is_well = standing.status in (SummaryStatus.DONE, NOT_WORTH)
        self.report(json_of(standing), as_json=as_json, status=DONE if is_well else FAILED)

    def _made(self, call: PhoneCall) -> Standing:
        standing = asking.written_down(call)
        has_key = working_off.settle_the_key()
        if standing.can_ask and standing.latest is not None and has_key and not budget.paused_until(timezone.now()):
            self.progress("Claude reads the transcript …")
            with Claude() as claude:
                make(standing.latest.pk, claude)
        return standing_of(call)


def json_of(standing: Standing) -> dict[str, Any]:
    made = standing.latest if standing.status == SummaryStatus.DONE else None
    return {
        "status": str(standing.status),
        "disposition": made.disposition if made else None,
        "reason": standing.reason,
        "key_points": len(made.answer["key_points"]) if made and made.answer else 0,
        "dropped_claims": made.dropped_claims if made else 0,
        "input_tokens": made.input_tokens if made else 0,
        "output_tokens": made.output_tokens if made else 0,
    }
