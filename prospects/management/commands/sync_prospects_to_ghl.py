"""Pushes to GHL whom a location's side has and GHL does not."""

import time
from typing import Any

from django.core.management.base import CommandParser

from integrations.mapping_check import check_mapping
from integrations.models import GHLIntegration, RunStatus, SyncRun
from integrations.queueing import queue
from integrations.reporting import DONE, FAILED, ReportingCommand
from prospects.models import SalesCampaign
from prospects.outbound import runs

PAUSE = 1.0  # seconds


class Command(ReportingCommand):
    help = (
        "Creates in GHL the prospects (for a client's location: the contacts) that it does not have yet, each once. "
        "Goes on with the location's unfinished push, if there is one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("location_id", metavar="LOCATION_ID")
        parser.add_argument("--campaign", metavar="NAME", help="only the prospects of this campaign")
        parser.add_argument("--background", action="store_true", help="let a worker do it; watch it on its page")

    def handle(self, *args: Any, **options: Any) -> None:
        as_json = options["json"]
        integration = self._integration(options["location_id"], as_json=as_json)
        campaign = self._campaign(options["campaign"], as_json=as_json)
        if integration.is_active and (gone := check_mapping(integration)):
            self.progress(f"Left out of what is sent: {gone} Mend it on the location’s page, under “Custom fields”.")
        try:
            if options["background"]:
                self._hand_over(integration, campaign, as_json=as_json)
                return
            run = self._pushed(integration, campaign)
        except runs.CannotBePushedError as reason:
            self.fail(str(reason), as_json=as_json, **figures_of(None))
        except KeyboardInterrupt:
            last = SyncRun.objects.filter(integration=integration).first()
            self.fail("Stopped. The same command goes on.", as_json=as_json, **figures_of(last))
        if run.error:
            self.progress(run.error)
        for words, count in {**run.failures_by_reason, **run.skipped_by_reason}.items():
            self.progress(f"{count:,} × {words}")
        status = DONE if run.status == RunStatus.SUCCESS else FAILED
        self.report(result_of(run), as_json=as_json, status=status)

    def _pushed(self, integration: GHLIntegration, campaign: SalesCampaign | None) -> SyncRun:
        """The run, at its end. One that is under way is joined, and is the answer if it covers what was asked for."""
        while True:
            try:
                run = runs.start(integration, campaign=campaign)
            except runs.PushUnderWayError as reason:
                self.progress(f"{reason} Going on with it.")
                run = self._to_the_end(reason.run)
                if run.campaign_id in (None, campaign.pk if campaign else None):
                    return run
            else:
                return self._to_the_end(run)

    def _to_the_end(self, run: SyncRun) -> SyncRun:
        run = runs.work_on(run.pk, on_progress=self._show)
        while run.is_under_way:  # others are still at somebody
            time.sleep(PAUSE)
            run = runs.work_on(run.pk, on_progress=self._show)
        return run

    def _hand_over(self, integration: GHLIntegration, campaign: SalesCampaign | None, *, as_json: bool) -> None:
        try:
            run = runs.start(integration, campaign=campaign)
        except runs.PushUnderWayError as reason:
            run = reason.run
            self.progress(str(reason))
        if queue("prospects.tasks.push_to_ghl", str(run.pk)):
            self.progress("Queued for a worker.")
        else:
            self.progress(
                "The push waits, but no worker could be told of it: the queue (Redis) cannot be reached. "
                "It is handed over again within minutes of the queue coming back."
            )
        self.report(result_of(run), as_json=as_json)

    def _integration(self, location_id: str, *, as_json: bool) -> GHLIntegration:
        integration = GHLIntegration.objects.filter(location_id=location_id).first()
        if integration is None:
            words = f"There is no location {location_id} in the portal. Add it with add_location."
            self.fail(words, as_json=as_json, **figures_of(None))
        return integration

    def _campaign(self, name: str | None, *, as_json: bool) -> SalesCampaign | None:
        if name is None:
            return None
        campaign = SalesCampaign.objects.filter(name__iexact=name.strip()).first()
        if campaign is None:
            self.fail(f"There is no campaign “{name}” in the portal.", as_json=as_json, **figures_of(None))
        return campaign

    def _show(self, run: SyncRun) -> None:
        self.progress(
            f"{run.done:,} of {run.total:,}: {run.created:,} created, {run.adopted:,} adopted, {run.failed:,} failed, "
            f"{run.requests:,} requests in {run.seconds:,.0f} s"
        )


def figures_of(run: SyncRun | None) -> dict[str, Any]:
    names = ("created", "adopted", "failed", "skipped", "requests")
    figures = {name: getattr(run, name) if run else 0 for name in names}
    return {**figures, "seconds": round(run.seconds, 2) if run else 0.0}


def result_of(run: SyncRun) -> dict[str, Any]:
    return {**figures_of(run), "status": run.status or "queued", **({"error": run.error} if run.error else {})}
