"""Finding rows by what somebody typed: in the admin and in the API alike.

Every word has to be somewhere in the row, whatever the column, so the columns are searched as one text: on PostgreSQL
an index over just that text answers (`imports/migrations/0008_person_number.py`), however many rows there are.
"""

import re
from collections.abc import Iterable, Sequence
from functools import reduce
from operator import or_
from typing import Any

from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Replace

PHONE_PUNCTUATION = " ()-.+/"
FEWEST_DIGITS = 4  # fewer say nothing about a phone
MOST_WORDS = 8
SHORT = 3  # letters: a word of fewer is looked for at the beginning of names only, which an index can answer


class AsOneText(Func):
    """Columns of one row with a space before each, and phones once more as digits and letters only."""

    template = "(%(expressions)s)"
    arg_joiner = " || ' ' || "
    output_field = models.TextField()

    def __init__(self, columns: Iterable[str], phones: Iterable[str]) -> None:
        super().__init__(Value(""), *map(F, columns), *map(without_punctuation, phones))


def found_by(
    rows: models.QuerySet[Any], words: Sequence[str], columns: Sequence[str], *, exact: Iterable[str],
    phones: Sequence[str],
) -> models.QuerySet[Any]:  # fmt: skip
    """The rows with every word somewhere in the columns, or with a word as the whole of an `exact` one.

    Words that make up a phone number, in whatever form, are looked for in `phones` instead: columns of phones and of
    other numbers that are written in several ways.
    """
    digits = digits_of(words) if phones else ""
    if digits:
        bare = {f"digits_of_{at}": without_punctuation(column) for at, column in enumerate(phones)}
        rows = rows.alias(**bare).filter(reduce(or_, (Q(**{f"{name}__contains": digits}) for name in bare)))
    as_one = all(_is_plain(rows.model, column) for column in (*columns, *phones))
    if as_one:
        rows = rows.alias(as_one_text=AsOneText(columns, phones))
    if digits:  # says nothing new, but in a way that the index knows
        return rows.filter(as_one_text__icontains=digits) if as_one else rows
    places = ["as_one_text"] if as_one else list(columns)
    for word in words[:MOST_WORDS]:
        text = f" {word}" if as_one and len(word) < SHORT else word
        found = [Q(**{f"{place}__icontains": text}) for place in places]
        rows = rows.filter(reduce(or_, [*found, *(Q(**{column: word}) for column in exact)]))
    return rows


def digits_of(words: Iterable[str]) -> str:
    """The digits, where that is what was typed: a phone, however it is written; else ""."""
    text = "".join(words)
    digits = re.sub(r"\D", "", text)
    return "" if len(digits) < FEWEST_DIGITS or re.search(r"[A-Za-z@]", text) else digits


def without_punctuation(column: str) -> Any:
    """The column as digits and letters only, for comparing phones however they are written."""
    expression: Any = F(column)
    for character in PHONE_PUNCTUATION:
        expression = Replace(expression, Value(character), Value(""))
    return expression


def _is_plain(model: type[models.Model], column: str) -> bool:
    """Whether it is a column of the row itself that is never empty in the database's sense."""
    return "__" not in column and not model._meta.get_field(column).null
