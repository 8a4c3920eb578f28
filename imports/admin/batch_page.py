"""One batch: what happened, how far it is, what waits, and what to do about it."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse

from imports.admin.csv_pages import MAY_UPLOAD
from imports.admin.pulling import MAY_PULL
from imports.admin.queue_place import FILTERS
from imports.admin.standing_words import standing_for_page
from imports.admin.words import batch_badge
from imports.attaching import unrecorded_calls
from imports.files.csv_handover import can_resume
from imports.models import ImportBatch, StagedRecord
from imports.pulling.batches import PER_CONTACT
from imports.pulling.progress import in_time_words, phase_in_words, progress_in_words, progress_of
from imports.reporting.standing import Standing, standing_of_batch

if TYPE_CHECKING:
    from imports.admin.batches import ImportBatchAdmin

UNREADABLE_CALLS_SHOWN = 20
Status, Decision = StagedRecord.Status, StagedRecord.Decision


def queue_url(batch: ImportBatch, **filters: str) -> str:
    """The review queue, filtered to this batch."""
    query = urlencode({"batch": batch.pk, **filters})
    return f"{reverse('admin:imports_stagedrecord_changelist')}?{query}"


def show(model_admin: "ImportBatchAdmin", request: HttpRequest, batch_id: str) -> HttpResponse | None:
    """The page, or None when there is no such batch."""
    batch = _batch(model_admin, request, batch_id)
    if batch is None:
        return None
    unreadable = batch.staged_calls.exclude(error_message="").order_by("pk")
    context = {
        **model_admin.admin_site.each_context(request),
        **_progress_context(request, batch),
        "title": str(batch.integration),
        "opts": model_admin.opts,
        "unreadable_calls": unreadable[:UNREADABLE_CALLS_SHOWN],
        "unreadable_count": unreadable.count(),
        "how_calls": "Contact by contact" if batch.strategy == PER_CONTACT else "From the location’s export",
        "review_url": f"{reverse('admin:imports_stagedrecord_next')}?{urlencode({FILTERS: f'batch={batch.pk}'})}",
        "has_problems": batch.source == ImportBatch.Source.CSV
        and batch.records.filter(status=StagedRecord.Status.ERROR).exists(),
        "may_review": request.user.has_perm("imports.review_stagedrecord"),
    }
    return TemplateResponse(request, "imports/batch.html", context)


def progress_view_of(model_admin: "ImportBatchAdmin") -> Callable[..., HttpResponse]:
    def progress(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
        """The part of the page that changes, for the script that keeps it fresh."""
        batch = _batch(model_admin, request, str(batch_id))
        if batch is None:
            raise Http404("There is no such batch.")
        return TemplateResponse(request, "imports/batch_progress.html", _progress_context(request, batch))

    return progress


def _batch(model_admin: "ImportBatchAdmin", request: HttpRequest, batch_id: str) -> ImportBatch | None:
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    try:
        return ImportBatch.objects.select_related("integration", "started_by").filter(pk=batch_id).first()
    except ValidationError:  # not the form of an id
        return None


def _progress_context(request: HttpRequest, batch: ImportBatch) -> dict[str, Any]:
    progress = progress_of(batch)
    standing = standing_of_batch(batch)
    is_file = batch.source == ImportBatch.Source.CSV
    return {
        "batch": batch,
        "batch_badge": batch_badge(batch),
        "progress": progress,
        "percent": round(100 * progress.done / progress.total) if progress.total else None,
        "in_words": progress_in_words(batch),
        "worked": in_time_words(batch.seconds_worked),
        "counts": _tiles(batch, standing),
        "standing": standing_for_page(batch, standing),
        "waiting_calls": 0 if is_file else unrecorded_calls(batch.integration).count(),
        "phase_words": phase_in_words(batch),
        "may_change": request.user.has_perm(MAY_UPLOAD if is_file else MAY_PULL),
        "resume_url": _resume_url(batch),
    }


def _resume_url(batch: ImportBatch) -> str:
    """Where an unfinished batch is gone on with; empty for a file that is not kept."""
    if batch.source == ImportBatch.Source.GHL:
        return reverse("admin:imports_importbatch_resume", args=[batch.integration_id])
    return reverse("admin:imports_importbatch_csv_resume", args=[batch.pk]) if can_resume(batch) else ""


def _tiles(batch: ImportBatch, standing: Standing) -> list[dict[str, Any]]:
    """How many records are where, each with the queue filtered to them."""
    lines = [
        ("Waiting, nobody like it", Status.PENDING, "", "pending"),
        ("Waiting, with a match", Status.MATCHED, "", "matched"),
        ("Cannot be read", Status.ERROR, "", "error"),
        ("Approved as new", Status.IMPORTED, Decision.NEW, "imported"),
        ("Merged", Status.IMPORTED, Decision.MERGE, "imported"),
        ("Skipped", Status.SKIPPED, Decision.SKIP, "skipped"),
        ("Replaced by a later version", Status.SKIPPED, Decision.SUPERSEDED, "skipped"),
        ("Rejected", Status.REJECTED, Decision.REJECT, "rejected"),
    ]
    tiles = []
    for words, status, decision, shown in lines:
        count, is_waiting = standing.outcomes.get((status, decision), 0), status in StagedRecord.WAITING
        if count or is_waiting:
            url = queue_url(batch, status=shown)
            tiles.append({"words": words, "count": count, "url": url, "is_waiting": is_waiting})
    return tiles
