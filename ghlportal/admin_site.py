"""The admin site: its name, and a first page that says what waits for a person."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from ghlportal.today import today_for

# How staff call the parts of the portal, in the order of a working day.
PARTS = {
    "imports": "Imports and review",
    "prospects": "People",
    "calls": "Calls",
    "integrations": "GoHighLevel",
    "django_celery_beat": "Schedules",
    "auth": "Staff",
}
MAIN_NAV = {
    "StagedRecord": "Review",
    "ImportBatch": "Batches",
    "SalesProspect": "Prospects",
    "SalesCall": "Sales calls",
    "Contact": "Contacts",
    "Call": "Client calls",
    "WebhookEvent": "Inbox",
    "GHLIntegration": "Locations",
    "Client": "Clients",
}
NEVER_USED = ("ClockedSchedule", "SolarSchedule")  # ways to schedule a task that only clutter the list
TABLES = {
    "ImportBatch": "Import batches",
    "StagedRecord": "Review queue",
    "ReviewDecision": "Decisions",
    "BulkRun": "Bulk runs",
    "ToldApart": "Compare two people",
    "Thresholds": "How sure is sure",
    "FittedCalibration": "What decisions teach",
    "SyncRun": "Pushes to GHL",
    "WebhookEvent": "Inbox",
    "CallSummary": "AI and BDR differ",
    "SummaryBudget": "Budget of summaries",
    "SummarySpend": "Costs of summaries",
}


class PortalAdminSite(admin.AdminSite):
    site_header = "GHL portal"
    site_title = "GHL portal"
    index_title = "Today"
    site_url = None  # the portal's pages for people are all here
    empty_value_display = "–"
    enable_nav_sidebar = False  # its width is better used by the lists; the header has the same links

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        context = super().each_context(request)
        tables = {table["object_name"]: table for app in context["available_apps"] for table in app["models"]}
        context["main_nav"] = [
            {
                "words": words,
                "url": tables[name]["admin_url"],
                "is_here": request.path.startswith(tables[name]["admin_url"]),
            }
            for name, words in MAIN_NAV.items()
            if name in tables
        ]
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        return super().index(request, {"today": today_for(request.user), **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The parts in the order and the words of a working day."""
        apps = super().get_app_list(request, app_label)
        for app in apps:
            app["name"] = PARTS.get(app["app_label"], app["name"])
            app["models"] = [table for table in app["models"] if table["object_name"] not in NEVER_USED]
            for table in app["models"]:
                table["name"] = TABLES.get(table["object_name"], table["name"])
        order = list(PARTS)
        return sorted(apps, key=lambda app: order.index(app["app_label"]) if app["app_label"] in order else len(order))
