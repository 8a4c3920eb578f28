"""Two pages of a location that ask GHL: does the connection work, and which custom field holds what."""

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_http_methods

from integrations import connection
from integrations.admin_parts import BAD, GOOD, QUIET, badge, counted
from integrations.credentials import WHILE_SOMEBODY_WAITS, LocationNotReadyError, client_for
from integrations.custom_fields import MAPPED_FIELDS
from integrations.field_mapping_form import FieldMappingForm, keep_mapping, words_of_mapping
from integrations.fields import SecretUnreadableError
from integrations.ghl.client import GHLClient
from integrations.ghl.errors import GHLError
from integrations.ghl.payloads import CustomField
from integrations.models import GHLIntegration

T = TypeVar("T")

VERDICTS = {
    connection.Verdict.WORKS: ("Works", GOOD),
    connection.Verdict.REFUSED: ("Does not work", BAD),
    connection.Verdict.NOT_TRIED: ("Not tried", QUIET),
}


def ask(integration: GHLIntegration, question: Callable[[GHLClient], T]) -> tuple[T | None, str]:
    """Asks GHL while somebody waits for the page: the answer, or None and in words why there is none."""
    try:
        with client_for(integration, bulk=False, retry=WHILE_SOMEBODY_WAITS) as ghl:
            return question(ghl), ""
    except (LocationNotReadyError, SecretUnreadableError, GHLError) as problem:
        return None, str(problem)


def custom_fields_of(integration: GHLIntegration) -> tuple[list[CustomField] | None, str]:
    """The custom fields that a location has now, or None and why they could not be read."""
    return ask(integration, GHLClient.custom_fields)


class FieldMappingPages:
    """Part of a location's pages: testing its connection, and mapping its custom fields."""

    def get_urls(self) -> list[URLPattern]:
        def own(route: str, view: Any, name: str) -> Any:
            page = self.admin_site.admin_view(require_http_methods(["GET", "POST"])(view))  # type: ignore[attr-defined]
            return path(f"<uuid:integration_id>/{route}/", page, name=f"integrations_ghlintegration_{name}")

        return [
            own("connection", self.test_connection, "connection"),
            own("custom-fields", self.map_custom_fields, "custom_fields"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def test_connection(self, request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
        """What the token is allowed, tried out. GHL is asked with a POST only."""
        integration = self._mappable(request, integration_id)
        context: dict[str, Any] = {}
        if request.method == "POST":
            checked, problem = ask(integration, connection.check)
            context = {"checked": _lines(checked or ()), "problem": problem, "is_good": _all_work(checked)}
        return self._page(request, integration, "connection", "Test the connection", context)

    def map_custom_fields(self, request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
        """What is mapped; with a POST, the choice among GHL's fields, and with “save” in it, keeping the choice."""
        integration = self._mappable(request, integration_id)
        context: dict[str, Any] = {"mapped": words_of_mapping(integration.custom_field_mapping)}
        if request.method == "POST":
            fields, problem = custom_fields_of(integration)
            context["problem"] = problem
            if fields is not None:
                chosen = request.POST if "save" in request.POST else None
                form = FieldMappingForm(chosen, fields=fields, mapping=integration.custom_field_mapping)
                if form.is_bound and form.is_valid():
                    return self._keep(request, integration, form)
                context |= {"form": form, "field_count": len(form.known)}
        return self._page(request, integration, "custom_fields", "Custom fields", context)

    def _keep(self, request: HttpRequest, integration: GHLIntegration, form: FieldMappingForm) -> HttpResponse:
        chosen = form.chosen()
        integration = keep_mapping(integration.pk, chosen)
        self.log_change(request, integration, "Mapped the custom fields.")  # type: ignore[attr-defined]
        for remark in form.remarks():
            messages.warning(request, remark)
        said = f"Saved: {counted(len(chosen), 'field')} of {len(MAPPED_FIELDS)} mapped. The next push writes into them."
        messages.success(request, said)
        return HttpResponseRedirect(reverse("admin:integrations_ghlintegration_custom_fields", args=[integration.pk]))

    def _page(
        self, request: HttpRequest, integration: GHLIntegration, name: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        about = {
            **self.admin_site.each_context(request),  # type: ignore[attr-defined]
            "title": f"{title}: {integration}",
            "heading": title,
            "integration": integration,
            "opts": self.opts,  # type: ignore[attr-defined]
            **context,
        }
        return TemplateResponse(request, f"integrations/{name}.html", about)

    def _mappable(self, request: HttpRequest, integration_id: uuid.UUID) -> GHLIntegration:
        integration = get_object_or_404(GHLIntegration, pk=integration_id)
        if not self.has_change_permission(request, integration):  # type: ignore[attr-defined]
            raise PermissionDenied
        return integration


def _lines(checked: Any) -> list[dict[str, Any]]:
    return [{"about": each, "badge": badge(*VERDICTS[each.verdict])} for each in checked]


def _all_work(checked: list[connection.Checked] | None) -> bool:
    return bool(checked) and all(each.verdict is connection.Verdict.WORKS for each in checked or ())
