"""Calls, as staff see them: what GHL told is shown, what a person decides can be entered."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString

from calls import cadence
from calls.admin.filters import (
    CallerFilter,
    CallStatusFilter,
    DisagreementFilter,
    SummaryFilter,
    TranscriptFilter,
)
from calls.admin.from_ghl import FetchedFromGHL
from calls.admin.summarizing import Summarized
from calls.admin.summary_card import outcome_badge
from calls.models import Call, DispositionSource, PhoneCall, SalesCall
from integrations.admin_pages import PagesFast
from integrations.admin_parts import (
    NOTHING,
    FindsPhones,
    LocationListFilter,
    NothingToDelete,
    SavesWhatWasEntered,
    call_status_words,
    link_to,
    minutes,
    moment,
    two_lines,
)

ENTERED = ("disposition", "notes")


class PhoneCallAdmin(
    PagesFast, Summarized, FetchedFromGHL, FindsPhones, NothingToDelete, SavesWhatWasEntered, admin.ModelAdmin
):
    """What the lists and pages of both sides' calls have in common. `person_field` names the person's column."""

    person_field = ""
    phone_columns = ("from_number", "to_number")
    list_display_links = ("began",)
    list_per_page = 50
    date_hierarchy = "started_at"
    actions = ("summarize", "ask_again")
    list_filter = (
        "disposition", "disposition_source", "direction", CallStatusFilter, TranscriptFilter, SummaryFilter,
        DisagreementFilter, CallerFilter, "enrichment_status",
        ("integration", LocationListFilter),
    )  # fmt: skip
    empty_words = "No calls yet. They come with approved people, and from GHL’s webhooks."
    search_help_text = "Person, firm, phone in any form, notes, or GHL message id."

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False  # calls come from GHL

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("ai_summary")

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        return ("began", "person", "numbers", "state", "length", "outcome", "ai_reading", "has_transcript", "location")

    def get_list_select_related(self, request: HttpRequest) -> tuple[str, ...]:
        return ("integration", self.person_field)

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        columns = ("contact_first_name", "contact_last_name", "firm_name")
        of_person = tuple(f"{self.person_field}__{column}" for column in columns)
        return (*of_person, "from_number", "to_number", "notes", "=external_call_id")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            (None, {"fields": (("began", "person", "numbers"), ("state", "length", "agent", "location"))}),
            ("Outcome", {"fields": ("disposition", "disposition_source", "notes")}),
            ("GHL", {"fields": ("fetching", "external_call_id", "ghl_contact_id"), "classes": ("collapse",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
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
        return two_lines(outcome_badge(call.disposition), f"by {call.get_disposition_source_display()}")

    @admin.display(description="transcript")
    def has_transcript(self, call: PhoneCall) -> str:
        return "Yes" if call.transcript else NOTHING

    @admin.display(description="location", ordering="integration__name")
    def location(self, call: PhoneCall) -> str:
        return str(call.integration)


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
