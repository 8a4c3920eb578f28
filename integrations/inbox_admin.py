"""The inbox as staff see it: what GHL delivered, what became of it, and once more."""

import json
import uuid
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from integrations import inbox
from integrations.admin_parts import (
    BAD,
    BUSY,
    GOOD,
    NOTHING,
    QUIET,
    WARN,
    LocationListFilter,
    OfALocation,
    ReadOnlyAdmin,
    badge,
    change_url,
    counted,
    moment,
    two_lines,
)
from integrations.models import RefusedDeliveries, WebhookEvent
from integrations.tasks import queue_events

TONES = {
    WebhookEvent.Status.WAITING: BUSY,
    WebhookEvent.Status.DONE: GOOD,
    WebhookEvent.Status.FAILED: BAD,
    WebhookEvent.Status.IGNORED: QUIET,
}
SETTLED_BUT_NOT_DONE = (WebhookEvent.Status.FAILED, WebhookEvent.Status.IGNORED)
SHORTEST_ID = 8  # fewer characters would be found in every second payload


class FlaggedFilter(admin.SimpleListFilter):
    title = "remarks"
    parameter_name = "flagged"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "With remarks"), ("no", "Without")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> QuerySet[WebhookEvent]:
        without = Q(flags=[])
        return {"yes": queryset.exclude(without), "no": queryset.filter(without)}.get(self.value() or "", queryset)


@admin.register(WebhookEvent)
class WebhookEventAdmin(OfALocation, ReadOnlyAdmin):
    list_display = ("came", "what", "location", "state", "became", "attempts")
    list_filter = (
        "status", "kind", FlaggedFilter, "source", ("integration", LocationListFilter), "received_at",
    )  # fmt: skip
    list_select_related = ("integration",)
    search_fields = ("=ghl_message_id", "=ghl_contact_id", "integration__name", "=integration__location_id")
    search_help_text = "Message id, contact id or location."
    date_hierarchy = "received_at"
    actions = ("try_again",)
    empty_words = "GHL has delivered nothing yet. Enter a location’s webhook address in its GHL workflows."
    fields = (
        "came", "location", "what", "state", "became", "settled_at", "attempts", "next_try", "ghl_message_id",
        "ghl_contact_id", "content", "delivery_key",
    )  # fmt: skip
    readonly_fields = ("came", "location", "what", "state", "became", "next_try", "content")

    # ---------------------------------------------------------------- finding

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[WebhookEvent], search_term: str
    ) -> tuple[QuerySet[WebhookEvent], bool]:
        """By the columns first; an id that none of them holds may be in what could not be read."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        term = search_term.strip()
        if len(term) < SHORTEST_ID or " " in term or found.exists():
            return found, may_repeat
        content = queryset.alias(content=Cast("payload", TextField()))
        return content.filter(Q(content__contains=term) | Q(body__contains=term)), False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        about = {"refused": _refused(), "waiting_since": moment(inbox.waiting_since())}
        return super().changelist_view(request, {**about, **(extra_context or {})})

    # ---------------------------------------------------------------- once more

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.replay))
        return [path("<uuid:event_id>/replay/", view, name="integrations_webhookevent_replay"), *super().get_urls()]

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("integrations.change_webhookevent"))

    @admin.action(description="Try again (those that failed or were ignored)", permissions=["replay"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        self._replay(request, list(queryset.order_by().values_list("pk", flat=True)))

    def replay(self, request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
        if not self.has_replay_permission(request):
            raise PermissionDenied
        event = get_object_or_404(WebhookEvent, pk=event_id)
        self._replay(request, [event.pk])
        return HttpResponseRedirect(change_url(event))

    def _replay(self, request: HttpRequest, event_ids: list[uuid.UUID]) -> None:
        replayed = inbox.replay(event_ids)
        if not replayed:
            messages.info(request, "None of these failed or was ignored, so none is tried again.")
            return
        for event in WebhookEvent.objects.filter(pk__in=replayed):
            self.log_change(request, event, "Tried again.")
        when = "now" if queue_events([str(pk) for pk in replayed]) else "as soon as the workers can be reached"
        messages.success(request, f"{counted(len(replayed), 'delivery', 'deliveries')} tried again {when}.")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        event = kwargs.get("obj")
        context["may_replay"] = (
            event is not None and event.status in SETTLED_BUT_NOT_DONE and self.has_replay_permission(request)
        )
        return super().render_change_form(request, context, *args, **kwargs)

    # ---------------------------------------------------------------- showing

    @admin.display(description="came", ordering="received_at")
    def came(self, event: WebhookEvent) -> str:
        return moment(event.received_at)

    @admin.display(description="what", ordering="event_type")
    def what(self, event: WebhookEvent) -> SafeString:
        return two_lines(event.event_type or "Not read yet", event.get_source_display())

    @admin.display(description="status", ordering="status")
    def state(self, event: WebhookEvent) -> SafeString:
        return badge(event.get_status_display(), TONES[WebhookEvent.Status(event.status)])

    @admin.display(description="what became of it")
    def became(self, event: WebhookEvent) -> SafeString:
        words = event.error_message or event.outcome or NOTHING
        remarks = format_html_join("", " {}", ((badge(flag, WARN),) for flag in event.flags))
        return format_html("{}{}{}", words, remarks, _link_to_row(event))

    @admin.display(description="next try")
    def next_try(self, event: WebhookEvent) -> str:
        return moment(event.next_try_at) if event.is_waiting else NOTHING

    @admin.display(description="what came")
    def content(self, event: WebhookEvent) -> SafeString:
        text = event.body if event.payload is None else json.dumps(event.payload, indent=2, ensure_ascii=False)
        return format_html('<pre class="raw">{}</pre>', text)


def _link_to_row(event: WebhookEvent) -> SafeString | str:
    """The page of what it became, where that has one."""
    tables: dict[str, type[models.Model]] = {model._meta.db_table: model for model in apps.get_models()}
    model = tables.get(event.row_table)
    if model is None or event.row_id is None or not admin.site.is_registered(model):
        return ""
    return format_html(' <a href="{}">Open the {}</a>', change_url(model(pk=event.row_id)), model._meta.verbose_name)


def _refused() -> dict[str, int]:
    """How many deliveries proved nothing: today, and within a week."""
    today = timezone.now().date()
    days = RefusedDeliveries.objects.filter(day__gt=today - timedelta(days=7)).order_by()
    return {
        "today": days.filter(day=today).aggregate(sum=Sum("count"))["sum"] or 0,
        "week": days.aggregate(sum=Sum("count"))["sum"] or 0,
    }
