"""Bulk runs: drawing a sample, how its check stands, releasing the rest, and following, stopping and undoing a run."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from imports.admin.decisions import MAY_REVIEW
from imports.admin.queue_place import FILTERS
from imports.bulk import bulk_runs
from imports.bulk.bulk_review import BulkDecision
from imports.bulk.bulk_runs import RunRefusedError, Sample
from imports.models import BulkItem, BulkRun
from imports.pulling.progress import in_time_words
from integrations.admin_parts import BUSY, GOOD, NOTHING, QUIET, WARN, ReadOnlyAdmin, badge, counted, moment, two_lines
from integrations.queueing import queue

TONES = {"checking": BUSY, "queued": BUSY, "running": BUSY, "stopped": WARN, "done": GOOD, "dropped": QUIET}
NOT_DONE_SHOWN = 20
TASK = "imports.tasks.run_bulk"
View = Callable[..., HttpResponse]


@admin.register(BulkRun)
class BulkRunAdmin(ReadOnlyAdmin):
    list_display = ("began", "what", "records", "bound", "who", "state")
    list_display_links = ("began",)
    list_select_related = ("started_by", "undone_by", "released_by")
    list_filter = ("status", ("started_by", admin.RelatedOnlyFieldListFilter))
    actions = None
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    empty_words = "No bulk run yet. Tick records in the review queue and choose an action for them."

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).annotate(decided=Count("decisions"))

    @admin.display(description="began", ordering="created_at")
    def began(self, run: BulkRun) -> str:
        return moment(run.created_at)

    @admin.display(description="decision")
    def what(self, run: BulkRun) -> str:
        return run.about

    @admin.display(description="records")
    def records(self, run: Any) -> str:
        return counted(run.decided, "record")

    @admin.display(description="bound at 95 %")
    def bound(self, run: BulkRun) -> str:
        return NOTHING if run.bound_percent is None else f"at most {run.bound_percent:.1f} % wrong"

    @admin.display(description="who")
    def who(self, run: BulkRun) -> Any:
        return run.released_by or run.started_by

    @admin.display(description="status", ordering="status")
    def state(self, run: BulkRun) -> SafeString:
        return two_lines(_badge(run), f"undone by {run.undone_by}" if run.undone_at else "")

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, View]] = {
            "draw/": ("draw", self.draw),
            "<uuid:run_id>/progress/": ("progress", self.progress),
            "<uuid:run_id>/release/": ("release", self.release),
            "<uuid:run_id>/drop/": ("drop", self.drop),
            "<uuid:run_id>/stop/": ("stop", self.stop),
            "<uuid:run_id>/resume/": ("resume", self.resume),
            "<uuid:run_id>/undo/": ("undo", self.undo),
        }
        wrap = self.admin_site.admin_view
        own = [path(route, wrap(view), name=f"imports_bulkrun_{name}") for route, (name, view) in pages.items()]
        return own + super().get_urls()

    # ---------------------------------------------------------------- the page of one run

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = _run(object_id)
        if run is None:
            messages.warning(request, "This bulk run is not there.")
            return HttpResponseRedirect(reverse("admin:imports_bulkrun_changelist"))
        context = {
            **self.admin_site.each_context(request),
            **_context(request, run),
            "title": run.about,
            "opts": self.opts,
        }
        return TemplateResponse(request, "imports/bulk_run.html", context)

    def progress(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        """The part of the page that changes, for the script that keeps it fresh."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = _run(str(run_id))
        if run is None:
            raise Http404("There is no such bulk run.")
        return TemplateResponse(request, "imports/bulk_run_progress.html", _context(request, run))

    def draw(self, request: HttpRequest) -> HttpResponse:
        """Draws a sample from all that the queue shows under its filters."""
        from imports.admin.queue import queue_under

        if refusal := _refusal(request):
            return refusal
        query, by = request.POST.get("back_query", ""), _user(request)
        try:
            limit = float(request.POST.get("limit", "5").replace(",", ".")) / 100
            decision = BulkDecision(request.POST.get("decision", ""))
            run = bulk_runs.draw(decision, queue_under(request, query), limit, by)
        except (ValueError, RunRefusedError) as reason:
            words = str(reason) if isinstance(reason, RunRefusedError) else "Enter the limit as a number of percent."
            messages.error(request, words)
            return HttpResponseRedirect(f"{reverse('admin:imports_stagedrecord_changelist')}?{query}")
        messages.success(request, "The sample is drawn. Check each of its records by hand; then the rest can follow.")
        return _to_page(run.pk)

    def release(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if refusal := _refusal(request):
            return refusal
        try:
            bulk_runs.release(run_id, _user(request))
        except RunRefusedError as reason:
            messages.error(request, str(reason))
            return _to_page(run_id)
        return _handed_over(request, run_id, "Released. This page shows how far it is.")

    def drop(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if refusal := _refusal(request):
            return refusal
        if bulk_runs.drop(run_id):
            messages.success(request, "Given up. What was decided of the sample stays; the rest waits in the queue.")
        else:
            messages.info(request, "This run has been released or given up already.")
        return _to_page(run_id)

    def stop(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if refusal := _refusal(request):
            return refusal
        if bulk_runs.request_stop(run_id):
            messages.success(request, "It stops within a few records. What is done stays done.")
        else:
            messages.info(request, "This run is not under way, so there is nothing to stop.")
        return _to_page(run_id)

    def resume(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if refusal := _refusal(request):
            return refusal
        if bulk_runs.resume(run_id):
            return _handed_over(request, run_id, "It goes on where it stopped.")
        messages.info(request, "This run is not stopped.")
        return _to_page(run_id)

    def undo(self, request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
        if refusal := _refusal(request):
            return refusal
        if bulk_runs.request_undo(run_id, _user(request)):
            return _handed_over(request, run_id, "The run is being undone. This page shows how far it is.")
        messages.info(request, "Only a run that is done or stopped is undone, and only once.")
        return _to_page(run_id)


def _context(request: HttpRequest, run: BulkRun) -> dict[str, Any]:
    sample = bulk_runs.sample_of(run) if run.status == BulkRun.Status.CHECKING else None
    decided = run.decisions.count()
    undone = run.decisions.filter(undone_at__isnull=False).count()
    items = run.items.filter(is_sample=False)
    refused = items.filter(result=BulkItem.Result.REFUSED)
    total = items.count() or decided
    is_undo = run.task == BulkRun.Task.UNDO
    done = undone if is_undo else items.exclude(result="").count() or decided
    of = decided if is_undo else total
    return {
        "run": run,
        "run_badge": _badge(run),
        "sample": sample,
        "bound_words": _bound_words(sample) if sample else "",
        "check_url": _check_url(run),
        "decided": decided,
        "undone": undone,
        "standing": decided - undone,
        "refused": refused.count(),
        "not_done": refused.select_related("staged_record").defer("staged_record__raw_data")[:NOT_DONE_SHOWN],
        "done": done,
        "of": of,
        "percent": round(100 * done / of) if of else 100,
        "is_undo": is_undo,
        "seconds_left": _left(run, done, of),
        "remarks": _remarks(run) if run.undone_by else [],
        "may_review": request.user.has_perm(MAY_REVIEW),
    }


def _remarks(run: BulkRun) -> list[Any]:
    """What the undoing of single decisions left as it was, and why."""
    rows = (
        run.decisions.filter(undone_at__isnull=False).exclude(undo_note="").exclude(undo_note__endswith="the portal.")
    )
    return list(rows.select_related("staged_record").defer("staged_record__raw_data")[:NOT_DONE_SHOWN])


def _left(run: BulkRun, done: int, of: int) -> str:
    if not run.is_under_way or not done or not run.seconds_worked:
        return ""
    return in_time_words((of - done) * run.seconds_worked / done)


def _bound_words(sample: Sample) -> str:
    return (
        f"At 95 % confidence at most {100 * sample.share:.1f} % of the {sample.population:,} are wrong, "
        f"so at most {sample.most_wrong - sample.errors:,} of the {sample.rest:,} that are left."
    )


def _check_url(run: BulkRun) -> str:
    return f"{reverse('admin:imports_stagedrecord_next')}?{urlencode({FILTERS: f'run={run.pk}'})}"


def _badge(run: BulkRun) -> SafeString:
    return badge("Undone" if run.undone_at else run.get_status_display(), TONES.get(run.status, QUIET))


def _handed_over(request: HttpRequest, run_id: uuid.UUID, words: str) -> HttpResponse:
    if queue(TASK, str(run_id)):
        messages.success(request, words)
    else:
        messages.warning(
            request, "It waits: the queue (Redis) cannot be reached. It begins within minutes of the queue coming back."
        )
    return _to_page(run_id)


def _to_page(run_id: uuid.UUID) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:imports_bulkrun_change", args=[run_id]))


def _refusal(request: HttpRequest) -> HttpResponse | None:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(MAY_REVIEW):
        raise PermissionDenied
    return None


def _user(request: HttpRequest) -> Any:
    return request.user


def _run(run_id: str) -> BulkRun | None:
    try:
        return BulkRun.objects.select_related("started_by", "released_by", "undone_by").filter(pk=run_id).first()
    except ValidationError:  # not the form of an id
        return None
