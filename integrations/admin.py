"""Locations and clients, as staff see them."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from integrations.admin_parts import (
    BAD,
    GOOD,
    NOTHING,
    QUIET,
    NothingToDelete,
    SavesWhatWasEntered,
    badge,
    change_url,
    counted,
    moment,
    run_badge,
    two_lines,
)
from integrations.api_tokens_admin import ApiTokenAdmin
from integrations.custom_fields import MAPPED_FIELDS
from integrations.field_mapping_admin import FieldMappingPages
from integrations.inbox_admin import WebhookEventAdmin
from integrations.location_form import MAPPING_NAMES, LocationForm
from integrations.models import Client, GHLIntegration
from integrations.webhook_address_admin import WebhookAddressPages

__all__ = ["ApiTokenAdmin", "ClientAdmin", "GHLIntegrationAdmin", "WebhookEventAdmin"]  # the import registers them


def _batches() -> Any:
    """The table of pulls, which belongs to an app above this one."""
    return GHLIntegration._meta.get_field("batches").related_model


@admin.register(GHLIntegration)
class GHLIntegrationAdmin(
    WebhookAddressPages, FieldMappingPages, NothingToDelete, SavesWhatWasEntered, admin.ModelAdmin
):
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
                "description": "The ids of the location’s custom fields. The page “Custom fields” finds them by their "
                "names. What is empty here is not sent to GHL; a pull finds LinkedIn address and job title by their "
                "labels.",
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
            context.update(self.about_webhook_address(request, integration))
            pulls = _batches()._default_manager.filter(integration=integration, source="ghl")
            context["unfinished"] = pulls.exclude(phase="done").order_by("-created_at").first()
        if integration is not None:
            mapped = sum(bool(integration.custom_field_mapping.get(name)) for name in MAPPED_FIELDS)
            context["mapped_words"] = f"{mapped} of {len(MAPPED_FIELDS)}" if mapped else "None yet"
            context["last_pull"], context["last_push"] = self.last_pull(integration), self.last_push(integration)
        context["show_save_and_add_another"] = False
        return super().render_change_form(request, context, *args, **kwargs)

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
