"""The summary of a batch: a plain page, and the same as text or for a spreadsheet."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_GET

from imports.files.csv_problems import csv_lines
from imports.models import ImportBatch
from imports.reporting.summaries import DECIDED, Summary, as_rows, as_text

if TYPE_CHECKING:
    from imports.admin.batches import ImportBatchAdmin

AnyAnswer = HttpResponse | StreamingHttpResponse
Answer = TypeVar("Answer", HttpResponse, StreamingHttpResponse)


def urls_of(model_admin: "ImportBatchAdmin") -> list[URLPattern]:
    """For whoever may see the batch."""

    def page(
        route: str, name: str, answer: Callable[["ImportBatchAdmin", HttpRequest, Summary], AnyAnswer]
    ) -> URLPattern:
        def view(request: HttpRequest, batch_id: uuid.UUID) -> AnyAnswer:
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            batch = ImportBatch.objects.select_related("integration").filter(pk=batch_id).first()
            if batch is None:
                raise Http404("There is no such batch.")
            return answer(model_admin, request, Summary.of(batch))

        own = model_admin.admin_site.admin_view(require_GET(view))
        return path(f"<uuid:batch_id>/{route}", own, name=f"imports_importbatch_{name}")

    return [
        page("summary/", "summary", _shown),
        page("summary.txt", "summary_text", _text),
        page("summary.csv", "summary_csv", _csv),
    ]


def _shown(model_admin: "ImportBatchAdmin", request: HttpRequest, summary: Summary) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Summary: {summary.batch.integration}",
        "opts": model_admin.opts,
        "batch": summary.batch,
        "summary": summary,
        "standing": summary.standing,
        "bands": [(words, [counts[decision] for decision in DECIDED]) for words, counts in summary.bands()],
    }
    return TemplateResponse(request, "imports/batch_summary.html", context)


def _text(model_admin: "ImportBatchAdmin", request: HttpRequest, summary: Summary) -> HttpResponse:
    return _attached(HttpResponse(as_text(summary), content_type="text/plain; charset=utf-8"), summary, "txt")


def _csv(model_admin: "ImportBatchAdmin", request: HttpRequest, summary: Summary) -> StreamingHttpResponse:
    lines = csv_lines(as_rows(summary))
    return _attached(StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8"), summary, "csv")


def _attached(answer: Answer, summary: Summary, ending: str) -> Answer:
    day = timezone.localtime(summary.batch.created_at)
    answer.headers["Content-Disposition"] = f'attachment; filename="batch-{day:%Y-%m-%d}-summary.{ending}"'
    return answer
