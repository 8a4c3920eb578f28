"""Whom a staged record may be: everything that its review page shows of each candidate, in a handful of queries."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max
from django.utils.text import get_text_list

from imports.admin.weighing import Weighing, weighing
from imports.admin.words import band_badge
from imports.attaching import people_of_contacts
from imports.deciding.comparing import FieldDifference, differences, values_of
from imports.matching.recheck import obstacle_to_joining
from imports.models import MatchCandidate, StagedCall, StagedRecord
from integrations.admin_parts import GOOD, badge, change_url, counted
from prospects.models import Contact, PersonIdentity, SalesProspect

Kind = MatchCandidate.Kind


@dataclass(slots=True)
class Shown:
    """One candidate as the page shows it. `obstacle` says why nobody can be merged into it, when that is so."""

    kind: str
    candidate_id: uuid.UUID
    who: PersonIdentity
    about: str
    url: str
    differences: list[FieldDifference]
    certainty: Any
    weighing: Weighing | None
    calls: int = 0
    last_call: datetime | None = None
    since: datetime | None = None
    source: str = ""
    obstacle: str = ""
    number: int = 0

    @property
    def is_staged(self) -> bool:
        return self.kind == Kind.STAGED

    @property
    def is_waiting_twin(self) -> bool:
        """Another record of the batch that nobody decided about: both would be approved as one person."""
        return isinstance(self.who, StagedRecord) and self.who.is_waiting

    def count_of(self, outcome: str) -> int:
        return sum(difference.outcome == outcome for difference in self.differences)

    @property
    def effect(self) -> str:
        """What a merge would do, in one sentence."""
        fills, differs = self.count_of("fills"), self.count_of("differs")
        taken = sum(bool(difference.why_staged) for difference in self.differences)
        parts = [f"fills {counted(fills, 'empty field')}"] if fills else []
        parts += [f"takes {counted(taken, 'newer or longer value')}"] if taken else []
        whose = "the other record’s" if self.is_waiting_twin else "the portal’s"
        parts += [f"keeps {whose} value in {counted(differs - taken, 'field')}"] if differs > taken else []
        if not parts:
            return "Both say the same; a merge changes no field."
        return f"Unless you choose otherwise, a merge {get_text_list(parts, 'and')}."


def candidates_of(record: StagedRecord, known: SalesProspect | Contact | None) -> list[Shown]:
    """The record's candidates, the portal's before those of its batch, best first.

    `known`, whom the portal has as this very GHL contact, is among them whatever the comparison found.
    """
    rows = list(record.candidates.all())
    ids = {row.candidate_id for row in rows if row.candidate_kind != Kind.STAGED} | ({known.pk} if known else set())
    twins = _twins({row.candidate_id for row in rows if row.candidate_kind == Kind.STAGED})
    ids |= {twin.imported_person.pk for twin in twins.values() if twin.imported_person}
    people = _people(record, ids)
    before = values_of(record.changes)
    shown = [_person_shown(record, people[row.candidate_id], row, before) for row in rows if row.candidate_id in people]
    if known and known.pk in people and known.pk not in {one.candidate_id for one in shown}:
        shown.insert(0, _person_shown(record, people[known.pk], None, before))
    told = {one.candidate_id for one in shown}
    calls = _calls_of_twins(record, twins.values())
    for row in rows:
        twin = twins.get(row.candidate_id)
        if twin is not None and not (twin.imported_person and twin.imported_person.pk in told):
            shown.append(_twin_shown(record, twin, people, row, calls, told))
    for number, one in enumerate(shown, start=1):
        one.number = number
    return shown


def known_person(record: StagedRecord) -> SalesProspect | Contact | None:
    """Whom the portal has as this very GHL contact: no comparison is needed to know that."""
    if not record.ghl_contact_id:
        return record.changes.imported_person if record.changes else None
    return people_of_contacts(record.batch.integration, [record.ghl_contact_id]).get(record.ghl_contact_id)


def _people(record: StagedRecord, ids: set[uuid.UUID]) -> dict[uuid.UUID, Any]:
    model: Any = SalesProspect if record.batch.integration.is_internal else Contact
    people = model.objects.annotate(call_count=Count("calls"), last_call=Max("calls__started_at"))
    return {person.pk: person for person in people.filter(pk__in=ids)}


def _twins(ids: set[uuid.UUID]) -> dict[uuid.UUID, StagedRecord]:
    people = ("imported_prospect", "imported_contact", "matched_prospect", "matched_contact")
    return StagedRecord.objects.select_related(*people).defer("raw_data").in_bulk(ids)


def _calls_of_twins(record: StagedRecord, twins: Iterable[StagedRecord]) -> dict[str, int]:
    contact_ids = [twin.ghl_contact_id for twin in twins if twin.ghl_contact_id]
    if not contact_ids:
        return {}
    calls = StagedCall.objects.filter(integration=record.batch.integration, ghl_contact_id__in=contact_ids)
    counts = calls.filter(error_message="").order_by().values_list("ghl_contact_id")
    return dict(counts.annotate(count=Count("pk")))


def _person_shown(record: StagedRecord, person: Any, row: MatchCandidate | None, before: dict[str, str]) -> Shown:
    kind = Kind.PROSPECT if isinstance(person, SalesProspect) else Kind.CONTACT
    return Shown(
        kind=kind,
        candidate_id=person.pk,
        who=person,
        about=f"{kind.label} in the portal",
        url=change_url(person),
        differences=differences(record, person, before),
        certainty=band_badge(row.band, row.score) if row else badge("Same GHL contact", GOOD),
        calls=person.call_count,
        last_call=person.last_call,
        since=person.created_at,
        source=person.source,
        weighing=weighing(row.reasons, row.score) if row else None,
    )


def _twin_shown(
    record: StagedRecord,
    twin: StagedRecord,
    people: dict[uuid.UUID, Any],
    row: MatchCandidate,
    calls: dict[str, int],
    shown: set[uuid.UUID],
) -> Shown:
    became = people.get(twin.imported_person.pk) if twin.imported_person else None
    return Shown(
        kind=Kind.STAGED,
        candidate_id=twin.pk,
        who=became or twin,
        about="In the same batch, imported already" if became else "In the same batch",
        url=change_url(became or twin),
        differences=differences(record, became or twin),
        certainty=band_badge(row.band, row.score),
        calls=became.call_count if became else calls.get(twin.ghl_contact_id, 0),
        last_call=became.last_call if became else None,
        since=became.created_at if became else None,
        source=became.source if became else "",
        obstacle=obstacle_to_joining(twin, shown),
        weighing=weighing(row.reasons, row.score),
    )
