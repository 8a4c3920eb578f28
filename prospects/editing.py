"""What a person enters about prospects, contacts and campaigns: written as they mean it, and into the history."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import AbstractBaseUser
from django.db import models, transaction
from django.utils import timezone

from prospects.finding import AnyPerson
from prospects.following import note_own_words
from prospects.models import Contact, SalesProspect


class GoneError(Exception):
    """The row is no longer there."""


def edit_person(
    table: type[SalesProspect] | type[Contact], person_id: uuid.UUID, values: Mapping[str, Any], by: AbstractBaseUser
) -> AnyPerson:
    """Writes the columns that differ, so that what GHL says next does not undo them. Raises GoneError.

    The row is locked: a delivery that comes at the same moment waits, and finds what was entered.
    """
    with transaction.atomic():
        person = table._default_manager.select_for_update().filter(pk=person_id).first()
        if person is None:
            raise GoneError
        before = {name: getattr(person, name) for name in values}
        changed = [name for name, value in values.items() if before[name] != value]
        if not changed:
            return person
        for name in changed:
            setattr(person, name, values[name])
        also = follow_from(person, changed, before)
        person.save(update_fields=[*changed, *also, "updated_at"])
        note_change(person, changed, by)
    return person


def note_change(row: models.Model, columns: list[str], by: AbstractBaseUser) -> None:
    """Into the row's history, which staff see on its page."""
    labels = [str(row._meta.get_field(name).verbose_name) for name in columns]  # type: ignore[union-attr]
    message = f"Changed through the API: {', '.join(labels)}."
    LogEntry.objects.log_actions(
        user_id=by.pk, queryset=[row], action_flag=CHANGE, change_message=message, single_object=True
    )


def follow_from(person: AnyPerson, changed: list[str], before: Mapping[str, Any]) -> list[str]:
    """Sets the columns that follow from what a person entered, and names them. The caller saves."""
    note_own_words(person, {name: before[name] or "" for name in changed})
    if "do_not_call" not in changed:
        return ["ghl_values"]
    person.do_not_call_told_at = timezone.now()
    person.do_not_call_since = person.do_not_call_told_at if person.do_not_call else None
    return ["ghl_values", "do_not_call_since", "do_not_call_told_at"]
