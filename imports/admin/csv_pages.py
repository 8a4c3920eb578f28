"""Bringing in a CSV file: choose it, confirm its columns, see the verdict on every row, stage.

For operators: who brings a file in says whose people they are and what its columns mean, as with a location. Reviewers
decide about the rows, and may download those with a problem, which they see in the queue anyway.
"""

import uuid
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_POST

from imports.admin.csv_forms import LARGEST, ColumnsForm, UploadForm
from imports.admin.csv_words import verdict_for_page
from imports.files import csv_handover, csv_uploads
from imports.files.csv_files import remarks_about
from imports.files.csv_problems import problems_of_batch, problems_of_upload
from imports.files.csv_text import UnreadableFileError
from imports.files.csv_uploads import UploadRefusedError
from imports.models import CsvUpload, ImportBatch
from integrations.admin_parts import change_url
from integrations.queueing import queue

if TYPE_CHECKING:
    from imports.admin.batches import ImportBatchAdmin

MAY_UPLOAD = "imports.add_importbatch"
CHECK, STAGE = "imports.tasks.check_csv", "imports.tasks.stage_csv"
Status = CsvUpload.Status
Step = Callable[[HttpRequest, CsvUpload], None]


class CsvPages:
    """The pages of files on their way to a batch, beside those of batches."""

    def __init__(self, model_admin: "ImportBatchAdmin") -> None:
        self.model_admin = model_admin

    def urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[str, Any]] = {
            "csv/": ("csv", self.choose_file),
            "csv/<uuid:upload_id>/": ("csv_file", require_GET(self.show)),
            "csv/<uuid:upload_id>/progress/": ("csv_progress", require_GET(self.progress)),
            "csv/<uuid:upload_id>/columns/": ("csv_columns", require_POST(self.confirm_columns)),
            "csv/<uuid:upload_id>/stage/": ("csv_stage", require_POST(self.stage)),
            "csv/<uuid:upload_id>/drop/": ("csv_drop", require_POST(self.drop)),
            "csv/<uuid:upload_id>/problems.csv": ("csv_problems", require_GET(self.problems)),
            "<uuid:batch_id>/csv-resume/": ("csv_resume", require_POST(self.resume)),
            "<uuid:batch_id>/problems.csv": ("problems", require_GET(self.problems_of_batch)),
        }
        wrap = self.model_admin.admin_site.admin_view
        return [path(route, wrap(view), name=f"imports_importbatch_{name}") for route, (name, view) in pages.items()]

    # ------------------------------------------------------------ the file

    def choose_file(self, request: HttpRequest) -> HttpResponse:
        _refuse_others(request)
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            answer = self._receive(request, form)
            if answer is not None:
                return answer
        context = {"form": form, "largest": LARGEST, "open_uploads": csv_uploads.open_uploads()}
        return self._page(request, "csv_upload", "Bring in a CSV file", context)

    def _receive(self, request: HttpRequest, form: UploadForm) -> HttpResponse | None:
        """Leads on to the file's columns, or to where the file is already; None when the form says what is wrong."""
        file = form.cleaned_data["file"]
        try:
            upload = csv_uploads.receive(
                file.read(),
                file_name=file.name,
                integration=form.cleaned_data["location"],
                source_name=form.cleaned_data["source_name"] or file.name,
                by=request.user,  # type: ignore[arg-type]
            )
        except UnreadableFileError as problem:
            form.add_error("file", str(problem))
            return None
        except UploadRefusedError as refusal:
            return _told(request, refusal, reverse("admin:imports_importbatch_csv"))
        return HttpResponseRedirect(_url(upload))

    # ------------------------------------------------------------ one file

    def show(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        """The columns to confirm, how far the check is, or its verdict: whichever step the file is at."""
        upload = self._upload(request, upload_id)
        if not upload.is_open:
            return _told(request, None, change_url(upload.batch) if upload.batch else _list_url())
        if upload.status == Status.COLUMNS or "columns" in request.GET:
            return self._columns_page(request, upload, ColumnsForm(upload=upload))
        return self._page(request, "csv_file", upload.file_name, _context(upload))

    def progress(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        """The part of the page that changes, for the script that keeps it fresh."""
        return TemplateResponse(request, "imports/csv_verdict.html", _context(self._upload(request, upload_id)))

    def confirm_columns(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        upload = self._upload(request, upload_id)
        form = ColumnsForm(request.POST, upload=upload)
        if not form.is_valid():
            return self._columns_page(request, upload, form)
        try:
            with transaction.atomic():
                csv_uploads.confirm_columns(upload, form.chosen(), request.user)  # type: ignore[arg-type]
                transaction.on_commit(partial(_tell, request, CHECK, upload.pk))
        except UploadRefusedError as refusal:
            if upload.is_open:
                form.add_error(None, str(refusal))
                return self._columns_page(request, upload, form)
            return _told(request, refusal, _url(upload))
        return HttpResponseRedirect(_url(upload))

    def stage(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        upload = self._upload(request, upload_id)
        try:
            with transaction.atomic():
                batch = csv_handover.hand_over(upload, request.user)  # type: ignore[arg-type]
                transaction.on_commit(partial(_tell, request, STAGE, batch.pk))
        except UploadRefusedError as refusal:
            return _told(request, refusal, _url(upload))
        return HttpResponseRedirect(change_url(batch))

    def drop(self, request: HttpRequest, upload_id: uuid.UUID) -> HttpResponse:
        upload = self._upload(request, upload_id)
        try:
            csv_uploads.drop(upload)
        except UploadRefusedError as refusal:
            return _told(request, refusal, _url(upload))
        messages.success(request, f"“{upload.file_name}” is forgotten. Nothing of it was staged.")
        return HttpResponseRedirect(reverse("admin:imports_importbatch_csv"))

    def problems(self, request: HttpRequest, upload_id: uuid.UUID) -> StreamingHttpResponse:
        upload = self._upload(request, upload_id)
        whole = CsvUpload.objects.select_related("integration").get(pk=upload.pk)
        if upload.status != Status.CHECKED:
            raise Http404("The rows of this file are not checked, or are with their batch.")
        return _download(problems_of_upload(whole), f"{upload.file_name} to mend")

    # ------------------------------------------------------------ its batch

    def resume(self, request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
        _refuse_others(request)
        batch = _batch(batch_id)
        try:
            with transaction.atomic():
                csv_handover.resume(batch)
                transaction.on_commit(partial(_tell, request, STAGE, batch.pk))
        except UploadRefusedError as refusal:
            return _told(request, refusal, change_url(batch))
        return HttpResponseRedirect(change_url(batch))

    def problems_of_batch(self, request: HttpRequest, batch_id: uuid.UUID) -> StreamingHttpResponse:
        """For whoever sees the queue, which shows the same rows."""
        if not self.model_admin.has_view_permission(request):
            raise PermissionDenied
        batch = _batch(batch_id)
        if batch.source != ImportBatch.Source.CSV:
            raise Http404("This batch is not from a file.")
        return _download(problems_of_batch(batch), f"{batch.source_name} to mend")

    # ------------------------------------------------------------ parts

    def _upload(self, request: HttpRequest, upload_id: uuid.UUID) -> CsvUpload:
        _refuse_others(request)
        upload = csv_uploads.upload_of(upload_id)
        if upload is None:
            raise Http404("There is no such file.")
        return upload

    def _columns_page(self, request: HttpRequest, upload: CsvUpload, form: ColumnsForm) -> HttpResponse:
        context = {"upload": upload, "form": form, "sampled": range(1, len(upload.sample) + 1)}
        return self._page(request, "csv_columns", "What the columns mean", context)

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        about = {
            **self.model_admin.admin_site.each_context(request),
            "opts": self.model_admin.opts,
            "title": title,
            **context,
        }
        return TemplateResponse(request, f"imports/{name}.html", about)


def _refuse_others(request: HttpRequest) -> None:
    if not request.user.has_perm(MAY_UPLOAD):
        raise PermissionDenied


def _batch(batch_id: uuid.UUID) -> ImportBatch:
    batch = ImportBatch.objects.select_related("integration").filter(pk=batch_id).first()
    if batch is None:
        raise Http404("There is no such batch.")
    return batch


def _url(upload: CsvUpload) -> str:
    return reverse("admin:imports_importbatch_csv_file", args=[upload.pk])


def _list_url() -> str:
    return reverse("admin:imports_importbatch_changelist")


def _context(upload: CsvUpload) -> dict[str, Any]:
    return {
        "upload": upload,
        "is_checking": upload.status == Status.CHECKING,
        "remarks": [*upload.remarks, *remarks_about(upload.columns)],
        "verdict": verdict_for_page(upload.verdict) if upload.status == Status.CHECKED else None,
    }


def _told(request: HttpRequest, refusal: UploadRefusedError | None, otherwise: str) -> HttpResponse:
    """Leads to where it goes on, and says why."""
    if refusal is None:
        return HttpResponseRedirect(otherwise)
    messages.warning(request, str(refusal))
    if refusal.batch is not None:
        return HttpResponseRedirect(change_url(refusal.batch))
    return HttpResponseRedirect(_url(refusal.upload) if refusal.upload is not None else otherwise)


def _tell(request: HttpRequest, task: str, row_id: uuid.UUID) -> None:
    """Hands work to a worker. A row says that it waits, so that it is found if the broker is away."""
    if not queue(task, str(row_id)):
        messages.warning(
            request,
            "No worker could be told: the queue (Redis) cannot be reached. "
            "It is handed over again within minutes of the queue coming back.",
        )


def _download(lines: Iterator[str], name: str) -> StreamingHttpResponse:
    answer = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    file_name = f"{slugify(name.replace('.', '-')) or 'rows-to-mend'}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer
