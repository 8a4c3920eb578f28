"""The secret in the address that a location's workflows post to: whose it is, and how it is replaced without a gap."""

import uuid
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from integrations.models import GHLIntegration, webhook_digest

OVERLAP = timedelta(days=7)  # time to enter the new address in each of the location's workflows


# Of a row of ghl_integrations, with `secret_parameters`. Digests are compared, so that the time that it takes says
# nothing about how close a guess came.
ANSWERS_TO = "(webhook_secret_digest = %s OR (webhook_previous_digest = %s AND webhook_previous_until > %s))"


def secret_parameters(digest: str) -> list[Any]:
    return [digest, digest, connection.ops.adapt_datetimefield_value(timezone.now())]


def location_behind(secret: str) -> uuid.UUID | None:
    """Whose address ends in this secret, the present one or the one before while it is accepted; None: nobody's."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM ghl_integrations WHERE {ANSWERS_TO}", secret_parameters(webhook_digest(secret)))  # noqa: S608
        found = cursor.fetchone()
    return uuid.UUID(str(found[0])) if found else None


def rotate_webhook_secret(integration_id: uuid.UUID) -> GHLIntegration:
    """Gives the location a new secret; the one before is accepted for `OVERLAP`, those before that no longer."""
    with transaction.atomic():
        integration = GHLIntegration.objects.select_for_update().get(pk=integration_id)
        integration.webhook_previous_digest = integration.webhook_secret_digest
        integration.webhook_previous_until = timezone.now() + OVERLAP if integration.webhook_secret_digest else None
        integration.make_webhook_secret()
        integration.save(
            update_fields=[
                "webhook_secret", "webhook_secret_digest", "webhook_previous_digest", "webhook_previous_until",
                "updated_at",
            ]
        )  # fmt: skip
    return integration


def retire_previous_secret(integration_id: uuid.UUID) -> bool:
    """Stops accepting the secret before the present one: it may be in wrong hands. False when none was accepted."""
    accepted = GHLIntegration.objects.filter(pk=integration_id, webhook_previous_until__gt=timezone.now())
    return bool(accepted.update(webhook_previous_digest=None, webhook_previous_until=None, updated_at=timezone.now()))
