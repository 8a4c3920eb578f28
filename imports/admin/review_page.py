"""The page where a person decides about one staged record, and the way from one to the next."""

import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from imports.admin.candidates import Shown, candidates_of, known_person
from imports.admin.field_choices import choices_shown
from imports.admin.group_link import leads_to_group
from imports.admin.queue_place import FILTERS, filters_query, place_of
from imports.admin.staged_facts import calls_of, facts_of
from imports.admin.words import record_badge
from imports.deciding import decisions
from imports.deciding.comparing import changed_fields, differences
from imports.matching.said_apart import said_of
from imports.models import BulkRun, ImportBatch, StagedRecord
from integrations.admin_parts import change_url

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

NOBODY = StagedRecord()  # whom a record is compared with that nobody resembles
SHOWN_WITH = (
    "batch__integration__client", "changes__imported_prospect", "changes__imported_contact", "changes__reviewed_by",
    "reviewed_by", "imported_prospect", "imported_contact",
)  # fmt: skip


def show(model_admin: "StagedRecordAdmin", request: HttpRequest, record_id: str) -> HttpResponse | None:
    """The page, or None when there is no such record. Choices sent with the request are shown as they were made."""
    if not model_admin.has_view_permission(request):
        raise PermissionDenied
    record = _record(record_id)
    if record is None:
        messages.warning(request, "This staged record is not there (any more).")
        return None
    known = known_person(record)
    candidates = candidates_of(record, known)
    calls = calls_of(record)
    asked = request.POST.get("candidate", "").partition(":")[2] or request.GET.get("candidate", "")
    chosen = _chosen(candidates, asked)
    place = place_of(model_admin, request, record.pk)
    may_decide = model_admin.has_review_permission(request)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": str(record),
        "is_nav_sidebar_enabled": False,  # the comparison needs the width
        "opts": model_admin.opts,
        "record": record,
        "record_badge": record_badge(record),
        "side": "prospect" if record.batch.integration.is_internal else "contact",
        "origin": "the file" if record.batch.source == ImportBatch.Source.CSV else "GHL",
        "may_decide": may_decide,
        "latest": decisions.latest_of(request.user) if may_decide else None,
        "is_open": record.status in StagedRecord.UNDECIDED,
        "drawn_for": BulkRun.objects.filter(
            status=BulkRun.Status.CHECKING, items__staged_record=record, items__is_sample=True
        ).first(),
        "standing": None if record.status in StagedRecord.UNDECIDED else decisions.standing_of(record),
        "may_be_changed": may_decide and record.is_waiting and known is None,
        "is_compared": record.batch.phase == ImportBatch.Phase.DONE,
        "candidates": candidates,
        "chosen": chosen,
        "leads_to_group": leads_to_group(record, candidates),
        "choices": choices_shown(chosen.differences if chosen else differences(record, NOBODY), request.POST),
        "key": uuid.uuid4(),
        "said_apart": [{"said": one, "url": one.who and change_url(one.who)} for one in said_of(record)],
        "changed": changed_fields(record, record.changes) if record.changes else [],
        "calls": calls,
        "new_calls": sum(call.is_new for call in calls),
        "may_be_new": known is None,
        "facts": facts_of(record),
        "raw": json.dumps(record.raw_data, indent=2, ensure_ascii=False, sort_keys=True),
        "place": place,
        "filters": urlencode({FILTERS: filters_query(request)}),
        "queue_query": filters_query(request),
    }
    return TemplateResponse(request, "imports/review.html", context)


def first_view_of(model_admin: "StagedRecordAdmin") -> Callable[[HttpRequest], HttpResponse]:
    def first(request: HttpRequest) -> HttpResponse:
        """Leads to the first record that waits under the given filters."""
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(next_url(request, place_of(model_admin, request, None).next_waiting()))

    return first


def following_view_of(model_admin: "StagedRecordAdmin") -> Callable[..., HttpResponse]:
    def following(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
        """Leads to what waits behind a record, `without` those that are being decided; no content if nothing does."""
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        without = [*request.GET.getlist("without"), str(record_id)]
        found = place_of(model_admin, request, record_id).next_waiting(without)
        return HttpResponseRedirect(page_url(request, found)) if found else HttpResponse(status=204)

    return following


def _record(record_id: str) -> StagedRecord | None:
    try:
        return (
            StagedRecord.objects.select_related(*SHOWN_WITH).prefetch_related("candidates").filter(pk=record_id).first()
        )
    except ValidationError:  # not the form of an id
        return None


def _chosen(candidates: list[Shown], asked: str) -> Shown | None:
    first = candidates[0] if candidates else None
    return next((one for one in candidates if str(one.candidate_id) == asked), first)


def page_url(request: HttpRequest, record_id: uuid.UUID) -> str:
    page = reverse("admin:imports_stagedrecord_change", args=[record_id])
    return f"{page}?{urlencode({FILTERS: filters_query(request)})}"


def next_url(request: HttpRequest, record_id: uuid.UUID | None, *, said: bool = False) -> str:
    if record_id is not None:
        return page_url(request, record_id)
    messages.info(request, "That was the last one here." if said else "Nothing waits for a decision here.")
    return f"{reverse('admin:imports_stagedrecord_changelist')}?{filters_query(request)}"
