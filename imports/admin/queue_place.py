"""Where a record stands in the queue as the reviewer filtered and sorted it, and which one comes next."""

import copy
import uuid
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import SuspiciousOperation
from django.db.models import IntegerField, Subquery, UUIDField
from django.http import HttpRequest, QueryDict
from django.utils.functional import cached_property

from imports.models import StagedRecord
from integrations import list_order

if TYPE_CHECKING:
    from imports.admin.queue import StagedRecordAdmin

FILTERS = "_changelist_filters"  # Django's own name for the list's query, carried along from page to page
MOST_PLACES = 20_000  # beyond, a place in the queue tells a person nothing


class QueueOrder(ChangeList):
    """The list's filters and order without its rows."""

    def get_results(self, request: HttpRequest) -> None:
        self.result_count = self.full_result_count = 0
        self.result_list = []


class Place:
    """A record's place in the queue as it was when this was made: a decided record leaves the queue.

    It is known by the values that the queue is sorted by, so that a record far down has its neighbours as soon as the
    first. What is asked of it is looked up then, once.
    """

    def __init__(self, queue: Any, record_id: uuid.UUID | None) -> None:
        self._queue, self._record_id = queue, record_id
        order: tuple[str, ...] = queue.query.order_by
        here = list_order.place_of_row(queue.filter(pk=record_id), order) if record_id else None
        self._behind = None if here is None else list_order.behind(StagedRecord, order, here)
        self._before = None if here is None else list_order.behind(StagedRecord, list_order.turned(order), here)

    @property
    def position(self) -> int | None:
        """Counted from 1; None outside of the queue and far down in it."""
        before = self._around["before"]
        return None if before is None or before >= MOST_PLACES else before + 1

    @property
    def total(self) -> str:
        counted = self._around["total"]
        return f"{MOST_PLACES:,}+" if counted > MOST_PLACES else f"{counted:,}"

    @property
    def previous(self) -> uuid.UUID | None:
        found: uuid.UUID | None = self._around["previous"]
        return found

    @property
    def next(self) -> uuid.UUID | None:
        found: uuid.UUID | None = self._around["next"]
        return found

    def next_waiting(self, without: Iterable[str] = ()) -> uuid.UUID | None:
        """The first undecided record behind this one, or else before it. To be asked after the decision.

        `without` names records that are being decided just now.
        """
        undecided = self._queue.filter(status__in=StagedRecord.UNDECIDED).exclude(pk__in=_ids(without))
        behind = None if self._behind is None else _first(undecided.filter(self._behind))
        return behind or _first(undecided)

    @cached_property
    def _around(self) -> dict[str, Any]:
        """Neighbours and counts in one query."""
        behind = self._queue if self._behind is None else self._queue.filter(self._behind)
        asked: dict[str, Any] = {"total": _Counted(self._queue), "next": _FirstId(behind)}
        if self._before is not None:
            before = self._queue.filter(self._before)
            asked |= {"before": _Counted(before), "previous": _FirstId(before.reverse())}
        this: Any = self._record_id
        found = StagedRecord.objects.filter(pk=this).values(**asked).first() or {"total": 0}
        return {"before": None, "previous": None, "next": None, **found}


class _FirstId(Subquery):
    output_field = UUIDField()

    def __init__(self, records: Any) -> None:
        super().__init__(records.values("pk")[:1])


class _Counted(Subquery):
    """How many records there are, counted no further than `MOST_PLACES` and one more."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()

    def __init__(self, records: Any) -> None:
        super().__init__(records.order_by().values("pk")[: MOST_PLACES + 1])


def place_of(model_admin: "StagedRecordAdmin", request: HttpRequest, record_id: uuid.UUID | None) -> Place:
    return Place(queue_of(model_admin, request, filters_query(request)), record_id)


def _first(records: Any) -> uuid.UUID | None:
    found: uuid.UUID | None = records.values_list("pk", flat=True).first()
    return found


def _ids(texts: Iterable[str]) -> list[uuid.UUID]:
    """Those that are ids: they come from an address."""
    found = []
    for text in texts:
        with suppress(ValueError):
            found.append(uuid.UUID(text))
    return found


def filters_query(request: HttpRequest) -> str:
    """The queue's query, to be carried on."""
    return request.GET.get(FILTERS, "")


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
