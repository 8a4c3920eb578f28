"""The buttons that begin, resume, stop and give up a pull."""

import uuid
from collections.abc import Callable
from functools import partial, wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.utils.html import format_html
from kombu.exceptions import OperationalError

from imports.models import ImportBatch
from imports.pulling import batches
from imports.pulling.batches import NothingToResumeError, UnfinishedPullError
from imports.tasks import run_pull
from integrations.admin_parts import change_url
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.models import GHLIntegration

MAY_PULL = "integrations.change_ghlintegration"
View = Callable[..., HttpResponse]


def _posted_by_an_operator(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **about: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(MAY_PULL):
            raise PermissionDenied
        return view(request, **about)

    return guarded


@_posted_by_an_operator
def pull(request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
    """Begins a pull of a location and leads to its page."""
    integration = get_object_or_404(GHLIntegration, pk=integration_id)
    return _queued(request, integration, lambda: batches.start(integration, by=request.user))  # type: ignore[arg-type]


@_posted_by_an_operator
def resume(request: HttpRequest, integration_id: uuid.UUID) -> HttpResponse:
    """Goes on with a location's unfinished pull."""
    integration = get_object_or_404(GHLIntegration, pk=integration_id)
    return _queued(request, integration, lambda: batches.resume(integration))


@_posted_by_an_operator
def stop(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    batch = get_object_or_404(ImportBatch, pk=batch_id)
    if batches.request_stop(batch):
        messages.success(request, "The pull stops after the page it is reading. Resume goes on from there.")
    else:
        messages.info(request, "This pull is not under way, so there is nothing to stop.")
    return HttpResponseRedirect(change_url(batch))


@_posted_by_an_operator
def give_up(request: HttpRequest, batch_id: uuid.UUID) -> HttpResponse:
    batch = get_object_or_404(ImportBatch.objects.select_related("integration"), pk=batch_id)
    if batch.is_under_way:
        messages.error(request, "This pull is under way. Stop it first, then give it up.")
    elif not batch.is_unfinished:
        messages.info(request, "This batch is finished, so there is nothing to give up.")
    else:
        batches.give_up(batch)
        messages.success(request, "Given up. What it staged stays in the queue; a new pull can begin.")
    return HttpResponseRedirect(change_url(batch))


def _queued(request: HttpRequest, integration: GHLIntegration, make: Callable[[], ImportBatch]) -> HttpResponse:
    """Hands a batch to a worker, or tells why not and leads to where that can be changed."""
    try:
        client_for(integration, bulk=True).close()
        with transaction.atomic():
            batch = make()
            transaction.on_commit(partial(_hand_over, request, batch))
    except UnfinishedPullError as reason:
        url = change_url(reason.batch)
        messages.warning(request, format_html('{} <a href="{}">Open that pull</a>', _in_one_line(reason), url))
        return HttpResponseRedirect(url)
    except NothingToResumeError as reason:
        messages.info(request, f"{reason} Press “Pull now” to begin one.")
        return HttpResponseRedirect(change_url(integration))
    except (LocationNotReadyError, SecretUnreadableError) as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(change_url(integration))
    return HttpResponseRedirect(change_url(batch))


def _hand_over(request: HttpRequest, batch: ImportBatch) -> None:
    try:
        run_pull.delay(str(batch.pk))
    except OperationalError:
        messages.warning(
            request,
            "The pull waits, but no worker could be told of it: the queue (Redis) cannot be reached. "
            "It is handed over again within minutes of the queue coming back.",
        )
    else:
        messages.success(request, "The pull is handed to a worker. This page shows how far it is.")


def _in_one_line(reason: UnfinishedPullError) -> str:
    if reason.batch.is_under_way:
        return "This location has a pull under way already."
    return "The last pull of this location did not finish. Resume it, or give it up, before a new one begins."
