"""Pushes to GHL: the list, and the page of one with its progress and with everybody whom it could not bring in."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.admin_parts import (
    BUSY,
    NOTHING,
    LocationListFilter,
    OfALocation,
    ReadOnlyAdmin,
    badge,
    change_url,
    counted,
    moment,
    run_badge,
    two_lines,
)
from integrations.models import SyncRun
from prospects.admin import pushing
from prospects.admin.way_into_ghl import push_badge, retry_url
from prospects.models import OutboundPerson
from prospects.outbound.reasons import words_for

PEOPLE_SHOWN = 50
SILENT_AFTER = 180  # seconds without a sign of a worker


def state_badge(run: SyncRun) -> SafeString | str:
    return badge("Under way", BUSY) if run.is_under_way else run_badge(run.status)


def people_a_minute(run: SyncRun) -> int:
    """How fast it goes, or went."""
    return round(run.done / run.seconds * 60) if run.done and run.seconds > 0 else 0


def _in_words(run: SyncRun) -> str:
    """One line: how many of how many, how fast, how long it will take."""
    if not run.total and not run.done:
        return "Looking who is to be pushed" if run.is_under_way else "There was nobody to push"
    rate, left = people_a_minute(run), max(run.total - run.done, 0)
    words = f"{run.done:,} of {counted(run.total, 'person', 'people')}"
    words += f", {rate:,} a minute" if rate else ""
    if run.is_under_way and rate and left:
        words += f", about {counted(-(-left // rate), 'minute')} left"
    return words


def progress_context(request: HttpRequest, run: SyncRun) -> dict[str, Any]:
    """What prospects/push_progress.html shows."""
    silent = (timezone.now() - (run.heartbeat_at or run.started_at)).total_seconds()
    return {
        "run": run,
        "run_badge": state_badge(run),
        "percent": min(100, round(100 * run.done / run.total)) if run.total else None,
        "in_words": _in_words(run),
        "is_silent": run.is_under_way and silent > SILENT_AFTER,
        "minutes_worked": max(1, round(run.seconds / 60)),
        "may_push": request.user.has_perm(pushing.MAY_PUSH),
    }


def by_reason(counts: Any) -> list[tuple[str, int]]:
    """A run's counts by reason, in words, the most first."""
    given = counts if isinstance(counts, dict) else {}
    return sorted(((words_for(code), count) for code, count in given.items()), key=lambda line: (-line[1], line[0]))


@admin.register(SyncRun)
class SyncRunAdmin(OfALocation, ReadOnlyAdmin):
    list_display = ("began", "location", "state", "created", "adopted", "skipped", "failed", "reasons", "requests")
    list_display_links = ("began",)
    list_filter = ("status", ("integration", LocationListFilter))
    list_select_related = ("integration",)
    search_fields = ("integration__name", "integration__location_id", "campaign_name")
    search_help_text = "Location or campaign."
    empty_words = "Nothing has been pushed to GHL yet. Open a location or a campaign and press “Push now”."
    date_hierarchy = "started_at"
    actions = None

    @admin.display(description="began", ordering="started_at")
    def began(self, run: SyncRun) -> SafeString:
        return two_lines(moment(run.started_at), f"Campaign {run.campaign_name}" if run.campaign_name else "")

    @admin.display(description="status", ordering="status")
    def state(self, run: SyncRun) -> SafeString | str:
        return state_badge(run)

    @admin.display(description="why some failed")
    def reasons(self, run: SyncRun) -> str:
        return "; ".join(f"{count:,} × {words}" for words, count in by_reason(run.failures_by_reason)) or NOTHING

    # ---------------------------------------------------------------- one push

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "push/<uuid:integration_id>/": ("push", pushing.push),
            "push/<uuid:integration_id>/campaign/<uuid:campaign_id>/": ("push_campaign", pushing.push),
            "<uuid:run_id>/stop/": ("stop", pushing.stop),
            "<uuid:run_id>/retry/": ("retry", pushing.retry_of_run),
            "<uuid:run_id>/progress/": ("progress", self.progress),
            "retry-prospect/<uuid:person_id>/": ("retry_prospect", pushing.retry_prospect),
            "retry-contact/<uuid:person_id>/": ("retry_contact", pushing.retry_contact),
        }
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"integrations_syncrun_{name}") for route, (name, view) in pages.items()]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The page of a push stands where other tables have their form."""
        run = self._run(request, object_id)
        if run is None:
            messages.warning(request, "This push is not there.")
            return HttpResponseRedirect(reverse("admin:integrations_syncrun_changelist"))
        context = {
            **self.admin_site.each_context(request),
            **progress_context(request, run),
            **_people_left_out(run),
            "title": f"Push to {run.integration}",
            "opts": self.opts,
            "failures": by_reason(run.failures_by_reason),
            "skips": by_reason(run.skipped_by_reason),
        }
        return TemplateResponse(request, "prospects/push_run.html", context)

    def progress(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """The part of the page that changes, for the script that keeps it fresh."""
        run = self._run(request, str(run_id))
        if run is None:
            raise Http404("There is no such push.")
        return TemplateResponse(request, "prospects/push_progress.html", progress_context(request, run))

    def _run(self, request: HttpRequest, run_id: str) -> SyncRun | None:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return SyncRun.objects.select_related("integration", "started_by").filter(pk=run_id).first()
        except ValidationError:  # not the form of an id
            return None


def _people_left_out(run: SyncRun) -> dict[str, Any]:
    """Those whom this push could not bring into GHL, each with its own error."""
    rows = OutboundPerson.objects.filter(run=run, state__in=OutboundPerson.NOT_IN_GHL)
    shown = rows.select_related("prospect", "contact").order_by("reason", "settled_at", "id")[:PEOPLE_SHOWN]
    lines = [
        {
            "row": row,
            "person": row.person,
            "url": change_url(row.person),
            "badge": push_badge(row),
            "retry_url": retry_url(row.person),
        }
        for row in shown
    ]
    return {"left_out": lines, "left_out_count": rows.count(), "people_shown": PEOPLE_SHOWN}
