"""What the admin pages of every app share: badges, figures with units, and pages that only show."""

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import smart_split

from integrations.admin_pages import PagesFast
from integrations.ghl.call_payloads import CallStatus
from integrations.models import RunStatus
from integrations.searching import found_by

NOTHING = "–"
# How an outcome is coloured; the word itself is always there too.
GOOD, BAD, WARN, BUSY, QUIET = "good", "bad", "warn", "busy", "quiet"
RUN_TONES = {RunStatus.SUCCESS: GOOD, RunStatus.PARTIAL: WARN, RunStatus.FAILED: BAD}


def badge(words: object, tone: str = QUIET) -> SafeString:
    """A coloured word. `tone` is one of the five above."""
    return format_html('<span class="badge badge-{}">{}</span>', tone, words)


def run_badge(status: str | None) -> SafeString | str:
    """How a push went; "–" when there was none."""
    return badge(RunStatus(status).label, RUN_TONES[RunStatus(status)]) if status else NOTHING


def two_lines(first: object, second: object = "") -> SafeString:
    """A strong line with a quiet one below it."""
    if not second:
        return format_html("{}", first)
    return format_html('{}<span class="second-line">{}</span>', first, second)


def change_url(row: models.Model) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def link_to(row: models.Model | None) -> SafeString | str:
    return format_html('<a href="{}">{}</a>', change_url(row), row) if row is not None else NOTHING


def minutes(seconds: int | None) -> str:
    """A duration as minutes and seconds: "2:05 min"; "–" when nobody picked up."""
    return NOTHING if seconds is None else f"{seconds // 60}:{seconds % 60:02d} min"


def call_status_words(status: str) -> str:
    """How a call ended, for people. GHL's "completed" only means that someone or something picked up."""
    return "Picked up" if status == CallStatus.COMPLETED else status.replace("-", " ").capitalize() or NOTHING


def moment(instant: datetime | None) -> str:
    """A moment in the reader's own zone, down to the minute."""
    return date_format(timezone.localtime(instant), "M j, Y H:i") if instant else NOTHING


def day_and_time(instant: datetime) -> str:
    """The same for narrow columns of recent things: without the year."""
    return date_format(timezone.localtime(instant), "M j, H:i")


def counted(count: int, one: str, many: str = "") -> str:
    """A number with its unit: "1 call", "1,204 calls"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


class FindsPhones:
    """Searches phones by their digits, however they are written, and every word in all of the searched columns."""

    phone_columns: tuple[str, ...] = ("contact_phone",)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        fields = self.get_search_fields(request)  # type: ignore[attr-defined]
        exact = [name.removeprefix("=") for name in fields if name.startswith("=")]
        columns = [name for name in fields if not name.startswith("=")]
        # A text in quotes is one word, as everywhere in the admin.
        words = [text for word in smart_split(search_term) if (text := word.strip("\"'"))]
        return found_by(queryset, words, columns, exact=exact, phones=self.phone_columns), False


class LocationListFilter(admin.RelatedFieldListFilter):
    """Filters by location, under the name that staff have for it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = "location"


class OfALocation:
    """A row of one location, which staff call that and not an integration."""

    @admin.display(description="location", ordering="integration__name")
    def location(self, row: Any) -> SafeString | str:
        return link_to(row.integration)


class NothingToDelete:
    """Rows that other rows, calls and history hang on: they stay."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class SavesWhatWasEntered:
    """Writes only the columns that somebody changed in the form: pulls, pushes and webhooks write others meanwhile."""

    def also_changed(self, form: Any) -> list[str]:
        """Columns that follow from what was entered."""
        return []

    def save_model(self, request: HttpRequest, obj: models.Model, form: Any, change: bool) -> None:
        columns = {field.name for field in obj._meta.concrete_fields}
        changed = [*(name for name in form.changed_data if name in columns), *self.also_changed(form)]
        if not change:
            obj.save()
        elif changed:
            obj.save(update_fields=[*changed, "updated_at"])


class ReadOnlyAdmin(PagesFast, NothingToDelete, admin.ModelAdmin):
    """Rows that come from elsewhere: staff may look at them and nothing else."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
