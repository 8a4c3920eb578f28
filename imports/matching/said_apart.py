"""Whom a record is not, as reviewers said: what `not_duplicates` remembers, to be read by a person."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from imports.matching.identities import identity_of_person, identity_of_record
from imports.matching.not_duplicates import digest_of_pair, names_of_record
from imports.models import MatchCandidate, NotDuplicate, ReviewDecision, StagedRecord, ToldApart
from imports.side import Side
from prospects.models import Person

STAGED = MatchCandidate.Kind.STAGED
READ_WITH = ("told_apart__said_by", "told_apart__staged_record", "decision__reviewer", "decision__staged_record")
UNREAD = ("told_apart__staged_record__raw_data", "decision__staged_record__raw_data")


@dataclass(frozen=True, slots=True)
class SaidApart:
    """Somebody whom a record is not. `who` is None when they are gone.

    It was said of this pair alone (`told_apart`), or by approving one of the two as new (`decision`). `holds`: whether
    later comparisons go by it, which they do until what was compared changes.
    """

    who: Person | StagedRecord | None
    name: str
    by: Any
    at: datetime
    told_apart: ToldApart | None
    decision: ReviewDecision | None
    holds: bool


def said_of(record: StagedRecord) -> list[SaidApart]:
    """What stands of this record, and of other versions of it, the latest first."""
    mine = identity_of_record(record)
    names = names_of_record(mine)
    rows = NotDuplicate.objects.filter(
        Q(one__in=names) | Q(other__in=names), decision__undone_at__isnull=True, told_apart__undone_at__isnull=True
    )
    digests: defaultdict[tuple[ToldApart | ReviewDecision, str, uuid.UUID], set[str]] = defaultdict(set)
    for row in rows.select_related(*READ_WITH).defer(*UNREAD):
        if whom := _whom(row, is_about_mine=row.one in names):
            digests[whom].add(row.digest)
    found = _found(record, digests)
    said = []
    for (source, _, pk), as_compared in digests.items():
        who = found.get(pk)
        holds = who is None or digest_of_pair(mine, _identity(who)) in as_compared
        said.append(_said(source, who, holds=holds))
    return sorted(said, key=lambda one: (one.at, one.name), reverse=True)


def _whom(row: NotDuplicate, *, is_about_mine: bool) -> tuple[ToldApart | ReviewDecision, str, uuid.UUID] | None:
    """Who said it where, and of whom. Somebody in the portal is named twice when they are linked to GHL."""
    source = row.told_apart or row.decision
    assert source is not None  # noqa: S101  the database sees to it
    if not is_about_mine:
        return source, STAGED, source.staged_record_id
    if row.told_apart is not None:
        return source, row.told_apart.candidate_kind, row.told_apart.candidate_id
    what, _, name = row.other.partition(":")
    return (source, "", uuid.UUID(name)) if what == "person" else None


def _found(record: StagedRecord, asked: Iterable[tuple[Any, str, uuid.UUID]]) -> dict[uuid.UUID, Any]:
    wanted = list(asked)
    staged = [pk for _, kind, pk in wanted if kind == STAGED]
    people = [pk for _, kind, pk in wanted if kind != STAGED]
    records: dict[uuid.UUID, Any] = StagedRecord.objects.in_bulk(staged) if staged else {}
    return records | {one.pk: one for one in (Side.of(record.batch).people.filter(pk__in=people) if people else ())}


def _identity(who: Any) -> Any:
    return identity_of_record(who) if isinstance(who, StagedRecord) else identity_of_person(who)


def _said(source: ToldApart | ReviewDecision, who: Any, *, holds: bool) -> SaidApart:
    if isinstance(source, ToldApart):
        name = str(who or source.candidate_name)
        return SaidApart(who, name, source.said_by, source.said_at, source, None, holds)
    return SaidApart(who, str(who or ""), source.reviewer, source.decided_at, None, source, holds)
