"""Every address that the portal answers at."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from ghlportal import health

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("api/", include("ghlportal.api")),
    path("healthz", health.healthz),
    path("readyz", health.readyz),
    path("", include("integrations.urls")),
]

handler500 = "ghlportal.errors.fault"
