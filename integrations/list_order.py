"""What stands behind a row in an ordered list: found from the row's own values, so that no rows are counted off.

An order is a tuple of columns, "-" before those that fall, the last one unique. A row's place is its values of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models
from django.db.models import Q
from django.db.models.functions import Cast

STORED = "place_"
Order = Sequence[str]


def stored_texts(model: type[models.Model], order: Order) -> dict[str, Any]:
    """Annotations for rows whose place is to be read.

    SQLite keeps moments as texts and compares them as such; those it made itself are shorter than Django's.
    """
    if connection.vendor != "sqlite":
        return {}
    moments = (number for number, name in enumerate(order) if isinstance(column_of(model, name), models.DateTimeField))
    return {f"{STORED}{number}": Cast(order[number].lstrip("-"), models.TextField()) for number in moments}


def place_of_row(rows: models.QuerySet[Any], order: Order) -> list[Any] | None:
    """The place of the only row of these, to be handed to `behind`; None where there is no row."""
    texts = stored_texts(rows.model, order)
    names = [
        f"{STORED}{number}" if f"{STORED}{number}" in texts else name.lstrip("-") for number, name in enumerate(order)
    ]
    values = rows.order_by().annotate(**texts).values_list(*names).first()
    return None if values is None else [as_stored(rows.model, *pair) for pair in zip(order, values, strict=True)]


def as_stored(model: type[models.Model], name: str, value: Any) -> Any:
    """A value of a place, as the database compares it."""
    is_moment = isinstance(column_of(model, name), models.DateTimeField)
    if value is not None and is_moment and connection.vendor == "sqlite":
        return models.Value(value.isoformat() if isinstance(value, datetime) else value, models.TextField())
    return value


def turned(order: Order) -> list[str]:
    """The same order from its end."""
    return [name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order]


def column_of(model: type[models.Model], name: str) -> Any:
    *relations, last = name.lstrip("-").split("__")
    for relation in relations:
        model = model._meta.get_field(relation).related_model  # type: ignore[assignment]
    return model._meta.pk if last == "pk" else model._meta.get_field(last)


def behind(model: type[models.Model], order: Order, place: Sequence[Any]) -> Q:
    """The rows behind a place. Rows with an empty column stand where the database sorts them."""
    first, value = order[0], place[0]
    column, falls = first.lstrip("-"), first.startswith("-")
    may_be_empty = column_of(model, first).null
    empty_first = connection.features.order_by_nulls_first is not falls  # rising order: SQLite first, PostgreSQL last
    is_empty = Q(**{f"{column}__isnull": True})
    if value is None:
        same = is_empty & behind(model, order[1:], place[1:])
        return same | ~is_empty if empty_first else same
    beyond = Q(**{f"{column}__{'lt' if falls else 'gt'}": value})
    if len(order) > 1:
        # The outer bound says the same once more, in a way that an index can begin at.
        bound = Q(**{f"{column}__{'lte' if falls else 'gte'}": value})
        beyond = bound & (beyond | Q(**{column: value}) & behind(model, order[1:], place[1:]))
    return beyond | is_empty if may_be_empty and not empty_first else beyond
