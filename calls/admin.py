"""Calls, as staff see them: what GHL told is shown, what a person decides can be entered."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from calls import cadence
from calls.admin_parts import CallerFilter, FetchedFromGHL
from calls.models import Call, DispositionSource, PhoneCall, SalesCall
from integrations.admin_parts import (
    BUSY,
    GOOD,
    NOTHING,
    QUIET,
    FindsPhones,
    LocationListFilter,
    NothingToDelete,
    SavesWhatWasEntered,
    badge,
    call_status_words,
    link_to,
    minutes,
    moment,
    two_lines,
)
from integrations.ghl.call_payloads import CallStatus

TONES = {"Meeting Booked": GOOD, "Future Potential": BUSY, "Callback Requested": BUSY}
ENTERED = ("disposition", "notes")


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


class PhoneCallAdmin(FetchedFromGHL, FindsPhones, NothingToDelete, SavesWhatWasEntered, admin.ModelAdmin):
    """What the lists and pages of both sides' calls have in common. `person_field` names the person's column."""

    person_field = ""
    phone_columns = ("from_number", "to_number")
    list_display_links = ("began",)
    list_per_page = 50
    date_hierarchy = "started_at"
    show_full_result_count = False
    actions = ("ask_again",)
    list_filter = (
        "disposition", "disposition_source", "direction", CallStatusFilter, TranscriptFilter, CallerFilter,
        "enrichment_status",
        ("integration", LocationListFilter),
    )  # fmt: skip
    empty_words = "No calls yet. They come with approved people, and from GHL’s webhooks."
    search_help_text = "Person, firm, phone in any form, notes, or GHL message id."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # calls come from GHL

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("ai_summary")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("began", "person", "numbers", "state", "length", "outcome", "has_transcript", "location")

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        return ("integration", self.person_field)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        columns = ("contact_first_name", "contact_last_name", "firm_name")
        of_person = tuple(f"{self.person_field}__{column}" for column in columns)
        return (*of_person, "from_number", "to_number", "notes", "=external_call_id")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": ("began", "person", "numbers", "state", "length", "agent", "location")}),
            ("Outcome", {"fields": ("disposition", "disposition_source", "notes")}),
            ("What was said", {"fields": ("summary", "transcript_shown", "recording", "fetching")}),
            ("GHL", {"fields": ("external_call_id", "ghl_contact_id"), "classes": ("collapse",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = (name for _, about in self.get_fieldsets(request, obj) for name in about["fields"])
        return tuple(name for name in shown if name not in ENTERED)

    def also_changed(self, form: Any) -> list[str]:
        return ["disposition_source"] if "disposition" in form.changed_data else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What staff choose is a person's word, which neither the AI nor an inference overwrites."""
        if "disposition" in form.changed_data:
            obj.disposition_source = DispositionSource.BDR if obj.disposition else None
        super().save_model(request, obj, form, change)

    @admin.display(description="when", ordering="started_at")
    def began(self, call: PhoneCall) -> SafeString:
        return two_lines(moment(call.started_at), call.get_direction_display())

    @admin.display(description="person")
    def person(self, call: PhoneCall) -> SafeString | str:
        person = getattr(call, self.person_field)
        return link_to(person) if person else "Unknown caller"

    @admin.display(description="from, to")
    def numbers(self, call: PhoneCall) -> SafeString | str:
        if not (call.from_number or call.to_number):
            return NOTHING
        return two_lines(call.from_number or NOTHING, f"to {call.to_number}" if call.to_number else "")

    @admin.display(description="status", ordering="call_status")
    def state(self, call: PhoneCall) -> str:
        return call_status_words(call.call_status)

    @admin.display(description="duration", ordering="duration")
    def length(self, call: PhoneCall) -> str:
        return minutes(call.duration)

    @admin.display(description="outcome", ordering="disposition")
    def outcome(self, call: PhoneCall) -> SafeString | str:
        if not call.disposition:
            return NOTHING
        return two_lines(
            badge(call.disposition, TONES.get(call.disposition, QUIET)), f"by {call.get_disposition_source_display()}"
        )

    @admin.display(description="transcript")
    def has_transcript(self, call: PhoneCall) -> str:
        return "Yes" if call.transcript else NOTHING

    @admin.display(description="location", ordering="integration__name")
    def location(self, call: PhoneCall) -> str:
        return str(call.integration)

    @admin.display(description="transcript")
    def transcript_shown(self, call: PhoneCall) -> SafeString | str:
        return format_html('<div class="transcript">{}</div>', call.transcript) if call.transcript else "No transcript."

    @admin.display(description="AI summary")
    def summary(self, call: PhoneCall) -> SafeString | str:
        if not isinstance(call.ai_summary, dict):
            return "No summary."
        lines = format_html_join("", "<dt>{}</dt><dd>{}</dd>", _summary_lines(call.ai_summary))
        return format_html('<dl class="facts">{}</dl>', lines)


@admin.register(SalesCall)
class SalesCallAdmin(PhoneCallAdmin):
    person_field = "prospect"

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What came of a call is counted with its prospect."""
        with transaction.atomic():
            prospects = {obj.prospect_id} - {None}
            cadence.lock(prospects)
            super().save_model(request, obj, form, change)
            cadence.recount(prospects)


@admin.register(Call)
class CallAdmin(PhoneCallAdmin):
    person_field = "contact"


def _summary_lines(summary: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in summary.items():
        if value not in (None, "", []):
            words = "; ".join(map(str, value)) if isinstance(value, list) else str(value)
            yield name.replace("_", " ").capitalize(), words
