"""Offered where something changed by which pairs are judged: the batches that wait, each to be compared again."""

import uuid
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_POST

from imports.admin.words import batch_words
from imports.matching import again
from imports.models import ImportBatch
from imports.reporting.waiting import with_waiting_records
from integrations.queueing import queue

MOST_SHOWN = 20
COMPARE_AGAIN = "imports.tasks.compare_batch_again"


def waiting_batches() -> list[tuple[ImportBatch, int]]:
    """The latest batches that were compared and have records that wait, each with how many."""
    return with_waiting_records(ImportBatch.objects.filter(phase=ImportBatch.Phase.DONE), MOST_SHOWN)


def compare_view_of(model_admin: Any) -> Callable[..., HttpResponse]:
    """For the pages that offer it; leads back to where it was asked."""

    def compare(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
        if not model_admin.has_change_right(request):
            raise PermissionDenied
        batch = ImportBatch.objects.select_related("integration").filter(pk=batch_id).first()
        if batch is None or not again.ask(batch_id):
            messages.warning(request, "This batch is not there any more.")
        elif queue(COMPARE_AGAIN, str(batch_id)):
            messages.success(
                request, f"{batch_words(batch)} is compared again. The queue shows it as each part of it is done."
            )
        else:
            messages.warning(
                request,
                f"{batch_words(batch)} waits to be compared again: the queue (Redis) cannot be reached. It begins "
                "within minutes of the queue coming back.",
            )
        return HttpResponseRedirect(model_admin.list_url())

    return require_POST(compare)
