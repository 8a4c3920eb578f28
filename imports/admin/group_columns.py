"""A group of records side by side: a column for each; its fields are in `group_fields`."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max
from django.db.models.fields.json import KT
from django.http import QueryDict
from django.utils.dateparse import parse_datetime
from django.utils.safestring import SafeString
from django.utils.text import get_text_list

from imports.admin.words import BAND_WORDS, band_badge
from imports.deciding.groups import Link, Member, RecordGroup
from imports.models import ImportBatch, MatchCandidate, StagedCall, StagedRecord
from imports.side import Side
from integrations.admin_parts import change_url, day_and_time

REASONS_TOLD = 3
SAYS_SOMETHING = 0.5  # bits


@dataclass(frozen=True, slots=True)
class Selection:
    """Which members are to be decided together, and which one leads."""

    members: frozenset[str]
    leading: str

    @classmethod
    def proposed(cls, group: RecordGroup) -> "Selection":
        return cls(frozenset(str(one.pk) for one in group.members), str(group.leading.pk))

    @classmethod
    def given(cls, form: QueryDict) -> "Selection":
        return cls(frozenset([*form.getlist("member"), form.get("person", "")]), form.get("leads", ""))


@dataclass(frozen=True, slots=True)
class Likeness:
    """Whom of the others a member resembles most, by number, with what speaks for it and what against, and who else."""

    number: int
    certainty: SafeString
    words: str
    against: str
    also: str


@dataclass(slots=True)
class Column:
    """One member. `key` is its id; `calls` are those that its record has in GHL, or the person in the portal."""

    number: int
    who: Member
    about: str
    url: str
    is_in: bool
    leads: bool
    calls: int = 0
    last_call: datetime | None = None
    likeness: Likeness | None = None

    @property
    def key(self) -> str:
        return str(self.who.pk)

    @property
    def is_person(self) -> bool:
        return not isinstance(self.who, StagedRecord)


def columns_of(group: RecordGroup, selection: Selection) -> list[Column]:
    """The portal's person first, then the records, the newest first."""
    columns = [
        Column(
            number=number,
            who=member,
            about=_about(member),
            url=change_url(member),
            is_in=str(member.pk) in selection.members,
            leads=str(member.pk) == selection.leading,
        )
        for number, member in enumerate(group.members, start=1)
    ]
    _note_calls(columns, group)
    number_of = {column.who.pk: column.number for column in columns}
    for column in columns:
        links = [(number_of[other.pk], link) for other, link in group.links_of(column.who)]
        column.likeness = _likeness(links) if links else None
    return columns


def left_out_in_words(group: RecordGroup, columns: Sequence[Column]) -> list[tuple[Member, str]]:
    """Who resembles some of the group and is not in it, and why, with the columns' numbers."""
    number_of = {column.who.pk: column.number for column in columns}
    told = []
    for one in group.left_out:
        numbers = get_text_list([str(number_of[other.pk]) for other in one.resembles], "and")
        but = f", but is not taken for {number_of[one.against.pk]}" if one.against else ""
        told.append((one.who, f"Resembles {numbers}{but}. {one.why}"))
    return told


def _about(member: Member) -> str:
    if not isinstance(member, StagedRecord):
        kind = (
            MatchCandidate.Kind.PROSPECT if member._meta.model_name == "salesprospect" else MatchCandidate.Kind.CONTACT
        )
        return f"{kind.label} in the portal"
    when = day_and_time(member.batch.created_at)
    if member.batch.source == ImportBatch.Source.CSV:
        return f"Line {member.position} of the file of {when}"
    return f"From GHL, {when}"


def _likeness(links: Sequence[tuple[int, Link]]) -> Likeness:
    """`links`: the likeliest first."""
    (number, link), *others = links
    weighed = sorted(link.reasons, key=lambda reason: -float(reason.get("weight", 0)))
    # What is known without any comparison weighs nothing.
    told = [one for one in weighed if float(one.get("weight", 0)) >= SAYS_SOMETHING] or weighed[:1]
    last = weighed[-1] if weighed else {}
    return Likeness(
        number,
        band_badge(link.band, link.score if link.score < 1 else None),
        "; ".join(str(one.get("words", "")) for one in told[:REASONS_TOLD]),
        str(last.get("words", "")) if float(last.get("weight", 0)) <= -SAYS_SOMETHING else "",
        get_text_list([f"{other} ({BAND_WORDS[one.band].lower()})" for other, one in others], "and"),
    )


# ---------------------------------------------------------------- calls


def _note_calls(columns: Sequence[Column], group: RecordGroup) -> None:
    """How many calls each has and when the last one was, in two queries."""
    of_contact = _staged_calls(group.records)
    for column in columns:
        if isinstance(column.who, StagedRecord):
            column.calls, column.last_call = of_contact.get(column.who.ghl_contact_id, (0, None))
        else:
            column.calls, column.last_call = _calls_of_person(group, column.who.pk)


def _staged_calls(records: Sequence[StagedRecord]) -> dict[str, tuple[int, datetime | None]]:
    contact_ids = [record.ghl_contact_id for record in records if record.ghl_contact_id]
    if not contact_ids:
        return {}
    calls = StagedCall.objects.filter(integration=records[0].batch.integration_id, ghl_contact_id__in=contact_ids)
    rows = calls.filter(error_message="").order_by().values("ghl_contact_id")
    counted = rows.annotate(count=Count("pk"), last=Max(KT("raw_data__dateAdded")))
    return {row["ghl_contact_id"]: (row["count"], _moment(row["last"])) for row in counted}


def _calls_of_person(group: RecordGroup, person_id: uuid.UUID) -> tuple[int, datetime | None]:
    people: Any = Side.of(group.records[0].batch).people
    found = people.filter(pk=person_id).aggregate(count=Count("calls"), last=Max("calls__started_at"))
    return found["count"], found["last"]


def _moment(text: str | None) -> datetime | None:
    """GHL's times are texts of one form, which sort as they are."""
    try:
        moment = parse_datetime(text or "")
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None
