"""The buttons that begin and stop a push, and that let people be tried again."""

import uuid
from collections.abc import Callable, Sequence
from functools import partial, wraps
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.html import format_html

from integrations.admin_parts import change_url, counted
from integrations.credentials import LocationNotReadyError, client_for
from integrations.custom_fields import MappingProblem
from integrations.field_mapping_admin import custom_fields_of
from integrations.fields import SecretUnreadableError
from integrations.mapping_check import note_problems
from integrations.models import GHLIntegration, SyncRun
from integrations.queueing import queue
from prospects.finding import AnyPerson
from prospects.models import Contact, OutboundPerson, SalesCampaign, SalesProspect
from prospects.outbound import retrying, runs, told_rows
from prospects.outbound.runs import CannotBePushedError, PushUnderWayError

MAY_PUSH = "integrations.change_ghlintegration"
TASK = "prospects.tasks.push_to_ghl"
View = Callable[..., HttpResponse]


def _posted_by_an_operator(view: View) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, **about: Any) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not request.user.has_perm(MAY_PUSH):
            raise PermissionDenied
        return view(request, **about)

    return guarded


@_posted_by_an_operator
def push(request: HttpRequest, integration_id: uuid.UUID, campaign_id: uuid.UUID | None = None) -> HttpResponse:
    """Begins a push of a location, or of one campaign into it. What is wrong with the mapping is shown before."""
    integration = get_object_or_404(GHLIntegration, pk=integration_id)
    campaign = get_object_or_404(SalesCampaign, pk=campaign_id) if campaign_id else None
    came_from = change_url(campaign or integration)
    try:
        client_for(integration, bulk=True).close()
    except (LocationNotReadyError, SecretUnreadableError) as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(came_from)
    if "anyway" not in request.POST:
        problems, unread = _about_the_mapping(integration)
        if problems or unread:
            return _asked_first(request, integration, campaign, problems, unread)
    return _begun(request, integration, campaign, came_from)


@_posted_by_an_operator
def stop(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    run = get_object_or_404(SyncRun.objects.select_related("integration"), pk=run_id)
    if runs.request_stop(run):
        messages.success(request, "The push stops after the people that are being sent right now. The others wait.")
    else:
        messages.info(request, "This push is not under way, so there is nothing to stop.")
    return HttpResponseRedirect(change_url(run))


@_posted_by_an_operator
def retry_of_run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Lets everybody whom a run could not bring into GHL be tried again."""
    run = get_object_or_404(SyncRun, pk=run_id)
    rows = OutboundPerson.objects.filter(run=run, state__in=OutboundPerson.NOT_IN_GHL)
    return _tried_again(request, [row.person for row in rows.select_related("prospect", "contact")], change_url(run))


@_posted_by_an_operator
def retry_prospect(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    prospect = get_object_or_404(SalesProspect, pk=person_id)
    return _tried_again(request, [prospect], _back(request) or change_url(prospect))


@_posted_by_an_operator
def retry_contact(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    contact = get_object_or_404(Contact, pk=person_id)
    return _tried_again(request, [contact], _back(request) or change_url(contact))


# ---------------------------------------------------------------- beginning


def _about_the_mapping(integration: GHLIntegration) -> tuple[list[MappingProblem], str]:
    """What would keep custom fields from being written, and why that could not be found out."""
    if not integration.custom_field_mapping:
        return [], ""
    fields, unread = custom_fields_of(integration)
    if fields is None:
        return [], unread
    return note_problems(integration, fields), ""


def _asked_first(
    request: HttpRequest,
    integration: GHLIntegration,
    campaign: SalesCampaign | None,
    problems: Sequence[MappingProblem],
    unread: str,
) -> HttpResponse:
    context = {
        **admin.site.each_context(request),
        "title": f"Before the push: {integration}",
        "heading": "Before the push",
        "integration": integration,
        "campaign": campaign,
        "problems": problems,
        "unread": unread,
    }
    return TemplateResponse(request, "prospects/push_confirm.html", context)


def _begun(
    request: HttpRequest, integration: GHLIntegration, campaign: SalesCampaign | None, came_from: str
) -> HttpResponse:
    try:
        with transaction.atomic():
            run = runs.start(integration, campaign=campaign, by=request.user)  # type: ignore[arg-type]
            transaction.on_commit(partial(_hand_over, request, run))
    except PushUnderWayError as reason:
        url = change_url(reason.run)
        messages.warning(request, format_html('{} <a href="{}">Open that push</a>', reason, url))
        return HttpResponseRedirect(url)
    except CannotBePushedError as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(came_from)
    return HttpResponseRedirect(change_url(run))


def _hand_over(request: HttpRequest, run: SyncRun) -> None:
    if queue(TASK, str(run.pk)):
        messages.success(request, "The push is handed to the workers. This page shows how far it is.")
    else:
        messages.warning(
            request,
            "The push waits, but no worker could be told of it: the queue (Redis) cannot be reached. "
            "It is handed over again within minutes of the queue coming back.",
        )


# ---------------------------------------------------------------- trying again


def _tried_again(request: HttpRequest, people: Sequence[AnyPerson], url: str) -> HttpResponse:
    count, untold = retrying.retry(people), told_rows.try_again(people)
    if count:
        wait = "waits" if count == 1 else "wait"
        messages.success(request, f"{counted(count, 'person', 'people')} {wait} again. The next push tries them.")
    elif untold:
        messages.success(request, "GHL is told of the change again within some minutes.")
    else:
        messages.info(request, "Nobody there has failed, so there is nobody to try again.")
    return HttpResponseRedirect(url)


def _back(request: HttpRequest) -> str:
    """To the run that the button was pressed on, if it was one."""
    try:
        run = SyncRun.objects.filter(pk=uuid.UUID(request.POST.get("run", ""))).first()
    except ValueError:
        return ""
    return change_url(run) if run else ""
