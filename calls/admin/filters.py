"""What the lists of calls can be narrowed to."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from calls.models import CallSummary, SummaryStatus
from calls.summaries.disagreements import contradicts_a_bdr
from calls.summaries.standing import NONE
from integrations.admin_parts import call_status_words
from integrations.ghl.call_payloads import CallStatus


def summaries_of(model: Any) -> QuerySet[CallSummary]:
    """The summaries of the call that an outer query of this table is at."""
    column = model._meta.get_field("summaries").field.name
    return CallSummary.objects.filter(**{column: OuterRef("pk")})


class CallStatusFilter(admin.SimpleListFilter):
    title = "status"
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [(str(status), call_status_words(status)) for status in CallStatus]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(call_status=self.value()) if self.value() else queryset


class TranscriptFilter(admin.SimpleListFilter):
    title = "transcript"
    parameter_name = "transcript"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("yes", "With a transcript"), ("no", "Without")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() == "yes":
            return queryset.exclude(transcript="")
        return queryset.filter(transcript="") if self.value() == "no" else queryset


class CallerFilter(admin.SimpleListFilter):
    """Calls of people that the portal does not know (yet)."""

    title = "caller"
    parameter_name = "caller"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("unknown", "Unknown caller"), ("known", "Known")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        column = "prospect" if hasattr(queryset.model, "prospect") else "contact"
        wanted = {"unknown": True, "known": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(**{f"{column}__isnull": wanted})


class SummaryFilter(admin.SimpleListFilter):
    """By how their summaries stand; a call that has one and waits for a newer is found by either."""

    title = "summary"
    parameter_name = "summary"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        statuses = [choice for choice in SummaryStatus.choices if choice[0] != SummaryStatus.REPLACED]
        return [*statuses, (NONE, "Never asked for")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        theirs, wanted = summaries_of(queryset.model), self.value()
        if wanted == NONE:
            return queryset.exclude(Exists(theirs))
        if wanted == SummaryStatus.DONE:
            return queryset.filter(Exists(theirs.filter(is_current=True)))
        return queryset.filter(Exists(theirs.filter(status=wanted))) if wanted in SummaryStatus.values else queryset


class DisagreementFilter(admin.SimpleListFilter):
    title = "AI and BDR"
    parameter_name = "ai_and_bdr"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("differ", "AI and BDR differ")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() != "differ":
            return queryset
        return queryset.filter(Exists(summaries_of(queryset.model).filter(contradicts_a_bdr())))
