"""Where the AI read another outcome than the BDR chose: a list to look through and tick off."""

import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from calls.admin.summary_card import line_of, outcome_badge
from calls.models import CallSummary
from calls.summaries.disagreements import disagreements, looked_at
from integrations.admin_parts import NOTHING, ReadOnlyAdmin, change_url, counted, moment, two_lines

MAY_LOOK = "calls.change_callsummary"
LONG = ("transcript", "ai_summary")


class LookedAtFilter(admin.SimpleListFilter):
    """Those that nobody has looked at, unless others are asked for."""

    title = "looked at"
    parameter_name = "looked_at"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", "Looked at"), ("all", "All")]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": "To look at"}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() == "all" else queryset.filter(looked_at__isnull=self.value() != "yes")


@admin.register(CallSummary)
class DisagreementAdmin(ReadOnlyAdmin):
    list_display = ("call_shown", "bdr", "ai", "words", "made", "location", "looked")
    list_display_links = None
    list_filter = (LookedAtFilter,)
    list_per_page = 50
    ordering = ("-made_at", "id")
    actions = ("tick_off",)
    empty_words = "Nothing to look at: wherever Claude read an outcome, it is the one that the BDR chose."

    def has_look_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(MAY_LOOK))

    def get_queryset(self, request: HttpRequest) -> QuerySet[CallSummary]:
        rows = disagreements(looked_at=None).select_related(
            "sales_call__integration", "sales_call__prospect", "client_call__integration", "client_call__contact",
            "looked_at_by",
        )  # fmt: skip
        return rows.defer("transcript", *(f"{side}__{name}" for side in ("sales_call", "client_call") for name in LONG))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        words = {"page_title": "Outcomes on which AI and BDR differ"}
        return super().changelist_view(request, {**words, **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A summary is read beside its transcript, on its call's page."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            summary = get_object_or_404(CallSummary, pk=uuid.UUID(object_id))
        except ValueError:
            raise Http404("There is no such summary.") from None
        return HttpResponseRedirect(f"{change_url(summary.call)}#summary")

    # ---------------------------------------------------------------- ticking off

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.look))
        return [path("<uuid:summary_id>/looked-at/", view, name="calls_callsummary_looked_at"), *super().get_urls()]

    def look(self, request: HttpRequest, summary_id: uuid.UUID) -> HttpResponse:
        """Ticks one off, from its call's page."""
        if not self.has_look_permission(request):
            raise PermissionDenied
        summary = get_object_or_404(CallSummary, pk=summary_id)
        self._tick_off(request, [summary])
        return HttpResponseRedirect(f"{change_url(summary.call)}#summary")

    @admin.action(description="Looked at", permissions=["look"])
    def tick_off(self, request: HttpRequest, queryset: QuerySet[CallSummary]) -> None:
        self._tick_off(request, list(queryset))

    def _tick_off(self, request: HttpRequest, summaries: list[CallSummary]) -> None:
        ticked = sum(looked_at(summary, request.user) for summary in summaries)
        if ticked:
            messages.success(request, f"{counted(ticked, 'disagreement')} looked at. The BDR’s choice stands.")
        else:
            messages.info(request, "Somebody has looked at it before.")

    # ---------------------------------------------------------------- showing

    @admin.display(description="call", ordering="made_at")
    def call_shown(self, summary: CallSummary) -> SafeString:
        call = summary.call
        person = (call.prospect if summary.sales_call_id else call.contact) or "Unknown caller"
        link = format_html('<a href="{}#summary">{}</a>', change_url(call), person)
        return two_lines(link, moment(call.started_at))

    @admin.display(description="BDR chose")
    def bdr(self, summary: CallSummary) -> SafeString | str:
        return outcome_badge(summary.call.disposition) if summary.call.disposition else NOTHING

    @admin.display(description="AI read")
    def ai(self, summary: CallSummary) -> SafeString:
        return outcome_badge(summary.disposition)

    @admin.display(description="AI’s because")
    def words(self, summary: CallSummary) -> SafeString | str:
        evidence = (summary.answer or {}).get("disposition_quote")
        if not isinstance(evidence, dict):
            return NOTHING
        line = line_of(evidence)
        return two_lines(f"“{line.quote}”", ", ".join(filter(None, (line.speaker, line.time))))

    @admin.display(description="summary made", ordering="made_at")
    def made(self, summary: CallSummary) -> str:
        return moment(summary.made_at)

    @admin.display(description="location")
    def location(self, summary: CallSummary) -> str:
        return str(summary.call.integration)

    @admin.display(description="looked at")
    def looked(self, summary: CallSummary) -> SafeString | str:
        return two_lines(moment(summary.looked_at), summary.looked_at_by or "") if summary.looked_at else NOTHING
