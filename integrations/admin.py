"""Locations, clients, and what was exchanged with GHL, as staff see them."""

import json
import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.admin_parts import (
    BAD,
    BUSY,
    GOOD,
    NOTHING,
    QUIET,
    WARN,
    LocationListFilter,
    NothingToDelete,
    ReadOnlyAdmin,
    SavesWhatWasEntered,
    badge,
    change_url,
    counted,
    link_to,
    moment,
    two_lines,
)
from integrations.fields import SecretUnreadableError
from integrations.location_form import MAPPING_NAMES, LocationForm
from integrations.models import Client, GHLIntegration, RunStatus, SyncRun, WebhookEvent

RUN_TONES = {RunStatus.SUCCESS: GOOD, RunStatus.PARTIAL: WARN, RunStatus.FAILED: BAD}
EVENT_TONES = {
    WebhookEvent.Status.WAITING: BUSY,
    WebhookEvent.Status.DONE: GOOD,
    WebhookEvent.Status.FAILED: BAD,
    WebhookEvent.Status.IGNORED: QUIET,
}


def run_badge(status: str | None) -> SafeString | str:
    return badge(RunStatus(status).label, RUN_TONES[RunStatus(status)]) if status else NOTHING


def _batches() -> Any:
    """The table of pulls, which belongs to an app above this one."""
    return GHLIntegration._meta.get_field("batches").related_model


@admin.register(GHLIntegration)
class GHLIntegrationAdmin(NothingToDelete, SavesWhatWasEntered, admin.ModelAdmin):
    form = LocationForm
    list_display = ("location", "side", "is_active", "token", "last_pull", "last_push")
    list_display_links = ("location",)
    list_filter = ("integration_type", "is_active", "last_sync_status", ("client", admin.RelatedOnlyFieldListFilter))
    list_select_related = ("client",)
    search_fields = ("name", "location_id", "client__name")
    search_help_text = "Name, location id or client."
    autocomplete_fields = ("client",)
    actions = None
    empty_words = "No location yet. Press “Add GHL location”, enter its id and token, then pull."
    show_full_result_count = False
    fieldsets = (
        (None, {"fields": ("name", "location_id", "is_active")}),
        (
            "Whose it is",
            {
                "fields": ("integration_type", "client"),
                "description": "The people and calls of a location are all on one side, so this is chosen once. "
                "An internal location has no client; a client campaign names its client.",
            },
        ),
        ("Access to GHL", {"fields": ("new_token",)}),
        (
            "Custom fields",
            {
                "fields": MAPPING_NAMES,
                "classes": ("collapse",),
                "description": "Only for fields whose label in GHL says something else: those left empty are found by "
                "their label.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        pulls = _batches()._default_manager.filter(integration=OuterRef("pk"), source="ghl").order_by("-created_at")
        locations: QuerySet[Any] = super().get_queryset(request)
        return locations.annotate(
            pull_id=Subquery(pulls.values("pk")[:1]),
            pulled_at=Subquery(pulls.values("created_at")[:1]),
            pull_status=Subquery(pulls.values("status")[:1]),
        )

    def also_changed(self, form: Any) -> list[str]:
        return sorted(form.also_changed)

    def get_readonly_fields(self, request: HttpRequest, obj: GHLIntegration | None = None) -> tuple[str, ...]:
        """What the people and calls of a location hang on does not change any more."""
        if obj is None:
            return ()
        is_fixed = obj.is_internal or _batches()._default_manager.filter(integration=obj).exists()
        return ("location_id", "integration_type", *(("client",) if is_fixed else ()))

    def get_fieldsets(self, request: HttpRequest, obj: GHLIntegration | None = None) -> Any:
        """Who may only look sees what is stored, not the fields that write it."""
        if self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("name", "location_id", "integration_type", "client", "is_active", "token")}),)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        integration = kwargs.get("obj")
        if integration is not None and self.has_change_permission(request, integration):
            context["webhook_address"] = _webhook_address(request, integration)
            pulls = _batches()._default_manager.filter(integration=integration, source="ghl")
            context["unfinished"] = pulls.exclude(phase="done").order_by("-created_at").first()
        if integration is not None:
            context["last_pull"], context["last_push"] = self.last_pull(integration), self.last_push(integration)
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.make_webhook_address)
        own = path("<uuid:integration_id>/new-webhook-address/", view, name="integrations_ghlintegration_new_webhook")
        return [own, *super().get_urls()]

    def make_webhook_address(self, request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
        """Replaces the webhook address: what was posted to the old one is refused from now on."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        integration = get_object_or_404(GHLIntegration, pk=integration_id)
        if not self.has_change_permission(request, integration):
            raise PermissionDenied
        integration.make_webhook_secret()
        integration.save(update_fields=["webhook_secret", "webhook_secret_digest", "updated_at"])
        self.log_change(request, integration, "Made a new webhook address.")
        messages.success(request, "The location has a new webhook address. Enter it in its GHL workflows.")
        return HttpResponseRedirect(change_url(integration))

    @admin.display(description="location", ordering="name")
    def location(self, integration: GHLIntegration) -> SafeString:
        return two_lines(integration, integration.location_id if integration.name else "")

    @admin.display(description="whose", ordering="integration_type")
    def side(self, integration: GHLIntegration) -> SafeString | str:
        return "Internal" if integration.is_internal else two_lines("Client", integration.client)

    @admin.display(description="token")
    def token(self, integration: GHLIntegration) -> SafeString | str:
        return integration.api_token.hint if integration.api_token else badge("No token", BAD)

    @admin.display(description="last pull", ordering="pulled_at")
    def last_pull(self, integration: Any) -> SafeString | str:
        if integration.pull_id is None:
            return "Never"
        status = _batches()._meta.get_field("status").flatchoices
        pull = _batches()(pk=integration.pull_id)
        return two_lines(
            format_html('<a href="{}">{}</a>', change_url(pull), moment(integration.pulled_at)),
            dict(status)[integration.pull_status],
        )

    @admin.display(description="last push", ordering="last_synced_at")
    def last_push(self, integration: GHLIntegration) -> SafeString | str:
        if not integration.last_synced_at:
            return "Never"
        return two_lines(moment(integration.last_synced_at), run_badge(integration.last_sync_status))


def _webhook_address(request: HttpRequest, integration: GHLIntegration) -> str:
    if not integration.webhook_secret:
        return ""
    try:
        return request.build_absolute_uri(integration.webhook_path)
    except SecretUnreadableError as problem:
        messages.error(request, str(problem))
        return ""


@admin.register(Client)
class ClientAdmin(NothingToDelete, admin.ModelAdmin):
    list_display = ("name", "state", "email", "phone", "location_count", "timezone")
    list_filter = ("status",)
    search_fields = ("name", "email", "phone", "website")
    search_help_text = "Name, e-mail, phone or website."
    fields = ("name", "status", "email", "phone", "website", "timezone")
    actions = None

    def get_queryset(self, request: HttpRequest) -> Any:
        clients: QuerySet[Any] = super().get_queryset(request)
        return clients.annotate(locations=Count("integrations"))

    @admin.display(description="status", ordering="status")
    def state(self, client: Client) -> SafeString:
        return badge(client.get_status_display(), GOOD if client.status == Client.Status.ACTIVE else QUIET)

    @admin.display(description="locations", ordering="locations")
    def location_count(self, client: Any) -> str:
        return counted(client.locations, "location") if client.locations else NOTHING


class OfALocation:
    """A row of one location, which staff call that and not an integration."""

    @admin.display(description="location", ordering="integration__name")
    def location(self, row: Any) -> SafeString | str:
        return link_to(row.integration)


@admin.register(WebhookEvent)
class WebhookEventAdmin(OfALocation, ReadOnlyAdmin):
    list_display = ("came", "kind", "location", "state", "attempts", "error_message")
    list_filter = ("status", "source", ("integration", LocationListFilter))
    list_select_related = ("integration",)
    search_fields = ("delivery_key", "event_type", "error_message", "integration__name", "integration__location_id")
    search_help_text = "Delivery, kind, error or location."
    date_hierarchy = "received_at"
    actions = ("try_again",)
    empty_words = "GHL has delivered nothing yet. Enter a location’s webhook address in its GHL workflows."
    fields = (
        "came", "location", "source", "event_type", "state", "attempts", "error_message", "settled_at", "content",
        "delivery_key",
    )  # fmt: skip
    readonly_fields = ("came", "location", "state", "content")

    def has_replay_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("integrations.change_ghlintegration"))

    @admin.action(description="Try again (those that failed)", permissions=["replay"])
    def try_again(self, request: HttpRequest, queryset: QuerySet[WebhookEvent]) -> None:
        count = queryset.filter(status=WebhookEvent.Status.FAILED).update(status=WebhookEvent.Status.WAITING)
        if count:
            messages.success(request, f"{counted(count, 'delivery', 'deliveries')} waiting to be tried again.")
        else:
            messages.info(request, "None of these failed, so none is tried again.")

    @admin.display(description="came", ordering="received_at")
    def came(self, event: WebhookEvent) -> str:
        return moment(event.received_at)

    @admin.display(description="kind", ordering="event_type")
    def kind(self, event: WebhookEvent) -> SafeString:
        return two_lines(event.event_type or "Call", event.get_source_display())

    @admin.display(description="status", ordering="status")
    def state(self, event: WebhookEvent) -> SafeString:
        return badge(event.get_status_display(), EVENT_TONES[WebhookEvent.Status(event.status)])

    @admin.display(description="what came")
    def content(self, event: WebhookEvent) -> SafeString:
        return format_html('<pre class="raw">{}</pre>', json.dumps(event.payload, indent=2, ensure_ascii=False))


@admin.register(SyncRun)
class SyncRunAdmin(OfALocation, ReadOnlyAdmin):
    list_display = ("began", "location", "state", "created", "adopted", "skipped", "failed", "requests")
    list_filter = ("status", ("integration", LocationListFilter))
    list_select_related = ("integration",)
    search_fields = ("integration__name", "integration__location_id")
    search_help_text = "Location."
    empty_words = "Nothing has been pushed to GHL yet."
    date_hierarchy = "started_at"
    actions = None
    fields = (
        "began", "finished_at", "location", "state", "created", "adopted", "skipped", "failed", "requests",
        "reasons",
    )  # fmt: skip
    readonly_fields = ("began", "location", "state", "reasons")

    @admin.display(description="began", ordering="started_at")
    def began(self, run: SyncRun) -> str:
        return moment(run.started_at)

    @admin.display(description="status", ordering="status")
    def state(self, run: SyncRun) -> SafeString | str:
        return run_badge(run.status) if run.status else badge("Under way", BUSY)

    @admin.display(description="why some failed")
    def reasons(self, run: SyncRun) -> str:
        return "; ".join(f"{count} × {reason}" for reason, count in run.failures_by_reason.items()) or NOTHING
