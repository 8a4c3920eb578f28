"""The inbox, as programs see it: what GHL delivered and what became of it."""

from typing import Any

from django.db.models import Q
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from integrations.api.narrowing import before, choice, equal, of_location, since, yes_or_no
from integrations.api.views import LocationBriefSerializer, Rows, rights_of
from integrations.models import WebhookEvent

ABOUT = (
    "id", "location", "source", "kind", "event_type", "ghl_contact_id", "ghl_message_id", "status", "attempts",
    "next_try_at", "outcome", "flags", "row_table", "row_id", "error_message", "received_at", "settled_at",
)  # fmt: skip


class DeliverySerializer(serializers.ModelSerializer[WebhookEvent]):
    location = LocationBriefSerializer(source="integration", allow_null=True)
    kind = serializers.ChoiceField(choices=WebhookEvent.Kind.choices, allow_blank=True)
    flags = serializers.ListField(child=serializers.CharField(), help_text="What a person should look at.")
    next_try_at = serializers.SerializerMethodField(help_text="While it waits.")

    class Meta:
        model = WebhookEvent
        fields: Any = ABOUT
        read_only_fields: Any = ABOUT

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_try_at(self, event: WebhookEvent) -> Any:
        return serializers.DateTimeField().to_representation(event.next_try_at) if event.is_waiting else None


class DeliveryOneSerializer(DeliverySerializer):
    payload = serializers.JSONField(read_only=True, help_text="What was sent, as on its admin page.")
    body = serializers.CharField(read_only=True, help_text="The text of what was no JSON object.")

    class Meta(DeliverySerializer.Meta):
        fields = (*ABOUT, "payload", "body")
        read_only_fields = fields


class DeliveryViews(Rows):
    """What GHL delivered, and what became of it."""

    queryset = WebhookEvent.objects.select_related("integration")
    serializer_class = DeliverySerializer
    one_serializer_class = DeliveryOneSerializer
    rights = rights_of("integrations.webhookevent")
    order = ("-received_at", "id")
    filters = {
        "location": of_location("integration"),
        "status": choice("status", WebhookEvent.Status.choices, "What became of it."),
        "kind": choice("kind", WebhookEvent.Kind.choices, "What it tells of."),
        "source": choice("source", WebhookEvent.Source.choices, "Who sent it."),
        "flagged": yes_or_no(~Q(flags=[]), "Whether a person should look at it."),
        "ghl_contact_id": equal("ghl_contact_id", "Of a GHL contact."),
        "ghl_message_id": equal("ghl_message_id", "Of a GHL message."),
        "received_since": since("received_at", "Received at that moment or later."),
        "received_before": before("received_at", "Received before that moment."),
    }

    def get_queryset(self) -> Any:
        rows = super().get_queryset()
        return rows.defer("payload", "body") if self.action == "list" else rows
