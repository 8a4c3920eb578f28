"""Ways to narrow the review queue down, in the reviewers' words."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from imports.admin.words import REASON_WORDS, batch_words
from imports.models import BulkRun, ImportBatch, StagedRecord
from integrations.admin_parts import moment
from integrations.models import GHLIntegration

Status = StagedRecord.Status
Records = QuerySet[StagedRecord]
BATCHES_OFFERED = 15


def _is_unasked(request: HttpRequest, name: str) -> bool:
    """Whether the order of the queue is all that is wanted, and this filter has no part in it: nothing to look up."""
    return getattr(request, "only_order", False) and not request.GET.get(name)


class StatusFilter(admin.SimpleListFilter):
    """What waits for a decision, unless something else is asked for."""

    title = "status"
    parameter_name = "status"
    WAITING, DECIDED, ALL = "waiting", "decided", "all"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [
            (self.WAITING, "Waiting for a decision"),
            *((value, label) for value, label in Status.choices),
            (self.DECIDED, "Decided"),
            (self.ALL, "All"),
        ]

    def value(self) -> str:
        return super().value() or self._default()

    def _default(self) -> str:
        """What goes with the other filters: asked who decided, nobody wants to see what waits."""
        if self.request.GET.get("kind") == "errors":
            return Status.ERROR
        return self.DECIDED if self.request.GET.get("by") else self.WAITING

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        for value, words in self.lookup_choices:
            yield {
                "selected": self.value() == str(value),
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": words,
            }

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        if value == self.ALL:
            return queryset
        if value == self.WAITING:
            return queryset.filter(status__in=StagedRecord.WAITING)
        if value == self.DECIDED:
            return queryset.filter(status__in=StagedRecord.DECIDED)
        return queryset.filter(status=value)


class KindFilter(admin.SimpleListFilter):
    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [
            ("matched", "Has a match in the portal"),
            ("twice", "In its batch twice"),
            ("new", "New: nobody like it"),
            ("changes", "Changes a decided record"),
            ("errors", "Cannot be read"),
        ]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        match self.value():
            case "matched":
                return queryset.filter(status=Status.MATCHED)
            case "twice":
                return queryset.filter(is_in_batch_duplicate=True)
            case "new":
                return queryset.filter(match_score__isnull=True, changes__isnull=True).exclude(status=Status.ERROR)
            case "changes":
                return queryset.filter(changes__isnull=False)
            case "errors":
                return queryset.filter(status=Status.ERROR)
        return queryset


class BandFilter(admin.SimpleListFilter):
    title = "how sure the match is"
    parameter_name = "band"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return [("certain", "Certain"), ("likely", "Likely"), ("possible", "Possible"), ("none", "No match")]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        if value := self.value():
            return queryset.filter(match_band="" if value == "none" else value)
        return queryset


class ReasonFilter(admin.SimpleListFilter):
    title = "reason"
    template = "imports/closed_filter.html"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        return list(REASON_WORDS.items())

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        return queryset.filter(match_reason_codes__contains=f",{value},") if value else queryset


class BatchFilter(admin.SimpleListFilter):
    """The latest batches, and the one that is being looked at."""

    title = "batch"
    parameter_name = "batch"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        if _is_unasked(request, self.parameter_name):
            return []
        batches = ImportBatch.objects.select_related("integration")
        latest = list(batches.order_by("-created_at")[:BATCHES_OFFERED])
        asked_for = request.GET.get(self.parameter_name)
        if asked_for and asked_for not in {str(batch.pk) for batch in latest}:
            latest += _readable(batches, asked_for)
        return [(str(batch.pk), batch_words(batch)) for batch in latest]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        # Only what `lookups` could read: an address typed by hand is no reason for an error page.
        known = {value for value, _ in self.lookup_choices}
        value = self.value()
        return queryset if not value else queryset.filter(batch__pk=value) if value in known else queryset.none()


class LocationFilter(admin.SimpleListFilter):
    title = "location"
    parameter_name = "location"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        if _is_unasked(request, self.parameter_name):
            return []
        return [(row.location_id, str(row)) for row in GHLIntegration.objects.only("name", "location_id")]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        return queryset.filter(batch__integration__location_id=value) if value else queryset


class ReviewerFilter(admin.SimpleListFilter):
    title = "who decided"
    template = "imports/closed_filter.html"
    parameter_name = "by"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        if _is_unasked(request, self.parameter_name):
            return []
        decided = StagedRecord.objects.filter(reviewed_by=OuterRef("pk"))
        reviewers = get_user_model().objects.filter(Exists(decided)).order_by("username")
        return [(str(user.pk), str(user)) for user in reviewers]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        value = self.value()
        return queryset.filter(reviewed_by=int(value)) if value and value.isdecimal() else queryset


class SampleFilter(admin.SimpleListFilter):
    """The records that were drawn to check a bulk run."""

    title = "sample of a bulk run"
    template = "imports/closed_filter.html"
    parameter_name = "run"

    def lookups(self, request: HttpRequest, model_admin: "admin.ModelAdmin[Any]") -> list[tuple[str, str]]:
        if _is_unasked(request, self.parameter_name):
            return []
        runs = BulkRun.objects.filter(status=BulkRun.Status.CHECKING).order_by("-created_at")
        return [(str(run.pk), f"{run.about} · {moment(run.created_at)}") for run in runs[:BATCHES_OFFERED]]

    def queryset(self, request: HttpRequest, queryset: Records) -> Records:
        known = {value for value, _ in self.lookup_choices}
        value = self.value()
        if not value:
            return queryset
        if value not in known:
            return queryset.none()
        return queryset.filter(bulk_items__run__id=value, bulk_items__is_sample=True)


def _readable(batches: QuerySet[ImportBatch], batch_id: str) -> list[ImportBatch]:
    try:
        return list(batches.filter(pk=batch_id))
    except ValidationError:  # not the form of an id
        return []
