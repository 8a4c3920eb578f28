"""Deliveries about contacts, handed over by the inbox (settings, GHL_EVENT_HANDLERS)."""

from datetime import datetime

from integrations.events import Handled
from integrations.ghl.deliveries import ContactDelivery
from integrations.models import GHLIntegration
from prospects import following


def contact_changed(integration: GHLIntegration, delivery: ContactDelivery, received_at: datetime) -> Handled:
    """A contact that was made, changed or deleted, or may no longer be called."""
    return following.follow(integration, delivery, received_at)
