"""Going through a list page by page, so that nothing is left out or repeated while rows come and go.

The cursor is the last row's place in the list's order, so a page far down is found as fast as the first. It says only
what the page itself has shown.
"""

import base64
import binascii
import json
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError as InvalidValue
from django.db import connection, models
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.list_order import STORED, behind, column_of, stored_texts

USUAL, MOST = 50, 200
PARAMETERS = ("cursor", "page_size", "with_count")


class Pages(BasePagination):
    """Pages in the order of the view's `order`: columns, "-" before those that fall, the last one unique."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request, self.order = request, tuple(view.order)
        self.count = queryset.order_by().count() if request.query_params.get("with_count") in ("1", "true") else None
        size = _size(request.query_params.get("page_size"))
        rows = queryset.order_by(*self.order)
        if texts := stored_texts(queryset.model, self.order):
            rows = rows.annotate(**texts)
        if cursor := request.query_params.get("cursor"):
            rows = rows.filter(behind(queryset.model, self.order, _place(queryset.model, self.order, cursor)))
        found = list(rows[: size + 1])
        self.next_cursor = _cursor(self.order, found[size - 1]) if len(found) > size else None
        return found[:size]

    def get_paginated_response(self, data: Any) -> Response:
        answer = {"next": self._next_url(), "next_cursor": self.next_cursor, "results": data}
        return Response(answer if self.count is None else {"count": self.count, **answer})

    def _next_url(self) -> str | None:
        if self.next_cursor is None:
            return None
        query = self.request.query_params.copy()
        query["cursor"] = self.next_cursor
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")

    # ---------------------------------------------------------------- for the schema

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return {
            "type": "object",
            "required": ["next", "next_cursor", "results"],
            "properties": {
                "count": {"type": "integer", "description": "Rows of all pages; with `with_count=true` only."},
                "next": {"type": "string", "format": "uri", "nullable": True, "description": "The next page."},
                "next_cursor": {"type": "string", "nullable": True},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        size = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
        return [
            _parameter("cursor", {"type": "string"}, "The `next_cursor` of the page before."),
            _parameter("page_size", size, "Rows on a page."),
            _parameter("with_count", {"type": "boolean"}, "Whether to count the rows of all pages."),
        ]


def _parameter(name: str, schema: dict[str, Any], words: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": words, "schema": schema}


def _size(asked: str | None) -> int:
    if asked is None:
        return USUAL
    if not (asked.isascii() and asked.isdecimal() and len(asked) <= len(str(MOST)) and 1 <= int(asked) <= MOST):
        raise ValidationError({"page_size": [f"A number from 1 to {MOST}."]})
    return int(asked)


# ---------------------------------------------------------------- places


def _cursor(order: tuple[str, ...], row: Any) -> str:
    place = [_plain(_value(row, number, column.lstrip("-"))) for number, column in enumerate(order)]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _value(row: Any, number: int, column: str) -> Any:
    if hasattr(row, f"{STORED}{number}"):
        return getattr(row, f"{STORED}{number}")
    for name in column.split("__"):
        row = getattr(row, name)
    return row


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value if value is None or isinstance(value, int) else str(value)


def _place(model: type[models.Model], order: tuple[str, ...], cursor: str) -> list[Any]:
    """What a cursor says, as values of the columns."""
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(place, list) or len(place) != len(order):
            raise ValueError(place)
        return [_read(column_of(model, name), value) for name, value in zip(order, place, strict=True)]
    except (binascii.Error, ValueError, TypeError, InvalidValue, RecursionError):
        raise ValidationError({"cursor": ["This is no cursor of this list. Begin without one."]}) from None


def _read(column: Any, value: Any) -> Any:
    if value is None and column.null:
        return None
    if value is None or isinstance(value, list | dict | float) or "\0" in str(value):
        raise ValueError(value)
    read = column.to_python(value)
    if isinstance(read, datetime) and connection.vendor == "sqlite":
        return models.Value(value, models.TextField())
    if isinstance(read, int) and abs(read) >= 2**63:
        raise ValueError(value)
    return read
