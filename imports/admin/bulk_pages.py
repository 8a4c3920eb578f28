"""Deciding about many: a page that says what would be done and what is left out, then the doing."""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from imports.bulk import bulk_review
from imports.bulk.bulk_review import BulkDecision, Outcome
from imports.bulk.bulk_runs import SAMPLED
from imports.bulk.sampling import clean_needed
from imports.models import StagedRecord
from integrations.admin_parts import change_url, counted

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

NAMES_SHOWN = 8
LIMITS = (5, 2, 1)  # percent of wrong ones that a checked sample is to rule out
DONE_WORDS = {
    BulkDecision.APPROVE: "approved as new",
    BulkDecision.MERGE: "merged into their certain match",
    BulkDecision.SKIP: "skipped",
    BulkDecision.REJECT: "rejected",
    BulkDecision.READ_AGAIN: "read again",
}
EXPLAINED = {
    BulkDecision.APPROVE: "Each becomes a new prospect or contact, with its calls.",
    BulkDecision.MERGE: "Empty fields of the match are filled; its filled ones stay as they are. The calls come along.",
    BulkDecision.SKIP: "They leave the queue. A later pull that changes one brings it back.",
    BulkDecision.REJECT: "They leave the queue and are kept for audit.",
    BulkDecision.READ_AGAIN: "Each is fetched from GHL again. Those that can be read now wait for review.",
}


def ask(
    model_admin: "StagedRecordAdmin", request: HttpRequest, queryset: QuerySet[StagedRecord], decision: BulkDecision
) -> HttpResponse:
    """The page between choosing an action and its being done."""
    plan = bulk_review.plan(decision, queryset)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": decision.label,
        "opts": model_admin.opts,
        "plan": plan,
        "count_words": counted(len(plan.records), "record"),
        "explained": EXPLAINED[decision],
        "names": [str(record) for record in plan.records[:NAMES_SHOWN]],
        "more": max(0, len(plan.records) - NAMES_SHOWN),
        "left_out": _in_words(plan.left_out),
        "back_query": request.GET.urlencode(),
        "samples": decision in SAMPLED,
        "limits": [(percent, clean_needed(percent / 100)) for percent in LIMITS],
    }
    return TemplateResponse(request, "imports/decide_many.html", context)


def view_of(model_admin: "StagedRecordAdmin") -> Callable[[HttpRequest], HttpResponse]:
    def decide_many(request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not model_admin.has_review_permission(request):
            raise PermissionDenied
        try:
            decision, ids = BulkDecision(request.POST.get("decision", "")), _ids(request.POST.getlist("record"))
        except ValueError:
            return HttpResponseBadRequest("This is no decision about records of the queue.")
        plan = bulk_review.plan(decision, StagedRecord.objects.filter(pk__in=ids))
        reviewer: Any = request.user
        outcome = bulk_review.carry_out(plan, reviewer)
        _tell(request, decision, outcome, plan.left_out)
        query = request.POST.get("back_query", "")
        return HttpResponseRedirect(f"{reverse('admin:imports_stagedrecord_changelist')}?{query}")

    return decide_many


def _tell(request: HttpRequest, decision: BulkDecision, outcome: Outcome, left_out: Counter[str]) -> None:
    calls = f", with {counted(outcome.calls_added, 'call')}" if outcome.calls_added else ""
    if outcome.done:
        words = f"{counted(outcome.done, 'record')} {DONE_WORDS[decision]}{calls}."
        undo = format_html(' <a href="{}">Undo all of it</a>', change_url(outcome.run)) if outcome.run else ""
        messages.success(request, format_html("{}{}", words, undo))
    for reason in _in_words(left_out + outcome.refused):
        messages.warning(request, f"Not done: {reason}")
    if outcome.not_reached:
        messages.warning(
            request,
            f"{counted(outcome.not_reached, 'record')} not reached in the time there is for one go. Choose them again.",
        )
    if not outcome.done and not left_out and not outcome.refused:
        messages.info(request, "Nothing was chosen, so nothing was done.")


def _in_words(reasons: Counter[str]) -> list[str]:
    return [f"{counted(count, 'record')} {reason}" for reason, count in reasons.most_common()]


def _ids(texts: list[str]) -> list[uuid.UUID]:
    return [uuid.UUID(text) for text in texts[: bulk_review.MOST_AT_ONCE]]
