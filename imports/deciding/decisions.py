"""Writing the log of decisions: on what evidence somebody decided, what it did, and which decision is the latest."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db.models import QuerySet

from imports.attaching import Attached, plain
from imports.deciding.choices import Choices
from imports.deciding.person_history import AnyPerson, entered_of, history_of, state_of
from imports.models import BulkRun, MatchCandidate, ReviewDecision, StagedRecord
from prospects.models import IDENTITY_COLUMNS, Contact, SalesProspect

SAME_CONTACT = {"code": "ghl-same", "words": "The portal knew this GHL contact as this person", "weight": 0}


@dataclass(frozen=True, slots=True)
class Offer:
    """What a record has to say of a person. `link` and `ban` hold the columns that they fill, or nothing.

    `choices` are the reviewer's, field by field.
    """

    record: StagedRecord
    founding: Mapping[str, str]
    link: Mapping[str, Any]
    ban: Mapping[str, Any]
    choices: Choices = field(default_factory=Choices)

    def as_kept(self) -> dict[str, Any]:
        """As `imports.deciding.replay.Step` has it."""
        fields = {name: getattr(self.record, name) for name in IDENTITY_COLUMNS} | dict(self.founding)
        offered = self.choices.applied(fields)
        for name, value in (("tags", self.record.tag_list), ("link", _plain(self.link)), ("ban", _plain(self.ban))):
            if value:
                offered[name] = value
        return offered


@dataclass(frozen=True, slots=True)
class Done:
    """What a decision did to a person. `before` is None where it made them. `steps_before`: earlier decisions."""

    person: AnyPerson
    before: Mapping[str, Any] | None
    offer: Offer
    attached: Attached
    steps_before: int = 0


def note(
    record: StagedRecord,
    reviewer: AbstractBaseUser,
    status_before: str,
    *,
    chosen: tuple[str, uuid.UUID] | None = None,
    done: Done | None = None,
    bulk_run: BulkRun | None = None,
    key: uuid.UUID | None = None,
) -> ReviewDecision:
    """Writes a decision into the log, in the transaction that carries it out. The person is locked by the caller.

    `key` becomes its id, so that one that is sent twice is known again; see `sent_before`.
    """
    by: Any = reviewer
    assert record.reviewed_at is not None  # noqa: S101  the claim has set it
    decision = ReviewDecision(
        staged_record=record,
        decision=record.decision,
        reviewer=by,
        decided_at=record.reviewed_at,
        status_before=status_before,
        bulk_run=bulk_run,
        **_evidence(record, chosen),
        **({"id": key} if key else {}),
    )
    if done is not None:
        person = done.person
        decision.person_kind = person._meta.model_name or ""
        decision.person_id = person.pk
        decision.person_name = str(person)[:800]
        decision.step = done.steps_before + 1
        decision.made_person = done.before is None
        decision.before = None if done.before is None else dict(done.before)
        decision.after = state_of(person) | entered_of(person)
        decision.offered = done.offer.as_kept()
        decision.taken = sorted(done.offer.choices.replacing)
        decision.calls = list(done.attached.entries)
    decision.save(force_insert=True)
    return decision


def sent_before(key: uuid.UUID, reviewer: Any, record_id: uuid.UUID | None = None) -> ReviewDecision | None:
    """What was decided when this decision came the first time; it may have been undone since.

    `record_id`: about whom, where the key itself does not say so.
    """
    rows = ReviewDecision.objects.filter(pk=key, reviewer=reviewer)
    return (rows.filter(staged_record=record_id) if record_id else rows).first()


def note_edits_before(person: AnyPerson) -> int:
    """Keeps apart what others changed on a locked person before the next decision writes to them.

    Returns how many decisions there were about this person.
    """
    history = history_of(person.pk)
    if history.decisions:
        history.note_edits(history.edits_of_others(person))
    return len(history.decisions)


def latest_of(reviewer: Any) -> ReviewDecision | None:
    """The decision that this person took last and that still stands; of those taken together, the leading one."""
    return standing().filter(reviewer=reviewer, together_with__isnull=True).order_by("-decided_at", "-id").first()


def standing() -> QuerySet[ReviewDecision]:
    return ReviewDecision.objects.filter(undone_at__isnull=True)


def standing_of(record: StagedRecord) -> ReviewDecision | None:
    """The decision that the record has now, if it was taken since decisions are kept."""
    return standing().filter(staged_record=record).select_related("bulk_run").first()


def _evidence(record: StagedRecord, chosen: tuple[str, uuid.UUID] | None) -> dict[str, Any]:
    if chosen is None:
        matched = record.matched_prospect_id or record.matched_contact_id
        kind = "prospect" if record.matched_prospect_id else "contact" if matched else ""
        return {
            "candidate_kind": kind,
            "candidate_id": matched,
            "score": record.match_score,
            "band": record.match_band,
            "reasons": record.match_reasons,
        }
    kind, candidate_id = chosen
    row = MatchCandidate.objects.filter(staged_record=record, candidate_kind=kind, candidate_id=candidate_id).first()
    return {
        "candidate_kind": kind,
        "candidate_id": candidate_id,
        "score": row.score if row else None,
        "band": row.band if row else "",
        "reasons": row.reasons if row else [SAME_CONTACT],
    }


def _plain(columns: Mapping[str, Any]) -> dict[str, Any]:
    """Times as ISO texts, so that they compare with those read back."""
    return {name: plain(value) for name, value in columns.items()}


def person_of(decision: ReviewDecision) -> AnyPerson | None:
    """The person that the decision made or merged into, if they are still there."""
    if decision.person_id is None:
        return None
    table: Any = SalesProspect if decision.person_kind == "salesprospect" else Contact
    person: AnyPerson | None = table.objects.filter(pk=decision.person_id).first()
    return person
