"""Who decided what: the log of decisions, one decision's page with its undo, and the log as a CSV file."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list

from imports.admin.filters import BATCHES_OFFERED
from imports.admin.queue_place import FILTERS, filters_query
from imports.admin.words import band_badge, batch_words, percent
from imports.deciding.decision_words import values_in_words
from imports.deciding.decisions import latest_of, person_of
from imports.deciding.replay import FIELDS
from imports.models import ImportBatch, ReviewDecision
from imports.reporting.decision_export import as_csv
from imports.undoing import undo
from imports.undoing.undo_plan import plan_of
from integrations.admin_parts import BAD, GOOD, NOTHING, QUIET, ReadOnlyAdmin, badge, change_url, moment, two_lines

MAY_REVIEW = "imports.review_stagedrecord"
TONES = {"new": GOOD, "merge": GOOD, "skip": QUIET, "reject": BAD}
View = Callable[..., HttpResponseBase]


class OfBatchFilter(admin.SimpleListFilter):
    title = "batch"
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        batches = ImportBatch.objects.select_related("integration").order_by("-created_at")
        return [(str(batch.pk), batch_words(batch)) for batch in batches[:BATCHES_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        known = {value for value, _ in self.lookup_choices}
        value = self.value()
        if not value:
            return queryset
        return queryset.filter(staged_record__batch=value) if value in known else queryset.none()


class StandsFilter(admin.SimpleListFilter):
    title = "undone or not"
    parameter_name = "undone"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Stands"), ("yes", "Undone")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        wanted = {"no": True, "yes": False}.get(self.value() or "")
        return queryset if wanted is None else queryset.filter(undone_at__isnull=wanted)


@admin.register(ReviewDecision)
class ReviewDecisionAdmin(ReadOnlyAdmin):
    list_display = ("when", "about", "what", "evidence", "who", "state")
    list_display_links = ("when",)
    list_select_related = ("staged_record__batch__integration", "reviewer", "undone_by")
    list_filter = ("decision", StandsFilter, ("reviewer", admin.RelatedOnlyFieldListFilter), OfBatchFilter)
    search_fields = (
        "staged_record__contact_first_name", "staged_record__contact_last_name", "staged_record__firm_name",
        "staged_record__contact_email", "person_name",
    )  # fmt: skip
    search_help_text = "Name, firm or e-mail of the record or the person."
    list_per_page = 50
    date_hierarchy = "decided_at"
    actions = None
    change_list_template = "imports/decisions_list.html"
    empty_words = "Nobody has decided anything yet. Decisions are taken in the review queue."
    show_facets = admin.ShowFacets.NEVER

    def lookup_allowed(self, lookup: str, value: str, request: Any = None) -> bool:
        return lookup == "bulk_run__id__exact" or super().lookup_allowed(lookup, value, request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).defer("before", "after", "calls", "staged_record__raw_data")

    @admin.display(description="when", ordering="decided_at")
    def when(self, decision: ReviewDecision) -> str:
        return moment(decision.decided_at)

    @admin.display(description="record")
    def about(self, decision: ReviewDecision) -> SafeString:
        return two_lines(decision.staged_record, decision.staged_record.batch.integration)

    @admin.display(description="decision", ordering="decision")
    def what(self, decision: ReviewDecision) -> SafeString:
        words = badge(decision.get_decision_display(), TONES.get(decision.decision, QUIET))
        return two_lines(words, decision.person_name if decision.decision == "merge" else "")

    @admin.display(description="match at the time", ordering="score")
    def evidence(self, decision: ReviewDecision) -> SafeString | str:
        return band_badge(decision.band, decision.score) if decision.band else NOTHING

    @admin.display(description="who", ordering="reviewer__username")
    def who(self, decision: ReviewDecision) -> SafeString:
        return two_lines(decision.reviewer, "in a bulk run" if decision.bulk_run_id else "")

    @admin.display(description="undone", ordering="undone_at")
    def state(self, decision: ReviewDecision) -> SafeString | str:
        if decision.stands:
            return NOTHING
        return two_lines(moment(decision.undone_at), f"by {decision.undone_by}")

    def export(self, request: HttpRequest) -> HttpResponseBase:
        """What the list shows under the same filters: who, when, on what score and for which reasons at the time."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            decisions = self.get_changelist_instance(request).get_queryset(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(reverse("admin:imports_reviewdecision_changelist"))
        answer = StreamingHttpResponse(as_csv(decisions), content_type="text/csv; charset=utf-8")
        answer["Content-Disposition"] = 'attachment; filename="decisions.csv"'
        return answer

    # ---------------------------------------------------------------- the page of one decision

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        pages: dict[str, tuple[str, View]] = {
            "undo-last/": ("undo_last", self.undo_last),
            "export/": ("export", self.export),
            "<uuid:decision_id>/undo/": ("undo", self.undo),
        }
        own = [path(route, wrap(view), name=f"imports_reviewdecision_{name}") for route, (name, view) in pages.items()]
        return own + super().get_urls()

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What the decision was and did, and what undoing it would do."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        decision = _decision(object_id)
        if decision is None:
            messages.warning(request, "This decision is not in the log.")
            return HttpResponseRedirect(reverse("admin:imports_reviewdecision_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": str(decision),
            "opts": self.opts,
            "decision": decision,
            "decision_badge": badge(decision.get_decision_display(), TONES.get(decision.decision, QUIET)),
            "certainty": percent(decision.score),
            "person": person_of(decision),
            "values": values_in_words(decision),
            "person_url": _url_of(person_of(decision)),
            "plan": plan_of(decision) if decision.stands else None,
            "may_undo": request.user.has_perm(MAY_REVIEW),
            "filters": urlencode({FILTERS: filters_query(request)}),
        }
        return TemplateResponse(request, "imports/decision.html", context)

    def undo_last(self, request: HttpRequest) -> HttpResponse:
        """Undoes what the reviewer decided last; a bulk run is undone on its own page."""
        if refusal := _refusal(request):
            return refusal
        latest = latest_of(request.user)
        if latest is None:
            messages.info(request, "You have decided nothing that could be undone.")
            return HttpResponseRedirect(reverse("admin:imports_stagedrecord_changelist"))
        if latest.bulk_run_id:
            messages.info(request, "What you decided last is a bulk run. Undo it here.")
            return HttpResponseRedirect(reverse("admin:imports_bulkrun_change", args=[latest.bulk_run_id]))
        return _undone(request, latest.pk, asks_first=True)

    def undo(self, request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
        """Undoes one decision. Asked from elsewhere than its own page, it leads there where something is to choose."""
        return _refusal(request) or _undone(request, decision_id, asks_first="on_its_page" not in request.POST)


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(MAY_REVIEW):
        raise PermissionDenied
    return None


def _undone(request: HttpRequest, decision_id: uuid.UUID, *, asks_first: bool) -> HttpResponse:
    query = urlencode({FILTERS: filters_query(request)})
    page = f"{reverse('admin:imports_reviewdecision_change', args=[decision_id])}?{query}"
    decision = _decision(str(decision_id))
    if asks_first and decision is not None and decision.stands and plan_of(decision).asks:
        messages.info(request, "Something was changed since. Choose what is to become of it.")
        return HttpResponseRedirect(page)
    by: Any = request.user
    try:
        done = undo.undo(
            decision_id,
            by,
            put_back=[column for column in FIELDS if request.POST.get(f"for_{column}") == "put_back"],
            remove_person=request.POST.get("person") == "remove",
        )
    except undo.UndoRefusedError as reason:
        messages.warning(request, str(reason))
        return HttpResponseRedirect(page)
    names = get_text_list([str(record) for record in done.records], "and")
    messages.success(request, format_html("Undone: {}. {}", names, done.words))
    return HttpResponseRedirect(f"{change_url(done.records[0])}?{query}")


def _decision(decision_id: str) -> ReviewDecision | None:
    rows = ReviewDecision.objects.select_related(
        "staged_record__batch__integration", "reviewer", "undone_by", "bulk_run", "together_with__staged_record"
    )
    try:
        return rows.filter(pk=decision_id).first()
    except ValidationError:  # not the form of an id
        return None


def _url_of(person: Any) -> str:
    return change_url(person) if person is not None else ""
