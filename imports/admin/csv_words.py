"""The verdict on a file's rows, worded for staff."""

from collections.abc import Mapping
from typing import Any

from integrations.admin_parts import counted
from prospects.models import IDENTITY_COLUMNS

PREVIEW_WORDS = {
    "contact_first_name": "First name",
    "contact_last_name": "Last name",
    "firm_name": "Company",
    "contact_email": "E-mail",
    "contact_phone": "Phone",
    "contact_title": "Title",
    "contact_linkedin": "LinkedIn",
    "person_number": "Bar or candidate number",
}


def verdict_for_page(verdict: Mapping[str, Any]) -> dict[str, Any]:
    """What `Tally.as_json` kept, as the page shows it."""
    to_stage = verdict["good"] + verdict["errors"]
    return {
        **verdict,
        "to_stage": to_stage,
        "stage_words": f"Stage {counted(to_stage, 'row')}",
        "problems": [{"words": words, **_named(lines)} for words, lines in verdict["problems"]],
        "twice": _named(verdict["twice"]),
        "known": _named(verdict["known"]),
        "preview": _preview(verdict["preview"]),
    }


def _named(lines: Mapping[str, Any]) -> dict[str, Any]:
    return {"count": lines["count"], "where": where(lines["lines"], lines["count"])}


def where(lines: list[int], count: int) -> str:
    """On which lines of the file: "line 4", "lines 2, 3, 5 and 12 more"."""
    if not lines:
        return ""
    named = ", ".join(f"{line:,}" for line in lines)
    more = f" and {count - len(lines):,} more" if count > len(lines) else ""
    return f"line{'s' if count > 1 else ''} {named}{more}"


def _preview(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The first good rows under our columns, without the columns that none of them fills."""
    filled = [name for name in PREVIEW_WORDS if name in IDENTITY_COLUMNS and any(row.get(name) for row in rows)]
    return {
        "headings": [PREVIEW_WORDS[name] for name in filled],
        "rows": [{"line": row["line"], "cells": [(PREVIEW_WORDS[n], row.get(n, "")) for n in filled]} for row in rows],
    }
