"""Import batches: what each brought, how far it is, and what can be done about one that has not come to its end."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from imports.admin import batch_page, pulling, summary_page
from imports.admin.csv_pages import CsvPages
from imports.admin.words import batch_badge
from imports.models import ImportBatch, StagedRecord
from imports.pulling.progress import progress_in_words
from integrations.admin_parts import NOTHING, LocationListFilter, ReadOnlyAdmin, moment, two_lines


class BatchList(ChangeList):
    """The list, with how much of each of its batches waits for review, in one query."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        rows = StagedRecord.objects.filter(batch__in=[batch.pk for batch in self.result_list]).order_by()
        counts = dict(rows.values_list("batch").annotate(count=Count("pk", filter=Q(status__in=StagedRecord.WAITING))))
        for batch in self.result_list:
            batch.waiting = counts.get(batch.pk, 0)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnlyAdmin):
    list_display = (
        "began", "location", "state", "contacts", "calls", "waiting", "matched", "twice", "errors_shown", "started_by",
    )  # fmt: skip
    list_display_links = ("began",)
    list_select_related = ("integration", "started_by")
    list_filter = ("status", "source", ("integration", LocationListFilter))
    search_fields = ("integration__name", "integration__location_id", "source_name")
    search_help_text = "Location or source."
    list_per_page = 30
    actions = None
    empty_words = "No batch yet. Open a location and press “Pull now”, or bring in a CSV file."
    show_facets = admin.ShowFacets.NEVER

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BatchList

    @admin.display(description="began", ordering="created_at")
    def began(self, batch: ImportBatch) -> SafeString:
        return two_lines(moment(batch.started_at or batch.created_at), batch.get_source_display())

    @admin.display(description="location", ordering="integration__name")
    def location(self, batch: ImportBatch) -> SafeString:
        return two_lines(batch.integration, batch.source_name if batch.source == ImportBatch.Source.CSV else "")

    @admin.display(description="status", ordering="status")
    def state(self, batch: ImportBatch) -> SafeString:
        return two_lines(batch_badge(batch), progress_in_words(batch) if batch.is_under_way else "")

    @admin.display(description="contacts", ordering="contacts_read")
    def contacts(self, batch: ImportBatch) -> str:
        return f"{batch.contacts_read:,}"

    @admin.display(description="calls", ordering="calls_read")
    def calls(self, batch: ImportBatch) -> str:
        return f"{batch.calls_read:,}"

    @admin.display(description="waiting for review")
    def waiting(self, batch: ImportBatch) -> SafeString | str:
        count = getattr(batch, "waiting", 0)
        return format_html('<a href="{}">{}</a>', batch_page.queue_url(batch), f"{count:,}") if count else NOTHING

    @admin.display(description="matched", ordering="matched")
    def matched(self, batch: ImportBatch) -> str:
        return f"{batch.matched:,}" if batch.matched else NOTHING

    @admin.display(description="in batch twice", ordering="in_batch_duplicates")
    def twice(self, batch: ImportBatch) -> str:
        return f"{batch.in_batch_duplicates:,}" if batch.in_batch_duplicates else NOTHING

    @admin.display(description="errors", ordering="errors")
    def errors_shown(self, batch: ImportBatch) -> SafeString | str:
        if not batch.errors:
            return NOTHING
        return format_html('<a href="{}">{}</a>', batch_page.queue_url(batch, status="error"), f"{batch.errors:,}")

    # ---------------------------------------------------------------- the pages of one batch

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "pull/<uuid:integration_id>/": ("pull", pulling.pull),
            "resume/<uuid:integration_id>/": ("resume", pulling.resume),
            "<uuid:batch_id>/stop/": ("stop", pulling.stop),
            "<uuid:batch_id>/give-up/": ("give_up", pulling.give_up),
            "<uuid:batch_id>/progress/": ("progress", batch_page.progress_view_of(self)),
        }
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"imports_importbatch_{name}") for route, (name, view) in pages.items()]
        return own + CsvPages(self).urls() + summary_page.urls_of(self) + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The batch page stands where other tables have their form."""
        page = batch_page.show(self, request, object_id)
        if page is None:
            messages.warning(request, "This batch is not there.")
            return HttpResponseRedirect(reverse("admin:imports_importbatch_changelist"))
        return page
