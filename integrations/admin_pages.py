"""Long lists in the admin: pages and filters that cost little more for a million rows than for a thousand."""

from typing import Any

from django.contrib import admin
from django.core.paginator import Page, Paginator
from django.db import connection, models
from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.utils.functional import cached_property

MOST_FOUND = 10_000  # rows of a search: who has more to page through had better say more of whom is meant


class MoreThan(int):
    """A number that was counted no further."""

    def __str__(self) -> str:
        return f"more than {int(self):,}"


class LongList(Paginator):
    """Counts off the rows before a page by their keys alone, in an index where there is one, from the nearer end.

    Only the page's own rows are then read whole, with what the list shows beside them.
    """

    def page(self, number: int | str) -> "Page[Any]":
        valid = self.validate_number(number)
        first = (valid - 1) * self.per_page
        keys = self._keys(first, min(first + self.per_page, self.count))
        rows: Any = self.object_list
        return Page(rows.filter(pk__in=keys), valid, self)

    def _keys(self, first: int, end: int) -> list[Any]:
        rows: Any = self.object_list
        keys = rows.values_list("pk", flat=True)
        if first + end <= self.count or isinstance(self.count, MoreThan):
            return list(keys[first:end])
        return list(keys.reverse()[self.count - end : self.count - first])


class FoundRows(LongList):
    """What a search found, counted no further than somebody would page."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        found = int(rows.order_by()[: MOST_FOUND + 1].count())
        return MoreThan(MOST_FOUND) if found > MOST_FOUND else found


class PagesFast:
    """For the admin of a table that grows without end."""

    show_full_result_count = False

    def get_paginator(self, request: HttpRequest, queryset: Any, per_page: int, *args: Any, **kwargs: Any) -> Paginator:
        kind = FoundRows if self.has_to_look(request) else LongList
        return kind(queryset, per_page, *args, **kwargs)

    def has_to_look(self, request: HttpRequest) -> bool:
        """Whether rows are found by looking into them, so that counting all of them may take many seconds."""
        return bool(request.GET.get("q"))


# ---------------------------------------------------------------- filters


class ValuesInUse(admin.AllValuesFieldListFilter):
    """All values of a column, each found from the one before it: through an index, where there is one."""

    def __init__(self, field: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(field, *args, **kwargs)
        self.lookup_choices: Any = _values_of(field)


class RelatedInUse(admin.RelatedFieldListFilter):
    """The related rows that some row names, looked up from their side: there are few of them."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        naming = field.model._default_manager.filter(**{field.name: OuterRef("pk")})
        related = field.related_model._default_manager.filter(Exists(naming))
        ordering = self.field_admin_ordering(field, request, model_admin)
        return [(row.pk, str(row)) for row in (related.order_by(*ordering) if ordering else related)]


def _values_of(field: "models.Field[Any, Any]") -> list[Any]:
    quote = connection.ops.quote_name
    column, table = quote(str(field.column)), quote(field.model._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH RECURSIVE known(value) AS (SELECT MIN({column}) FROM {table} UNION ALL "  # noqa: S608  names of ours
            f"SELECT (SELECT MIN({column}) FROM {table} WHERE {column} > known.value) FROM known "
            "WHERE known.value IS NOT NULL) SELECT value FROM known WHERE value IS NOT NULL"
        )
        return [value for (value,) in cursor.fetchall()]
