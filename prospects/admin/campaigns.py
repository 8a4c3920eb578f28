"""Campaigns, as staff see them: who is in GHL, who waits, who failed and why, and pushing them."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.admin_parts import NOTHING, NothingToDelete, two_lines
from prospects.admin.push_card import card_of_campaign
from prospects.models import SalesCampaign, SalesProspect
from prospects.outbound.where import Standing, Where, standings_by


class CampaignList(ChangeList):
    """The list, with where the prospects of each of its campaigns are, in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        people = SalesProspect.objects.filter(campaign__in=[campaign.pk for campaign in self.result_list])
        standings = standings_by(people, "campaign_id")
        for campaign in self.result_list:
            campaign.standing = standings.get(campaign.pk, Standing())


@admin.register(SalesCampaign)
class SalesCampaignAdmin(NothingToDelete, admin.ModelAdmin):
    list_display = ("name", "prospects", "in_ghl", "waiting", "failed", "look", "not_allowed", "notes")
    search_fields = ("name", "notes")
    search_help_text = "Name or notes."
    list_per_page = 50
    actions = None
    fields = ("name", "notes")
    empty_words = "No campaign yet. Press “Add campaign”, then choose it on the pages of its prospects."

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return CampaignList

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        campaign = kwargs.get("obj")
        if campaign is not None:
            context["push"] = card_of_campaign(request, campaign)
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="prospects")
    def prospects(self, campaign: Any) -> SafeString | str:
        return _linked(campaign, campaign.standing.total)

    @admin.display(description="in GHL")
    def in_ghl(self, campaign: Any) -> SafeString | str:
        return _at(campaign, Where.IN_GHL)

    @admin.display(description="waiting")
    def waiting(self, campaign: Any) -> SafeString | str:
        return _at(campaign, Where.WAITING)

    @admin.display(description="failed")
    def failed(self, campaign: Any) -> SafeString | str:
        return _at(campaign, Where.FAILED)

    @admin.display(description="to look at")
    def look(self, campaign: Any) -> SafeString | str:
        return _at(campaign, Where.LOOK)

    @admin.display(description="not allowed")
    def not_allowed(self, campaign: Any) -> SafeString | str:
        return _at(campaign, Where.NOT_ALLOWED)


def _at(campaign: Any, where: Where) -> SafeString | str:
    """How many of its prospects are there, and the reason of most of them."""
    reasons = campaign.standing.why.get(where)
    figure = _linked(campaign, campaign.standing.counts[where], where)
    return two_lines(figure, reasons.most_common(1)[0][0]) if reasons else figure


def _linked(campaign: Any, count: int, where: str = "") -> SafeString | str:
    if not count:
        return NOTHING
    narrowed = f"&in_ghl={where}" if where else ""
    url = f"{reverse('admin:prospects_salesprospect_changelist')}?campaign__id__exact={campaign.pk}{narrowed}"
    return format_html('<a href="{}">{}</a>', url, f"{count:,}")
