"""The push on pages of apps below this one."""

from typing import Any

from django import template

from integrations.models import GHLIntegration
from prospects.admin.push_card import card_of_location

register = template.Library()


@register.inclusion_tag("prospects/push_card.html", takes_context=True)
def push_of_location(context: dict[str, Any], integration: GHLIntegration) -> dict[str, Any]:
    """The card of a location's page: push now, how far it is, what keeps the rest."""
    request = context["request"]
    return {"push": card_of_location(request, integration), "request": request, "csrf_token": context["csrf_token"]}
