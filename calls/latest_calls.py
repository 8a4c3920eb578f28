"""Asking GHL for a contact's latest calls, when a delivery names the contact but not the call."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from calls.callers import person_called
from calls.ingest import record_calls
from integrations.credentials import client_for
from integrations.ghl.client import GHLClient
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration, WebhookEvent

RECENT = timedelta(days=1)
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def fetch_latest_calls(integration: GHLIntegration, contact_id: str) -> int:
    """Writes the contact's latest call and those of the last day, and lets what waits for them be tried again.

    Returns how many are new. Raises LocationNotReadyError, SecretUnreadableError or a GHLError when GHL cannot be
    asked; the sweep of the inbox brings the delivery, and so this, up again.
    """
    with client_for(integration, bulk=False) as client:
        calls = _latest(client, contact_id)
    created = record_calls(integration, person_called(integration, contact_id=contact_id), calls)
    if calls:
        WebhookEvent.objects.filter(
            integration=integration, status=WebhookEvent.Status.WAITING, ghl_contact_id=contact_id, ghl_message_id=""
        ).update(next_try_at=timezone.now())
    return created


def _latest(client: GHLClient, contact_id: str) -> list[CallMessage]:
    found: list[dict[str, Any]] = []
    for conversation_id in client.conversation_ids_of(contact_id):
        found += client.call_messages(conversation_id)
    calls = sorted((CallMessage.parse(raw) for raw in found), key=lambda call: call.placed_at or LONG_AGO, reverse=True)
    since = timezone.now() - RECENT
    return [call for place, call in enumerate(calls) if place == 0 or (call.placed_at or LONG_AGO) >= since]
