"""Adding a GHL location to the portal, and keeping its secrets."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from integrations.fields import Secret
from integrations.models import Client, GHLIntegration

MAPPED_FIELDS = (
    "linkedin_url", "job_title", "market_name", "cadence_stage",
    "dial_attempts", "no_answer_count", "voicemail_count", "callback_attempts",
)  # fmt: skip


def save_location(
    *,
    location_id: str,
    integration_type: str,
    client_name: str = "",
    name: str = "",
    token: str = "",
    mapping: Mapping[str, Any] | None = None,
) -> GHLIntegration:
    """Creates the location's row, or updates what is given of it. An empty token or mapping leaves the stored one.

    Raises ValidationError, with words for staff, when the type and the client do not fit or the mapping is malformed.
    """
    with transaction.atomic():
        integration = GHLIntegration.objects.select_for_update().filter(location_id=location_id).first()
        if integration is None:
            integration = GHLIntegration(location_id=location_id)
        elif integration.integration_type != integration_type:
            raise ValidationError(
                f"Location {location_id} is in the portal as {integration.integration_type}. Its people and calls "
                "are on that side, so the type stays as it is."
            )
        integration.integration_type = integration_type
        integration.client = _client_named(client_name) if integration_type == GHLIntegration.Type.CLIENT else None
        integration.name = name or integration.name
        if token:
            integration.api_token = Secret.of(token)
        if mapping is not None:
            integration.custom_field_mapping = checked_mapping(mapping)
        if not integration.webhook_secret:
            integration.make_webhook_secret()
        integration.full_clean()
        integration.save()
    return integration


def checked_mapping(mapping: object) -> dict[str, str]:
    """The mapping, if it maps our field names to ids; otherwise a ValidationError that says which entry is wrong."""
    if not isinstance(mapping, Mapping):
        raise ValidationError("The mapping must be an object of our field names to GHL custom field ids.")
    for field, ghl_id in mapping.items():
        if field not in MAPPED_FIELDS:
            raise ValidationError(f"“{field}” is not a field of ours. Known are: {', '.join(MAPPED_FIELDS)}.")
        if not isinstance(ghl_id, str):
            raise ValidationError(f"The GHL field id of “{field}” must be text.")
    return {field: ghl_id.strip() for field, ghl_id in mapping.items() if ghl_id.strip()}


def _client_named(name: str) -> Client:
    if not name:
        raise ValidationError("A client location names its client: give the client's name.")
    client = Client.objects.filter(name__iexact=name).first()
    return client or Client.objects.create(name=name)


def rotate_secrets() -> int:
    """Encrypts every stored secret with the newest key. Returns how many locations it went through."""
    count = 0
    for pk in list(GHLIntegration.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            integration = GHLIntegration.objects.select_for_update().get(pk=pk)
            integration.api_token = integration.api_token.rotated()
            integration.webhook_secret = integration.webhook_secret.rotated()
            integration.save(update_fields=["api_token", "webhook_secret", "updated_at"])
        count += 1
    return count
