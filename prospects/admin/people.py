"""Prospects and contacts, as staff see them."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, Max, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from integrations.admin_pages import PagesFast, RelatedInUse, ValuesInUse
from integrations.admin_parts import (
    BAD,
    NOTHING,
    FindsPhones,
    NothingToDelete,
    SavesWhatWasEntered,
    badge,
    call_status_words,
    change_url,
    counted,
    minutes,
    moment,
    two_lines,
)
from prospects.admin.way_into_ghl import outbound_of, push_badge, way_into_ghl
from prospects.editing import follow_from
from prospects.models import Contact, OutboundPerson, Person, SalesProspect
from prospects.outbound.where import LOOKED_FOR, NOT_YET, UNTOLD, Where, only

CALLS_SHOWN = 20
IDENTITY = (
    ("contact_first_name", "contact_last_name"), "firm_name", "contact_title", "contact_email", "contact_phone",
    "contact_linkedin", "person_number",
)  # fmt: skip
GHL_LINK = ("ghl_contact_id", "ghl_location_id", "ghl_synced_at", "ghl_updated_at", "ghl_deleted_at")


class InGHLFilter(admin.SimpleListFilter):
    title = "GHL"
    parameter_name = "in_ghl"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        first = (Where.IN_GHL.value, Where.IN_GHL.label)
        others = [(where.value, f"– {where.label[0].lower()}{where.label[1:]}") for where in Where if where != first[0]]
        return [first, (UNTOLD, "– not told of a change"), (NOT_YET, "Not in GHL yet"), *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        found: QuerySet[Any] = only(queryset, self.value() or "")
        return found


class PersonForm(forms.ModelForm):
    tags = forms.CharField(
        required=False, help_text="Separated by commas.", widget=forms.TextInput({"class": "vTextField"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["tags"] = ", ".join(self.instance.tag_list)

    def clean_tags(self) -> list[str]:
        tags = (tag.strip() for tag in self.cleaned_data["tags"].split(","))
        return list(dict.fromkeys(tag for tag in tags if tag))


class PersonAdmin(PagesFast, FindsPhones, NothingToDelete, SavesWhatWasEntered, admin.ModelAdmin):
    """What the lists and pages of prospects and of contacts have in common."""

    form = PersonForm
    list_display_links = ("person",)
    search_fields = (
        "contact_first_name", "contact_last_name", "firm_name", "contact_email", "contact_phone", "person_number",
        "=ghl_contact_id",
    )  # fmt: skip
    phone_columns = ("contact_phone", "person_number")
    search_help_text = "Name, firm, e-mail, phone or bar number in any form, or GHL contact id."
    list_per_page = 50
    empty_words = "Nobody here yet. People come with approved records of the review queue."
    actions = None
    readonly_fields: ClassVar[tuple[str, ...]] = (*GHL_LINK, "came_from", "calls", "do_not_call_since")

    def has_to_look(self, request: HttpRequest) -> bool:
        return super().has_to_look(request) or request.GET.get(InGHLFilter.parameter_name) in LOOKED_FOR

    def also_changed(self, form: Any) -> list[str]:
        since = ["do_not_call_since", "do_not_call_told_at"] if "do_not_call" in form.changed_data else []
        return ["ghl_values", *since] if form.changed_data else []

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What staff enter is not undone by what GHL says next."""
        follow_from(obj, form.changed_data, {name: form.initial.get(name) for name in form.changed_data})
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> Any:
        people: QuerySet[Any] = super().get_queryset(request)
        return people.annotate(
            call_count=self._of_calls(Count("pk"), IntegerField()), last_call=self._of_calls(Max("started_at"))
        )

    def _of_calls(self, figure: Any, output: Any = None) -> Subquery:
        """One figure over each person's calls, worked out for the rows of a page only."""
        relation: Any = self.model._meta.get_field("calls")
        link = relation.field.name
        rows = relation.related_model.objects.filter(**{link: OuterRef("pk")}).order_by().values(link)
        return Subquery(rows.annotate(figure=figure).values("figure"), output_field=output)

    @admin.display(description="person", ordering="contact_last_name")
    def person(self, person: Person) -> SafeString:
        name = person.full_name or person.contact_email or "Without a name"
        return two_lines(
            format_html("{} {}", name, badge("Do not call", BAD)) if person.do_not_call else name, person.firm_name
        )

    @admin.display(description="calls")
    def call_figures(self, person: Any) -> SafeString | str:
        if not person.call_count:
            return NOTHING
        latest = f"last {moment(person.last_call)}" if person.last_call else ""
        return two_lines(counted(person.call_count, "call"), latest)

    @admin.display(description="in GHL")
    def is_in_ghl(self, person: Any) -> SafeString | str:
        if person.ghl_contact_id:
            return "Yes"
        outbound = outbound_of(person)
        return push_badge(outbound) if outbound and outbound.state in OutboundPerson.NOT_IN_GHL else NOTHING

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        person = kwargs.get("obj")
        if person is not None:
            context["push"] = way_into_ghl(request, person)
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.display(description="came from")
    def came_from(self, person: Any) -> SafeString | str:
        if person._state.adding:
            return NOTHING
        records = person.staged_sources.select_related("batch__integration").defer("raw_data")
        lines = (
            (row.get_decision_display(), change_url(row), row.batch.integration, moment(row.batch.created_at))
            for row in records
        )
        return format_html_join("", '<div>{}: <a href="{}">{}, {}</a></div>', lines) or "Not from an import."

    @admin.display(description="calls")
    def calls(self, person: Any) -> SafeString | str:
        if person._state.adding:
            return NOTHING
        calls = list(person.calls.order_by("-started_at", "id")[: CALLS_SHOWN + 1])
        lines = [
            {
                "row": call,
                "url": change_url(call),
                "status": call_status_words(call.call_status),
                "duration": minutes(call.duration),
            }
            for call in calls
        ]
        about = {"lines": lines[:CALLS_SHOWN], "is_cut": len(lines) > CALLS_SHOWN, "shown": CALLS_SHOWN}
        return SafeString(render_to_string("portal/calls_of_person.html", about))


@admin.register(SalesProspect)
class SalesProspectAdmin(PersonAdmin):
    list_display = (
        "person", "contact_email", "contact_phone", "engagement_level", "campaign", "call_figures", "is_in_ghl",
    )  # fmt: skip
    list_select_related = ("campaign", "outbound")
    list_filter = (
        ("engagement_level", ValuesInUse), ("cadence_stage", ValuesInUse), "do_not_call", ("campaign", RelatedInUse),
        InGHLFilter, "created_at",
    )  # fmt: skip
    autocomplete_fields = ("campaign",)
    readonly_fields = (
        *PersonAdmin.readonly_fields, "dial_attempts", "no_answer_count", "voicemail_count", "callback_attempts",
    )  # fmt: skip
    fieldsets = (
        (None, {"fields": IDENTITY}),
        ("Where we stand", {"fields": (
            ("do_not_call", "do_not_call_since"), "campaign", "engagement_level", "cadence_stage", "tags", "source",
            "notes",
        )}),
        ("Calls", {"fields": (
            ("dial_attempts", "no_answer_count", "voicemail_count", "callback_attempts"), "calls",
        )}),
        ("GHL and import", {"fields": (*GHL_LINK, "came_from")}),
    )  # fmt: skip


@admin.register(Contact)
class ContactAdmin(PersonAdmin):
    list_display = (
        "person", "client", "contact_email", "contact_phone", "engagement_level", "call_figures", "is_in_ghl",
    )  # fmt: skip
    list_select_related = ("client", "outbound")
    list_filter = (
        ("client", RelatedInUse), ("engagement_level", ValuesInUse), "do_not_call",
        InGHLFilter, "created_at",
    )  # fmt: skip
    autocomplete_fields = ("client",)
    fieldsets = (
        (None, {"fields": ("client", *IDENTITY)}),
        (
            "Where we stand",
            {
                "fields": (
                    ("do_not_call", "do_not_call_since"),
                    "engagement_level",
                    "tags",
                    "source",
                    "notes",
                )
            },
        ),
        ("Calls", {"fields": ("calls",)}),
        ("GHL and import", {"fields": (*GHL_LINK, "came_from")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: Contact | None = None) -> Any:
        """A contact stays with its client: its calls and its GHL location are there."""
        return self.readonly_fields if obj is None else (*self.readonly_fields, "client")
