"""Locations and their clients, as programs see them: never with what opens them."""

from typing import Any

from django.db.models import Count, Q
from rest_framework import serializers

from integrations.api.narrowing import choice, of_row, yes_or_no
from integrations.api.views import NamedSerializer, Rows, as_id, rights_of
from integrations.models import Client, GHLIntegration, RunStatus


class LocationSerializer(serializers.ModelSerializer[GHLIntegration]):
    client = NamedSerializer(allow_null=True)
    has_token = serializers.SerializerMethodField(help_text="Whether a token for GHL is stored.")

    class Meta:
        model = GHLIntegration
        fields = (
            "id", "name", "location_id", "integration_type", "client", "is_active", "has_token", "custom_field_mapping",
            "last_synced_at", "last_sync_status", "last_sync_error", "calls_reconciled_until", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_has_token(self, location: GHLIntegration) -> bool:
        return bool(location.api_token)


class LocationViews(Rows):
    """GHL locations: whose each is, and how its last push went. No answer has a token or a webhook address."""

    queryset = GHLIntegration.objects.select_related("client").defer("webhook_secret", "webhook_secret_digest")
    serializer_class = LocationSerializer
    rights = rights_of("integrations.ghlintegration")
    order = ("name", "location_id")
    filters = {
        "integration_type": choice("integration_type", GHLIntegration.Type.choices, "Whose side it is on."),
        "is_active": yes_or_no(Q(is_active=True), "Whether it is switched on."),
        "client": of_row("client", "Of a client."),
        "last_sync_status": choice("last_sync_status", RunStatus.choices, "How its last push went."),
    }
    search_words = "Name, GHL location id or client."
    search_columns = ("name", "location_id", "client__name")


class ClientSerializer(serializers.ModelSerializer[Client]):
    location_count = serializers.IntegerField(read_only=True)

    class Meta:
        model = Client
        fields = (
            "id", "name", "email", "phone", "website", "status", "timezone", "location_count", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class ClientViews(Rows):
    """The organisations that campaigns are run for."""

    queryset = Client.objects.annotate(location_count=Count("integrations"))
    serializer_class = ClientSerializer
    rights = rights_of("integrations.client")
    order = ("name", "id")
    filters = {"status": choice("status", Client.Status.choices, "Where we stand with them.")}
    search_words = "Name, e-mail, phone or website."
    search_columns = ("name", "email", "website")
    phone_columns = ("phone",)


def location_of(value: str) -> GHLIntegration | None:
    """The location with this id, the portal's or GHL's."""
    if "\0" in value:  # no text of PostgreSQL has it
        return None
    key = as_id(value)
    return GHLIntegration.objects.filter(Q(pk=key) if key else Q(location_id=value)).first()


class LocationField(serializers.CharField):
    """A location by its id here or in GHL; what comes of it is the row."""

    default_error_messages = {"unknown": "The portal has no such location."}

    def to_internal_value(self, data: Any) -> Any:
        location = location_of(super().to_internal_value(data))
        if location is None:
            self.fail("unknown")
        return location
