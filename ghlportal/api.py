"""The addresses of the HTTP API, and its schema."""

from functools import cache
from typing import Any

from django.urls import include, path, re_path
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter

from calls.api import CallViews, SalesCallViews
from ghlportal import api_schema
from imports.api.batches import BatchViews
from imports.api.decisions import DecisionViews
from imports.api.records import RecordViews
from integrations.api.answers import nowhere
from integrations.api.deliveries import DeliveryViews
from integrations.api.locations import ClientViews, LocationViews
from integrations.api.views import PortalView
from prospects.api.campaigns import CampaignViews
from prospects.api.people import ContactViews, ProspectViews
from prospects.api.pushes import SyncRunViews

app_name = "api"
__all__ = ["api_schema", "app_name", "schema", "urlpatterns"]  # the import tells the schema of our tokens

RESOURCES: dict[str, tuple[str, Any]] = {
    "locations": ("location", LocationViews),
    "clients": ("client", ClientViews),
    "campaigns": ("campaign", CampaignViews),
    "prospects": ("prospect", ProspectViews),
    "contacts": ("contact", ContactViews),
    "sales-calls": ("sales-call", SalesCallViews),
    "calls": ("call", CallViews),
    "batches": ("batch", BatchViews),
    "staged-records": ("staged-record", RecordViews),
    "decisions": ("decision", DecisionViews),
    "sync-runs": ("sync-run", SyncRunViews),
    "deliveries": ("delivery", DeliveryViews),
}


@cache
def schema() -> dict[str, Any]:
    """What the API takes and answers, as OpenAPI 3. Made once, as it takes a second."""
    made: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return made


@extend_schema(exclude=True)
class SchemaView(PortalView):
    """The schema for programs. There is no page for people: it would need scripts from elsewhere."""

    renderer_classes = (OpenApiJsonRenderer,)

    def get(self, request: Request) -> Response:
        return Response(schema())


router = SimpleRouter(use_regex_path=False)
for prefix, (name, views) in RESOURCES.items():
    router.register(prefix, views, basename=name)

urlpatterns = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path("", include(router.urls)),
    re_path(r"^.*$", nowhere),
]
