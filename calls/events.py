"""Deliveries about calls, handed over by the inbox (settings, GHL_EVENT_HANDLERS)."""

from datetime import datetime

from calls import delivered
from integrations.events import Handled
from integrations.ghl.deliveries import CallDelivery
from integrations.models import GHLIntegration


def call_delivered(integration: GHLIntegration, delivery: CallDelivery, received_at: datetime) -> Handled:
    """A call that ended, its outcome, or a call's message from a marketplace app."""
    return delivered.take_in(integration, delivery, received_at)
