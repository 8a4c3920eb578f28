"""Narrowing lists down by what staff know. A parameter that a list does not know is an error, not everybody."""

import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from integrations.api import paging
from integrations.searching import found_by

Rows = Any  # a queryset


@dataclass(frozen=True, slots=True)
class Filter:
    """One parameter of a list. `apply` raises ValueError with words when the value makes no sense."""

    words: str
    apply: Callable[[Rows, str], Rows]
    schema: Mapping[str, Any]


class Narrowing(BaseFilterBackend):
    """By the view's `filters`, and by `search` where it has `search_columns`."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.action != "list":
            return queryset
        rows, problems = queryset, {}
        for name in request.query_params:
            value = request.query_params.get(name, "")
            if name in paging.PARAMETERS:
                continue
            try:
                rows = _narrowed(rows, view, name, value)
            except ValueError as problem:
                problems[name] = [str(problem)]
        if problems:
            raise ValidationError(problems)
        return rows

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        parameters = [(name, one.words, one.schema) for name, one in view.filters.items()]
        if view.search_words:
            parameters.append(("search", view.search_words, {"type": "string"}))
        return [
            {"name": name, "in": "query", "required": False, "description": words, "schema": dict(schema)}
            for name, words, schema in parameters
        ]


def _narrowed(rows: Rows, view: Any, name: str, value: str) -> Rows:
    if "\0" in value:
        raise ValueError("This has a character that no text has.")
    if name == "search" and view.search_words:
        words = value.split()
        return found_by(rows, words, view.search_columns, exact=view.exact_columns, phones=view.phone_columns)
    if name not in view.filters:
        known = sorted([*view.filters, *paging.PARAMETERS, *(["search"] if view.search_words else [])])
        raise ValueError(f"There is no such filter here. There are: {', '.join(known)}.")
    return view.filters[name].apply(rows, value) if value else rows


# ---------------------------------------------------------------- the filters there are


def choice(column: str, choices: Iterable[tuple[str, Any]], words: str) -> Filter:
    values = [str(value) for value, _ in choices]

    def apply(rows: Rows, value: str) -> Rows:
        wanted = value.split(",")
        if unknown := [one for one in wanted if one not in values]:
            raise ValueError(f"“{unknown[0]}” is none of: {', '.join(values)}.")
        return rows.filter(**{f"{column}__in": wanted})

    about = f"{words} One of {', '.join(f'`{value}`' for value in values)}, or several with commas."
    return Filter(about, apply, {"type": "string"})


def one_of(meanings: Mapping[str, Q], words: str) -> Filter:
    """Words that stand for a condition."""

    def apply(rows: Rows, value: str) -> Rows:
        if value not in meanings:
            raise ValueError(f"“{value}” is none of: {', '.join(meanings)}.")
        return rows.filter(meanings[value])

    return Filter(words, apply, {"type": "string", "enum": list(meanings)})


def yes_or_no(condition: Q, words: str) -> Filter:
    def apply(rows: Rows, value: str) -> Rows:
        if value not in ("true", "false"):
            raise ValueError("Either true or false.")
        return rows.filter(condition if value == "true" else ~condition)

    return Filter(words, apply, {"type": "boolean"})


def equal(column: str, words: str) -> Filter:
    return Filter(words, lambda rows, value: rows.filter(**{column: value}), {"type": "string"})


def of_row(column: str, words: str) -> Filter:
    return Filter(words, lambda rows, value: rows.filter(**{column: _id(value)}), {"type": "string", "format": "uuid"})


def of_location(column: str, words: str = "Of a location: its id here or in GHL.") -> Filter:
    def apply(rows: Rows, value: str) -> Rows:
        try:
            return rows.filter(**{column: _id(value)})
        except ValueError:
            return rows.filter(**{f"{column}__location_id": value})

    return Filter(words, apply, {"type": "string"})


def since(column: str, words: str) -> Filter:
    """From a moment on."""
    return _moment(f"{column}__gte", words)


def before(column: str, words: str) -> Filter:
    return _moment(f"{column}__lt", words)


def _moment(lookup: str, words: str) -> Filter:
    def apply(rows: Rows, value: str) -> Rows:
        text = f"{value}T00:00:00" if len(value) == len("2026-01-31") else value.replace(" ", "+")
        try:
            instant = parse_datetime(text)
        except ValueError:
            instant = None
        if instant is None:
            raise ValueError("A moment like 2026-01-31T09:00:00Z, or a day like 2026-01-31.")
        return rows.filter(**{lookup: instant if timezone.is_aware(instant) else timezone.make_aware(instant)})

    return Filter(words, apply, {"type": "string", "format": "date-time"})


def _id(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise ValueError("This is no id.") from None
