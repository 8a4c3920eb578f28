"""The review queue: every staged record that waits for a person, found and filtered in the reviewers' words."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from imports.admin import bulk_pages, decide_view, group_page, review_page
from imports.admin.filters import (
    BandFilter,
    BatchFilter,
    KindFilter,
    LocationFilter,
    ReasonFilter,
    ReviewerFilter,
    SampleFilter,
    StatusFilter,
)
from imports.admin.queue_place import QueueOrder, queue_of
from imports.admin.words import band_badge, first_reason, record_badge
from imports.bulk.bulk_review import BulkDecision
from imports.models import ImportBatch, MatchCandidate, StagedCall, StagedRecord
from integrations.admin_parts import NOTHING, WARN, FindsPhones, ReadOnlyAdmin, badge, counted, day_and_time, two_lines

Records = QuerySet[StagedRecord]


class QueueList(ChangeList):
    """The list, with what each of its rows needs from other tables fetched for the page at once."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        _note_calls(self.result_list)
        _note_twins(self.result_list)


@admin.register(StagedRecord)
class StagedRecordAdmin(FindsPhones, ReadOnlyAdmin):
    list_display = ("person", "contact_email", "contact_phone", "found", "marks", "calls", "state", "batch_name")
    list_display_links = ("person",)
    list_select_related = ("batch__integration", "matched_prospect", "matched_contact", "reviewed_by")
    list_filter = (
        StatusFilter, KindFilter, BandFilter, BatchFilter, LocationFilter, ReasonFilter, ReviewerFilter, SampleFilter,
    )  # fmt: skip
    list_per_page = 50
    search_fields = (
        "contact_first_name", "contact_last_name", "firm_name", "contact_email", "contact_phone", "person_number",
        "=ghl_contact_id",
    )  # fmt: skip
    phone_columns = ("contact_phone", "person_number")
    search_help_text = "Name, firm, e-mail, phone or bar number in any form, or GHL contact id."
    empty_words = "Nothing waits for review. Records come here with the next pull of a location."
    actions = ("approve_new", "merge_certain", "skip", "reject", "read_again")
    show_facets = admin.ShowFacets.NEVER

    # ---------------------------------------------------------------- the list

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return QueueOrder if getattr(request, "only_order", False) else QueueList

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"page_title": "Review queue", **(extra_context or {})})

    def get_queryset(self, request: HttpRequest) -> Records:
        return super().get_queryset(request).defer("raw_data", "batch__cursor", "batch__remarks")

    def has_review_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm("imports.review_stagedrecord"))

    @admin.display(description="person", ordering="contact_last_name")
    def person(self, record: StagedRecord) -> SafeString:
        return two_lines(record.full_name or record.contact_email or "Without a name", record.firm_name)

    @admin.display(description="what was found", ordering="match_score")
    def found(self, record: StagedRecord) -> SafeString | str:
        if record.status == StagedRecord.Status.ERROR:
            return record.error_message
        if record.match_score is None:
            return "Nobody like this" if record.batch.phase == ImportBatch.Phase.DONE else "Not compared yet"
        whom = record.matched_prospect or record.matched_contact or getattr(record, "twin", None)
        about = " · ".join(filter(None, [first_reason(record.match_reasons), str(whom or "")]))
        return two_lines(band_badge(record.match_band, record.match_score), about)

    @admin.display(description="note")
    def marks(self, record: StagedRecord) -> SafeString | str:
        marks = [badge("In its batch twice", WARN)] if record.is_in_batch_duplicate else []
        marks += [badge("A change", WARN)] if record.changes_id else []
        return format_html("{} {}", *(marks + [""])[:2]) if marks else ""

    @admin.display(description="calls")
    def calls(self, record: StagedRecord) -> str:
        count = getattr(record, "call_count", 0)
        return counted(count, "call") if count else NOTHING

    @admin.display(description="status", ordering="status")
    def state(self, record: StagedRecord) -> SafeString:
        return two_lines(record_badge(record, short=True), record.reviewed_by or "")

    @admin.display(description="batch", ordering="batch_made_at")
    def batch_name(self, record: StagedRecord) -> SafeString:
        return two_lines(record.batch.integration, day_and_time(record.batch.created_at))

    # ---------------------------------------------------------------- deciding about many

    @admin.action(description="Approve as new (those without any candidate)", permissions=["review"])
    def approve_new(self, request: HttpRequest, queryset: Records) -> HttpResponse:
        return bulk_pages.ask(self, request, queryset, BulkDecision.APPROVE)

    @admin.action(description="Merge into the certain match", permissions=["review"])
    def merge_certain(self, request: HttpRequest, queryset: Records) -> HttpResponse:
        return bulk_pages.ask(self, request, queryset, BulkDecision.MERGE)

    @admin.action(description="Skip", permissions=["review"])
    def skip(self, request: HttpRequest, queryset: Records) -> HttpResponse:
        return bulk_pages.ask(self, request, queryset, BulkDecision.SKIP)

    @admin.action(description="Reject", permissions=["review"])
    def reject(self, request: HttpRequest, queryset: Records) -> HttpResponse:
        return bulk_pages.ask(self, request, queryset, BulkDecision.REJECT)

    @admin.action(description="Read again from GHL (those that were mended there)", permissions=["review"])
    def read_again(self, request: HttpRequest, queryset: Records) -> HttpResponse:
        return bulk_pages.ask(self, request, queryset, BulkDecision.READ_AGAIN)

    # ---------------------------------------------------------------- the pages of one record

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "decide-many/": ("decide_many", bulk_pages.view_of(self)),
            "next/": ("next", review_page.first_view_of(self)),
            "<uuid:record_id>/decide/": ("decide", decide_view.decide_view_of(self)),
            "<uuid:record_id>/following/": ("following", review_page.following_view_of(self)),
            "<uuid:record_id>/group/": ("group", group_page.group_view_of(self)),
        }
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"imports_stagedrecord_{name}") for route, (name, view) in pages.items()]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The review page stands where other tables have their form."""
        if request.method == "POST":
            return HttpResponse("Decisions are posted to the record's own address for them.", status=405)
        page = review_page.show(self, request, object_id)
        return page or HttpResponseRedirect(reverse("admin:imports_stagedrecord_changelist"))


def queue_under(request: HttpRequest, query: str) -> Records:
    """All that the queue shows under these filters."""
    model_admin: Any = admin.site._registry[StagedRecord]
    records: Records = queue_of(model_admin, request, query)
    return records


def _note_calls(records: list[StagedRecord]) -> None:
    """How many calls GHL has of each person on the page, in one query."""
    ids = {record.ghl_contact_id for record in records if record.ghl_contact_id}
    locations = {record.batch.integration_id for record in records}  # the index begins with them
    rows = StagedCall.objects.filter(integration__in=locations, ghl_contact_id__in=ids, error_message="")
    counts = {
        (row["integration_id"], row["ghl_contact_id"]): row["count"]
        for row in rows.order_by().values("integration_id", "ghl_contact_id").annotate(count=Count("pk"))
    }
    for record in records:
        record.call_count = counts.get((record.batch.integration_id, record.ghl_contact_id), 0)  # type: ignore[attr-defined]


def _note_twins(records: list[StagedRecord]) -> None:
    """Whom of its own batch a record repeats, where the portal has nobody like it."""
    alone = [r.pk for r in records if r.match_score is not None and not (r.matched_prospect_id or r.matched_contact_id)]
    candidates = MatchCandidate.objects.filter(staged_record__in=alone, candidate_kind="staged").order_by("score")
    twin_of = dict(candidates.values_list("staged_record_id", "candidate_id"))
    twins = StagedRecord.objects.defer("raw_data").in_bulk(set(twin_of.values()))
    for record in records:
        record.twin = twins.get(twin_of.get(record.pk))  # type: ignore[attr-defined]
