"""The page where several records that look like one person are decided together, and what it says afterwards."""

import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html

from imports.admin.candidates import known_person
from imports.admin.group_columns import Selection, columns_of, left_out_in_words
from imports.admin.group_fields import group_choices_given, rows_of
from imports.admin.queue_place import FILTERS, filters_query, place_of
from imports.admin.review_page import page_url
from imports.deciding import decisions
from imports.deciding.choices import UnusableValueError
from imports.deciding.claims import AlreadyDecidedError, DecisionRefusedError, SomebodyNewError
from imports.deciding.groups import RecordGroup, group_of
from imports.deciding.together import Chosen, along_with, decide_together
from imports.models import ImportBatch, StagedRecord
from integrations.admin_parts import counted, link_to

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

TOO_FEW = "Fewer than three look like this person now, so the record is decided on its own page."
READ_WITH = ("batch__integration__client", "changes__imported_prospect", "changes__imported_contact")


def group_view_of(model_admin: "StagedRecordAdmin") -> Callable[..., HttpResponse]:
    def group(request: HttpRequest, record_id: uuid.UUID) -> HttpResponse:
        if not model_admin.has_view_permission(request):
            raise PermissionDenied
        record = StagedRecord.objects.select_related(*READ_WITH).filter(pk=record_id).first()
        if record is None:
            messages.warning(request, "This staged record is not there (any more).")
            return HttpResponseRedirect(reverse("admin:imports_stagedrecord_changelist"))
        if request.method == "POST":
            if not model_admin.has_review_permission(request):
                raise PermissionDenied
            return _decide(model_admin, request, record)
        if not record.is_waiting:
            return _decided_page(model_admin, request, record)
        return _page(model_admin, request, record)

    return group


def _decide(model_admin: "StagedRecordAdmin", request: HttpRequest, record: StagedRecord) -> HttpResponse:
    by: Any = request.user
    place = place_of(model_admin, request, record.pk)  # before: a decided record leaves the queue
    try:
        decided = decide_together(_chosen(request), by)
    except (AlreadyDecidedError, SomebodyNewError) as told:
        messages.warning(request, str(told))
        return HttpResponseRedirect(_group_url(request, record.pk))  # the group is another one now
    except (DecisionRefusedError, UnusableValueError) as reason:
        messages.error(request, f"Nothing was decided yet. {reason}")
        return _page(model_admin, request, record)  # what was chosen stays on it
    records = counted(1 + len(decided.also_decided), "record")
    calls = f", with {counted(decided.calls_added, 'call')}" if decided.calls_added else ""
    messages.success(request, format_html("Decided together: {} became {}{}.", records, link_to(decided.person), calls))
    following = place.next_waiting()
    return HttpResponseRedirect(_group_url(request, decided.record.pk, **({"next": following} if following else {})))


def _chosen(request: HttpRequest) -> Chosen:
    """What was ticked and chosen. Raises DecisionRefusedError when it is not from the page, and UnusableValueError."""
    given = request.POST
    try:
        person = given.get("person", "")
        return Chosen(
            records=[uuid.UUID(text) for text in given.getlist("member")],
            leading=uuid.UUID(given.get("leads", "")),
            person=uuid.UUID(person) if person else None,
            shown=[uuid.UUID(text) for text in given.getlist("shown")],
            choices=group_choices_given(given),
        )
    except ValueError:
        raise DecisionRefusedError("Choose which of them leads, and press the button again.") from None


# ---------------------------------------------------------------- the pages


def _page(model_admin: "StagedRecordAdmin", request: HttpRequest, record: StagedRecord) -> HttpResponse:
    group = group_of(record, lambda: known_person(record))
    if group is None:
        if not messages.get_messages(request):
            messages.info(request, TOO_FEW)
        return HttpResponseRedirect(page_url(request, record.pk))
    selection = Selection.given(request.POST) if request.method == "POST" else Selection.proposed(group)
    columns = columns_of(group, selection)
    context = {
        "record": record,
        "group": group,
        "title": _title(group),
        "columns": columns,
        "rows": rows_of(columns, request.POST),
        "left_out": left_out_in_words(group, columns),
        "new_calls": sum(column.calls for column in columns if not column.is_person),
        "may_decide": model_admin.has_review_permission(request),
        "is_compared": all(one.batch.phase == ImportBatch.Phase.DONE for one in group.records),
    }
    return _shown(model_admin, request, "imports/group.html", context)


def _decided_page(model_admin: "StagedRecordAdmin", request: HttpRequest, record: StagedRecord) -> HttpResponse:
    """What was decided together with a record, with one button that takes all of it back."""
    standing = decisions.standing_of(record)
    together = along_with(standing) if standing else []
    if len(together) < 2:
        return HttpResponseRedirect(page_url(request, record.pk))
    context = {
        "record": record,
        "title": f"{counted(len(together), 'record')} decided together",
        "leading": together[0],
        "together": together,
        "person": decisions.person_of(together[0]),
        "person_link": link_to(decisions.person_of(together[0])),
        "may_decide": model_admin.has_review_permission(request),
        "next": _onward(request),
    }
    return _shown(model_admin, request, "imports/group_decided.html", context)


def _shown(
    model_admin: "StagedRecordAdmin", request: HttpRequest, template: str, context: dict[str, Any]
) -> HttpResponse:
    frame = {
        **model_admin.admin_site.each_context(request),
        "is_nav_sidebar_enabled": False,  # the comparison needs the width
        "opts": model_admin.opts,
        "filters": urlencode({FILTERS: filters_query(request)}),
        "queue_query": filters_query(request),
    }
    return TemplateResponse(request, template, {**frame, **context})


def _title(group: RecordGroup) -> str:
    return f"These {len(group.records)} records look like one person{', whom the portal has' if group.person else ''}"


def _group_url(request: HttpRequest, record_id: uuid.UUID, **query: Any) -> str:
    page = reverse("admin:imports_stagedrecord_group", args=[record_id])
    return f"{page}?{urlencode({FILTERS: filters_query(request), **query})}"


def _onward(request: HttpRequest) -> str:
    """To the record that came next in the queue when the group was decided, or to the queue."""
    try:
        return page_url(request, uuid.UUID(request.GET.get("next", "")))
    except ValueError:
        return f"{reverse('admin:imports_stagedrecord_changelist')}?{filters_query(request)}"
