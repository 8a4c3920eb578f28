"""Asking Claude for summaries from the list and from the page of a call, and showing what came of it."""

import uuid
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from calls.admin.disagreement_list import MAY_LOOK
from calls.admin.filters import summaries_of
from calls.admin.summary_card import card_of, outcome_badge, status_badge
from calls.models import PhoneCall, SummaryStatus
from calls.summaries import asking
from calls.summaries.disagreements import contradicts_a_bdr
from calls.summaries.standing import NO_KEY_WORDS
from integrations.admin_parts import NOTHING, WARN, badge, change_url, counted


class Summarized(admin.ModelAdmin):
    """The parts of a call's list and page that have to do with its summary. For `PhoneCallAdmin`."""

    change_form_template = "calls/call_page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        calls: QuerySet[Any] = super().get_queryset(request)
        theirs = summaries_of(self.model)
        annotated: QuerySet[Any] = calls.annotate(
            ai_outcome=theirs.filter(is_current=True).values("disposition")[:1],
            ai_differs=Exists(theirs.filter(contradicts_a_bdr())),
            summary_status=theirs.order_by("-asked_at", "id").values("status")[:1],
        )
        return annotated

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.ask_for_summary))
        own = path("<uuid:call_id>/summarize/", view, name=f"calls_{self.model._meta.model_name}_summarize")
        return [own, *super().get_urls()]

    def ask_for_summary(self, request: HttpRequest, call_id: uuid.UUID) -> HttpResponse:
        """Asks for the summary of one call."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        calls: Any = self.model._default_manager
        call: PhoneCall = get_object_or_404(calls, pk=call_id)
        standing = asking.ask(call, request.user)
        level = messages.SUCCESS if standing.status == SummaryStatus.WAITING else messages.INFO
        self.message_user(request, f"Summary: {standing.label.lower()}. {standing.reason}".strip(), level)
        return HttpResponseRedirect(f"{change_url(call)}#summary")

    @admin.action(description="Summarise with Claude", permissions=["change"])
    def summarize(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        """Asks for all that were ticked. Which of them are worth it is not decided here."""
        calls: Any = self.model._default_manager
        waiting = asking.ask_for(calls.filter(pk__in=queryset.order_by().values("pk")), request.user)
        wait = "waits for its summary" if waiting == 1 else "wait for their summaries"
        left_out = "Calls without a transcript worth it, and those that have their summary, were left out."
        self.message_user(request, f"{counted(waiting, 'call')} now {wait}. {left_out}", messages.SUCCESS)
        if waiting and not settings.ANTHROPIC_API_KEY:
            self.message_user(request, NO_KEY_WORDS, messages.WARNING)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        call = context.get("original")
        if call is not None:
            table = call._meta.model_name
            context["said"] = {
                **card_of(call),
                "may_ask": self.has_change_permission(request),
                "ask_url": reverse(f"admin:calls_{table}_summarize", args=[call.pk]),
                "may_look": request.user.has_perm(MAY_LOOK),
                "recording": self.recording(call),  # type: ignore[attr-defined]
                "fetching": self.fetching(call),  # type: ignore[attr-defined]
            }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="AI’s reading")
    def ai_reading(self, call: Any) -> SafeString | str:
        if call.ai_outcome:
            outcome = outcome_badge(call.ai_outcome)
            return format_html("{} {}", outcome, badge("BDR differs", WARN)) if call.ai_differs else outcome
        return status_badge(call.summary_status) if call.summary_status else NOTHING
