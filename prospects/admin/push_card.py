"""What can be pushed, how far it is and what keeps the rest: for the pages of a location and of a campaign."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse

from integrations.models import GHLIntegration, SyncRun
from prospects.admin.push_runs import progress_context
from prospects.admin.pushing import MAY_PUSH
from prospects.models import SalesCampaign, SalesProspect
from prospects.outbound.eligibility import people_of
from prospects.outbound.where import UNTOLD, Where, only, standing_of


def card_of_location(request: HttpRequest, integration: GHLIntegration) -> dict[str, Any]:
    """What prospects/push_card.html shows on a location's page."""
    people = people_of(integration)
    # A client's people may be in several of its locations; the list can be narrowed to the client only.
    narrowed = {} if integration.is_internal else {"client__id__exact": str(integration.client_id)}
    targets = [_target(integration, None)]
    return _card(request, people, narrowed, targets if integration.is_active else [])


def card_of_campaign(request: HttpRequest, campaign: SalesCampaign) -> dict[str, Any]:
    """The same on a campaign's page: one button for each of our own locations that is switched on."""
    people = SalesProspect.objects.filter(campaign=campaign)
    internal = GHLIntegration.objects.filter(integration_type=GHLIntegration.Type.INTERNAL, is_active=True)
    targets = [_target(integration, campaign) for integration in internal]
    return _card(request, people, {"campaign__id__exact": str(campaign.pk)}, targets)


def _target(integration: GHLIntegration, campaign: SalesCampaign | None) -> dict[str, Any]:
    """A location that can be pushed to: the button's address, or the push that is under way there."""
    under_way = SyncRun.objects.filter(integration=integration, finished_at__isnull=True).first()
    name, ids = ("push_campaign", [integration.pk, campaign.pk]) if campaign else ("push", [integration.pk])
    return {
        "integration": integration,
        "run": under_way,
        "is_here": under_way is not None and (campaign is None or under_way.campaign_id in (None, campaign.pk)),
        "url": reverse(f"admin:integrations_syncrun_{name}", args=ids),
    }


def _card(
    request: HttpRequest,
    people: Any,
    narrowed: dict[str, str],
    targets: list[dict[str, Any]],
) -> dict[str, Any]:
    standing, table = standing_of(people), people.model._meta.model_name
    untold = only(people, UNTOLD).count()
    listed = reverse(f"admin:prospects_{table}_changelist")
    lines = standing.lines()
    for line in lines:
        line["shown"] = f"{line['count']:,}"
        line["url"] = f"{listed}?{urlencode({**narrowed, 'in_ghl': line['where']})}"
    shown = next((target["run"] for target in targets if target["run"] and target["is_here"]), None)
    return {
        **(progress_context(request, shown) if shown is not None else {}),
        "shown_run": shown,
        "lines": lines,
        "with_reasons": [line for line in lines if line["reasons"]],
        "untold": f"{untold:,}" if untold else "",
        "untold_url": f"{listed}?{urlencode({**narrowed, 'in_ghl': UNTOLD})}",
        "waiting": standing.counts[Where.WAITING],
        "waiting_shown": f"{standing.counts[Where.WAITING]:,}",
        "total": standing.total,
        "targets": targets if request.user.has_perm(MAY_PUSH) else [],
        "is_one": len(targets) == 1,
        "may_push": request.user.has_perm(MAY_PUSH),
    }
