"""Where a record stands in the queue as the reviewer filtered and sorted it, and which one comes next."""

import copy
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, QueryDict

from imports.models import StagedRecord

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

FILTERS = "_changelist_filters"  # Django's own name for the list's query, carried along from page to page
MOST_PLACES = 20_000  # beyond, a place in the queue tells a person nothing


class QueueOrder(ChangeList):
    """The list's filters and order without its rows."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count = self.full_result_count = 0
        self.result_list = []


@dataclass(frozen=True, slots=True)
class Place:
    """A record's place among the ids of the queue; `position` counts from 1 and is None outside of the queue."""

    ids: list[uuid.UUID]
    position: int | None

    @property
    def total(self) -> str:
        return f"{len(self.ids):,}{'+' if len(self.ids) == MOST_PLACES else ''}"

    @property
    def previous(self) -> uuid.UUID | None:
        return self.ids[self.position - 2] if self.position and self.position > 1 else None

    @property
    def next(self) -> uuid.UUID | None:
        after = self.ids[self.position or 0 :]
        return after[0] if after else None

    def next_waiting(self) -> uuid.UUID | None:
        """The first undecided record behind this one, or else before it. To be asked after the decision."""
        behind = self.ids[self.position or 0 :]
        for part in (behind, self.ids[: (self.position or 1) - 1]):
            rows = StagedRecord.objects.filter(pk__in=part[:500], status__in=StagedRecord.UNDECIDED)
            if undecided := set(rows.values_list("pk", flat=True)):
                return next(record_id for record_id in part if record_id in undecided)
        return None


def place_of(model_admin: "StagedRecordAdmin", request: HttpRequest, record_id: uuid.UUID | None) -> Place:
    ids = list(_queue(model_admin, request)[:MOST_PLACES])
    return Place(ids, ids.index(record_id) + 1 if record_id in ids else None)


def filters_query(request: HttpRequest) -> str:
    """The queue's query, to be carried on."""
    return request.GET.get(FILTERS, "")


def _queue(model_admin: "StagedRecordAdmin", request: HttpRequest) -> Any:
    return queue_of(model_admin, request, filters_query(request)).values_list("pk", flat=True)


def queue_of(model_admin: "StagedRecordAdmin", request: HttpRequest, query: str) -> Any:
    """The records that the queue shows under a query, in its order; all that wait where the query is nonsense."""
    asked: Any = copy.copy(request)
    asked.GET = QueryDict(query)
    asked.only_order = True
    try:
        changelist = model_admin.get_changelist_instance(asked)
    except (IncorrectLookupParameters, SuspiciousOperation):
        asked.GET = QueryDict()
        changelist = model_admin.get_changelist_instance(asked)
    return changelist.queryset
