"""The webhook address on a location's page, and replacing it without a gap."""

import uuid
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST

from integrations import webhook_secrets
from integrations.admin_parts import change_url, moment
from integrations.fields import SecretUnreadableError
from integrations.models import GHLIntegration


class WebhookAddressPages:
    """Part of a location's page: its webhook address, and replacing it."""

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> Any:
            page = self.admin_site.admin_view(require_POST(view))  # type: ignore[attr-defined]
            return path(f"<uuid:integration_id>/{route}/", page, name=f"integrations_ghlintegration_{name}")

        return [
            own("new-webhook-address", self.make_webhook_address, "new_webhook"),
            own("end-old-webhook-address", self.end_old_webhook_address, "end_old_webhook"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def about_webhook_address(self, request: HttpRequest, integration: GHLIntegration) -> dict[str, str]:
        """For the template: the address, and until when the one before is accepted ("" when none is)."""
        until = integration.webhook_previous_until
        accepted = until is not None and until > timezone.now()
        return {
            "webhook_address": _webhook_address(request, integration),
            "old_webhook_until": moment(until) if accepted else "",
        }

    def make_webhook_address(self, request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
        """Replaces the webhook address; the old one is accepted for a while."""
        integration = self._changeable(request, integration_id)
        integration = webhook_secrets.rotate_webhook_secret(integration.pk)
        self.log_change(request, integration, "Made a new webhook address.")  # type: ignore[attr-defined]
        days = webhook_secrets.OVERLAP.days
        messages.success(
            request,
            f"The location has a new webhook address. Enter it in its GHL workflows within {days} days: that long the "
            "old one works, too.",
        )
        return HttpResponseRedirect(change_url(integration))

    def end_old_webhook_address(self, request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
        """Stops accepting the address before the present one."""
        integration = self._changeable(request, integration_id)
        if webhook_secrets.retire_previous_secret(integration.pk):
            self.log_change(request, integration, "Ended the old webhook address.")  # type: ignore[attr-defined]
            messages.success(request, "The old webhook address is refused from now on.")
        else:
            messages.info(request, "There is no old webhook address that is still accepted.")
        return HttpResponseRedirect(change_url(integration))

    def _changeable(self, request: HttpRequest, integration_id: uuid.UUID) -> GHLIntegration:
        integration = get_object_or_404(GHLIntegration, pk=integration_id)
        if not self.has_change_permission(request, integration):  # type: ignore[attr-defined]
            raise PermissionDenied
        return integration


def _webhook_address(request: HttpRequest, integration: GHLIntegration) -> str:
    if not integration.webhook_secret:
        return ""
    try:
        return request.build_absolute_uri(integration.webhook_path)
    except SecretUnreadableError as problem:
        messages.error(request, str(problem))
        return ""
