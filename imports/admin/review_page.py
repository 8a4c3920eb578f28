"""The page where a person decides about one staged record, and what happens when they do."""

import json
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from imports.admin.candidates import Shown, candidates_of, known_person
from imports.admin.field_choices import choices_given, choices_shown
from imports.admin.queue_place import FILTERS, filters_query, place_of
from imports.admin.staged_facts import calls_of, facts_of
from imports.admin.words import record_badge
from imports.deciding import decisions, review
from imports.deciding.choices import UnusableValueError
from imports.deciding.comparing import changed_fields, differences
from imports.deciding.rereading import read_again
from imports.models import BulkRun, ImportBatch, StagedRecord
from integrations.admin_parts import counted, link_to
from integrations.credentials import LocationNotReadyError
from integrations.fields import SecretUnreadableError
from integrations.ghl.errors import GHLError

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

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
        "is_compared": record.batch.phase == ImportBatch.Phase.DONE,
        "candidates": candidates,
        "chosen": chosen,
        "choices": choices_shown(chosen.differences, request.POST) if chosen else [],
        "own_fields": differences(record, record),
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
        return HttpResponseRedirect(_next_url(request, place_of(model_admin, request, None).next_waiting()))

    return first


def decide_view_of(model_admin: "StagedRecordAdmin") -> Callable[..., HttpResponse]:
    def decide(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not model_admin.has_review_permission(request):
            raise PermissionDenied
        place = place_of(model_admin, request, record_id)  # before: a decided record leaves the queue
        try:
            done = _decide(request, record_id)
        except UnusableValueError as reason:
            messages.error(request, f"Nothing was decided yet. {reason}")
            page = show(model_admin, request, str(record_id))  # what was chosen and written stays on it
            return page or HttpResponseRedirect(_page_url(request, record_id))
        except review.AlreadyDecidedError as told:
            messages.warning(request, str(told))
            return HttpResponseRedirect(_page_url(request, record_id))
        except (review.DecisionRefusedError, GHLError, LocationNotReadyError, SecretUnreadableError) as reason:
            messages.error(request, str(reason))
            return HttpResponseRedirect(_page_url(request, record_id))
        messages.success(request, done)
        if request.POST.get("decision") == "read_again":
            return HttpResponseRedirect(_page_url(request, record_id))
        return HttpResponseRedirect(_next_url(request, place.next_waiting(), said=True))

    return decide


def _decide(request: HttpRequest, record_id: uuid.UUID) -> Any:
    """Does what the pressed button says. Returns the sentence for the reviewer."""
    reviewer: Any = request.user
    match request.POST.get("decision"):
        case "approve":
            decided = review.approve_as_new(record_id, reviewer)
            return format_html("Approved as new: {}{}.", link_to(decided.person), _with_calls(decided))
        case "merge":
            decided = _merge(request, record_id)
            both = "Approved both as one person" if decided.also_decided else "Merged into"
            return format_html("{}: {}{}.", both, link_to(decided.person), _with_calls(decided))
        case "skip":
            return format_html("Skipped: {}.", link_to(review.skip(record_id, reviewer).record))
        case "reject":
            return format_html("Rejected: {}.", link_to(review.reject(record_id, reviewer).record))
        case "read_again":
            record = read_again(record_id, reviewer)
            if not record.is_waiting:
                raise review.DecisionRefusedError(f"Read again, and still: {record.error_message}")
            return format_html("Read again: {} can be decided now.", record)
    raise review.DecisionRefusedError("No decision was chosen. Press one of the buttons.")


def _merge(request: HttpRequest, record_id: uuid.UUID) -> review.Decided:
    reviewer: Any = request.user
    kind, _, text = request.POST.get("candidate", "").partition(":")
    choices = choices_given(request.POST)
    try:
        candidate_id = uuid.UUID(text)
    except ValueError:
        raise review.DecisionRefusedError("Choose the candidate to merge into first.") from None
    return review.merge(record_id, reviewer, kind=kind, candidate_id=candidate_id, choices=choices)


def _with_calls(decided: review.Decided) -> str:
    return f", with {counted(decided.calls_added, 'call')}" if decided.calls_added else ""


def _record(record_id: str) -> StagedRecord | None:
    try:
        return StagedRecord.objects.select_related(*SHOWN_WITH).filter(pk=record_id).first()
    except ValidationError:  # not the form of an id
        return None


def _chosen(candidates: list[Shown], asked: str) -> Shown | None:
    first = candidates[0] if candidates else None
    return next((one for one in candidates if str(one.candidate_id) == asked), first)


def _page_url(request: HttpRequest, record_id: uuid.UUID) -> str:
    page = reverse("admin:imports_stagedrecord_change", args=[record_id])
    return f"{page}?{urlencode({FILTERS: filters_query(request)})}"


def _next_url(request: HttpRequest, record_id: uuid.UUID | None, *, said: bool = False) -> str:
    if record_id is not None:
        return _page_url(request, record_id)
    messages.info(request, "That was the last one here." if said else "Nothing waits for a decision here.")
    return f"{reverse('admin:imports_stagedrecord_changelist')}?{filters_query(request)}"
