"""What the pages of calls show of GHL: what is still to be fetched, and the recording."""

import uuid
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from calls import enrichment
from calls.models import Enrichment, PhoneCall
from calls.needs import is_connected
from calls.recordings import recording_of
from integrations.admin_parts import BAD, BUSY, GOOD, QUIET, badge, counted, moment
from integrations.queueing import queue

TONES = {
    Enrichment.WAITING: BUSY,
    Enrichment.DONE: GOOD,
    Enrichment.GIVEN_UP: BAD,
    Enrichment.NOT_NEEDED: QUIET,
}


class FetchedFromGHL(admin.ModelAdmin):
    """The parts of a call's page that have to do with GHL. For `PhoneCallAdmin`."""

    @admin.action(description="Ask GHL again for what is missing", permissions=["change"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Puts calls that were given up, or never waited, back in line."""
        count = enrichment.ask_again(self.model._default_manager.filter(pk__in=queryset.order_by().values("pk")))
        queue("calls.tasks.enrich_due")
        self.message_user(request, f"GHL is asked again for {counted(count, 'call')}.", messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.play_recording)
        own = path("<uuid:call_id>/recording/", view, name=f"calls_{self.model._meta.model_name}_recording")
        return [own, *super().get_urls()]

    def play_recording(self, request: HttpRequest, call_id: uuid.UUID) -> HttpResponseBase:
        """The recording itself, for the player on the call's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        calls: Any = self.model._default_manager
        return recording_of(get_object_or_404(calls.select_related("integration"), pk=call_id))

    @admin.display(description="recording")
    def recording(self, call: PhoneCall) -> SafeString | str:
        if not (call.recording_url or is_connected({"call_status": call.call_status, "direction": call.direction})):
            return "No recording."
        address = reverse(f"admin:calls_{call._meta.model_name}_recording", args=[call.pk])
        return format_html(
            '<audio controls preload="none" src="{}"></audio> <a href="{}">Open the recording</a>', address, address
        )

    @admin.display(description="fetching from GHL")
    def fetching(self, call: PhoneCall) -> SafeString:
        status = Enrichment(call.enrichment_status)
        next_try = f" Next try: {moment(call.enrichment_next_at)}." if call.enrichment_next_at else ""
        return format_html("{} {}{}", badge(status.label, TONES[status]), call.enrichment_note, next_try)

    @admin.display(description="agent")
    def agent(self, call: PhoneCall) -> str:
        return call.agent_name or (f"GHL user {call.ghl_user_id}" if call.ghl_user_id else "Not told")
