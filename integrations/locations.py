"""Adding a GHL location to the portal, and keeping its secrets."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction

from integrations.custom_fields import MAPPED_FIELDS
from integrations.fields import Secret, SecretUnreadableError
from integrations.models import Client, GHLIntegration

SENDABLE_TOKEN = re.compile(r"[!-~]+")  # visible ASCII: what an HTTP header can carry
FIELD_ID = re.compile(r"[^\s\x00-\x1f]{1,100}")


@dataclass(frozen=True, slots=True)
class Rotation:
    """What a rotation did: how many locations it went through, and which have a secret that no key can read."""

    rotated: int
    unreadable: tuple[str, ...]


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

    Raises ValidationError, with words for staff, when the type and the client do not fit, when the location has
    people on another side already, or when the token or the mapping is malformed.
    """
    given: dict[str, Any] = {"integration_type": integration_type, "client_name": client_name.strip()}
    given |= {"name": name.strip(), "token": checked_token(token)}
    given["mapping"] = None if mapping is None else checked_mapping(mapping)
    try:
        return _save(location_id.strip(), **given)
    except IntegrityError:
        return _save(location_id.strip(), **given)  # somebody added it (or its client) just now: it is there by now


def _save(
    location_id: str, integration_type: str, client_name: str, name: str, token: str, mapping: dict[str, str] | None
) -> GHLIntegration:
    with transaction.atomic():
        integration = GHLIntegration.objects.select_for_update().filter(location_id=location_id).first()
        if integration is None:
            integration = GHLIntegration(location_id=location_id)
        elif integration.integration_type != integration_type:
            raise ValidationError(
                f"Location {location_id} is in the portal as {integration.integration_type}. Its people and calls "
                "are on that side, so the type stays as it is."
            )
        client = _client_named(client_name) if integration_type == GHLIntegration.Type.CLIENT else None
        if integration.client not in (None, client) and _has_rows(integration):
            raise ValidationError(
                f"Location {location_id} belongs to {integration.client}. Its people and calls are that client's, so "
                "the client stays as it is."
            )
        integration.integration_type = integration_type
        integration.client = client
        integration.name = name or integration.name
        if token:
            integration.api_token = Secret.of(token)
        if mapping is not None:
            integration.custom_field_mapping = mapping
        if not integration.webhook_secret:
            integration.make_webhook_secret()
        integration.full_clean(validate_unique=False)  # two at once: the database is the referee
        integration.save()
    return integration


def checked_token(token: str) -> str:
    """The token without blanks around it. Raises ValidationError, without the token, when GHL could not be sent it."""
    token = token.strip().removeprefix("\ufeff")
    if token and not SENDABLE_TOKEN.fullmatch(token):
        raise ValidationError(
            "The API token holds a blank or a character that no token has. Give the token alone, without “Bearer”, "
            "quotes or a label."
        )
    return token


def checked_mapping(mapping: object) -> dict[str, str]:
    """The mapping, if it maps our field names to ids; otherwise a ValidationError that says which entry is wrong."""
    if not isinstance(mapping, Mapping):
        raise ValidationError("The mapping must be an object of our field names to GHL custom field ids.")
    checked: dict[str, str] = {}
    for field, ghl_id in mapping.items():
        if field not in MAPPED_FIELDS:
            raise ValidationError(f"“{field}” is not a field of ours. Known are: {', '.join(MAPPED_FIELDS)}.")
        if not isinstance(ghl_id, str):
            raise ValidationError(f"The GHL field id of “{field}” must be text.")
        if not ghl_id.strip():
            continue
        if not FIELD_ID.fullmatch(ghl_id.strip()):
            raise ValidationError(f"The GHL field id of “{field}” holds a blank, or is longer than any id.")
        checked[field] = ghl_id.strip()
    return checked


def words_of(problem: ValidationError) -> str:
    """What a ValidationError says, each message with the field that it is about."""
    if not hasattr(problem, "error_dict"):
        return " ".join(problem.messages)
    return " ".join(
        message if field == NON_FIELD_ERRORS else f"{field}: {message}"
        for field, messages in problem.message_dict.items()
        for message in messages
    )


def rotate_secrets() -> Rotation:
    """Encrypts every stored secret with the newest key. A location with an unreadable one is left as it is."""
    rotated, unreadable = 0, []
    for pk in list(GHLIntegration.objects.values_list("pk", flat=True)):
        with transaction.atomic():
            integration = GHLIntegration.objects.select_for_update().get(pk=pk)
            try:
                integration.api_token = integration.api_token.rotated()
                integration.webhook_secret = integration.webhook_secret.rotated()
            except SecretUnreadableError:
                unreadable.append(integration.location_id)
                continue
            integration.save(update_fields=["api_token", "webhook_secret", "updated_at"])
        rotated += 1
    return Rotation(rotated, tuple(unreadable))


def _client_named(name: str) -> Client:
    if not name:
        raise ValidationError("A client location names its client: give the client's name.")
    client = Client.objects.filter(name__iexact=name).first()
    if client is None:
        client = Client(name=name)
        client.full_clean(validate_unique=False, validate_constraints=False)
        client.save()
    return client


def _has_rows(integration: GHLIntegration) -> bool:
    """Whether anything in the portal came from this location: pulls, calls, deliveries, pushes."""
    return any(
        relation.related_model._default_manager.filter(**{relation.field.name: integration}).exists()
        for relation in integration._meta.related_objects
    )
