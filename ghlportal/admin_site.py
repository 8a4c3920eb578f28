"""The admin site: its name, and a first page that says what waits for a person."""

from django.contrib import admin


class PortalAdminSite(admin.AdminSite):
    site_header = "GHL portal"
    site_title = "GHL portal"
    index_title = "Today"
