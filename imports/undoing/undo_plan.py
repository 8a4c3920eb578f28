"""What undoing a decision would do: worked out from the log, shown before it is done, and then done just so."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from imports.deciding.comparing import label_of
from imports.deciding.decisions import person_of
from imports.deciding.person_history import AnyPerson, History, entered_of, history_of, state_of
from imports.deciding.replay import FIELDS, FOUNDING, NOBODY, Step, replay, tags_in, with_more, without_fields
from imports.models import ReviewDecision, StagedRecord
from imports.undoing.giving_back import calls_since
from integrations.admin_parts import counted

OF_IMPORTS = ("staged_matches", "staged_sources", "calls")  # what hangs on a person and is given back or told apart
LABELS = {"source": "Source", "notes": "Notes", "engagement_level": "Engagement level",
          "cadence_stage": "Cadence stage", "campaign_id": "Campaign"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One field of the person: what it says today and what it would say."""

    column: str
    label: str
    today: str
    old: str


@dataclass(slots=True)
class UndoPlan:
    """`undone`: the decision and those taken along with it. `goes`: the person would leave the portal.

    `changes` are fields that go back; `conflicts` fields that somebody changed since: today's value stays unless the
    old one is put back. `reasons_to_keep` say what would be lost with a person who could go: they stay unless asked
    otherwise; `must_stay` says why they stay in any case. `remains` are sentences about what an undo does not reach.
    `newer` has, by record, the version that a later pull brought.
    """

    undone: list[ReviewDecision]
    person: AnyPerson | None = None
    history: History = field(default_factory=lambda: History([]))
    edits: dict[str, Any] = field(default_factory=dict)
    target: dict[str, Any] | None = None
    changes: list[Change] = field(default_factory=list)
    conflicts: list[Change] = field(default_factory=list)
    reasons_to_keep: list[str] = field(default_factory=list)
    must_stay: str = ""
    remains: list[str] = field(default_factory=list)
    newer: dict[uuid.UUID, StagedRecord] = field(default_factory=dict)

    @property
    def leading(self) -> ReviewDecision:
        return self.undone[0]

    @property
    def goes(self) -> bool:
        return self.person is not None and self.target is None and not self.must_stay

    @property
    def asks(self) -> bool:
        """Whether somebody has to choose before it is done."""
        return bool(self.conflicts or self.must_stay or (self.goes and self.reasons_to_keep))

    @property
    def heirs(self) -> list[ReviewDecision]:
        """The other decisions about the person that stand."""
        ids = {one.pk for one in self.undone}
        return [one for one in self.history.decisions if one.stands and one.pk not in ids]

    def steps_after(self, put_back: Collection[str] = ()) -> list[Step]:
        """The person's steps once this is undone. `put_back`: columns in which others' changes are dropped."""
        steps = self.history.steps(without=[one.pk for one in self.undone])
        last = steps[-1]
        steps[-1] = Step(last.offered, last.taken, last.stands, with_more(last.edits, self.edits), last.kept)
        return without_fields(steps, self._first_undone, put_back)

    @property
    def _first_undone(self) -> int:
        ids = {one.pk for one in self.undone}
        return next(number for number, one in enumerate(self.history.decisions) if one.pk in ids)


def plan_of(decision: ReviewDecision) -> UndoPlan:
    """What an undo would do as things are now. Reads only; whoever undoes holds the locks."""
    plan = UndoPlan(taken_together(decision))
    plan.person = person_of(decision)
    if decision.person_id is not None and plan.person is None:
        plan.remains.append("The person is not in the portal any more, so only the record and its calls go back.")
    if plan.person is not None:
        _plan_person(plan, plan.person)
    for record in (one.staged_record for one in plan.undone):
        if (newer := newer_version(record)) is not None:
            plan.newer[record.pk] = newer
            plan.remains.append(_about_newer(record, newer))
    return plan


def taken_together(decision: ReviewDecision) -> list[ReviewDecision]:
    """The decision and those that were taken along with it and still stand."""
    along = decision.along.filter(undone_at__isnull=True)
    return [decision, *along.select_related("staged_record__batch__integration")]


def newer_version(record: StagedRecord) -> StagedRecord | None:
    """What a later pull brought of the same GHL contact."""
    if record.batch.source != "ghl":
        return None
    same = StagedRecord.objects.filter(
        batch__integration_id=record.batch.integration_id, batch__source="ghl", record_key=record.record_key
    )
    return same.filter(created_at__gt=record.created_at).exclude(pk=record.pk).order_by("-created_at").first()


def _about_newer(record: StagedRecord, newer: StagedRecord) -> str:
    where = "waits in the queue" if newer.status in StagedRecord.UNDECIDED else "has been decided about"
    return f"{record} does not come back into the queue: a later pull brought a newer version, which {where}."


# ---------------------------------------------------------------- the person


def _plan_person(plan: UndoPlan, person: AnyPerson) -> None:
    plan.history = history_of(person.pk)
    plan.edits = plan.history.edits_of_others(person)
    base, after, actual = plan.history.base, plan.steps_after(), state_of(person)
    plan.target = replay(base, after)
    if plan.target is None:
        plan.reasons_to_keep = [*_what_others_wrote(plan, person, actual), *_in_ghl_since(plan, person)]
        plan.must_stay = _who_needs(plan, person)
    else:
        old = replay(base, plan.steps_after(FIELDS)) or plan.target
        written = {name for one in plan.undone for name in _written_by(one)}
        for name in FIELDS:
            if plan.target[name] != actual[name]:
                plan.changes.append(_change(name, actual[name], plan.target[name]))
            elif name in written and old[name] != actual[name]:
                plan.conflicts.append(_change(name, actual[name], old[name]))
        if gone := [tag for tag in tags_in(actual["tags"]) if tag not in tags_in(plan.target["tags"])]:
            plan.changes.append(Change("tags", "Tags", ", ".join(gone), ""))
        _tell_who_stays(plan, person)
    _tell_of_calls(plan, person)
    if person.ghl_contact_id:
        plan.remains.append("Nothing is changed in GHL: the contact stays there as it is.")


def _written_by(decision: ReviewDecision) -> list[str]:
    if decision.before is None or decision.after is None:
        return [name for name in FIELDS if decision.offered.get(name)]
    before, after = {**NOBODY, **decision.before}, {**NOBODY, **decision.after}
    return [name for name in FIELDS if before[name] != after[name]]


def _tell_who_stays(plan: UndoPlan, person: AnyPerson) -> None:
    if plan.heirs and any(one.made_person for one in plan.undone):
        names = ", ".join(str(one.staged_record) for one in plan.heirs[:3])
        plan.remains.append(
            f"{person} stays in the portal, as {counted(len(plan.heirs), 'other record')} merged into them would have "
            f"made them: {names}{' and more' if len(plan.heirs) > 3 else ''}."
        )


def _what_others_wrote(plan: UndoPlan, person: AnyPerson, actual: dict[str, Any]) -> list[str]:
    """What was entered since on somebody who was made by a decision, and is nowhere else."""
    edits: dict[str, Any] = {}
    for one in plan.history.decisions:
        edits = with_more(edits, one.edits_since)
    edits = with_more(edits, plan.edits)
    told = actual["ghl_values"] if isinstance(actual["ghl_values"], dict) else {}
    wrote = [name for name in FIELDS if name in edits.get("fields", {}) and actual[name] not in ("", told.get(name))]
    first = plan.history.decisions[0].after or {}
    entered = [name for name, value in entered_of(person).items() if value != first.get(name, value)]
    found = [f"{_label(name)}: changed since, to “{actual[name]}”." for name in wrote]
    found += [f"{_label(name)}: changed since." for name in entered]
    if tags := [tag for tag in edits.get("tags", {}).get("added", ()) if tag in tags_in(actual["tags"])]:
        found.append(f"Tags were added since: {', '.join(tags)}.")
    if edits.get("ban") and actual["do_not_call"]:
        found.append("Somebody said since that this person must not be called.")
    return found


def _in_ghl_since(plan: UndoPlan, person: AnyPerson) -> list[str]:
    offered = {one.offered.get("link", {}).get("ghl_contact_id") for one in plan.history.decisions}
    if person.ghl_contact_id and person.ghl_contact_id not in offered:
        return [f"They are in GHL since, as the contact {person.ghl_contact_id}, which would stay there."]
    return []


def _who_needs(plan: UndoPlan, person: AnyPerson) -> str:
    ids = [one.staged_record_id for one in plan.history.decisions if one.stands]
    others: Any = person.staged_sources.filter(status=StagedRecord.Status.IMPORTED).exclude(pk__in=ids)
    if count := others.count():
        return f"{counted(count, 'record')} became this person before decisions were kept, so they stay in the portal."
    for relation in person._meta.related_objects:
        name = relation.get_accessor_name()
        if name in OF_IMPORTS or name is None:
            continue
        rows: Any = relation.related_model
        if rows._default_manager.filter(**{relation.field.name: person}).exists():
            return f"The portal has {rows._meta.verbose_name_plural} of this person, so they stay."
    return ""


def _tell_of_calls(plan: UndoPlan, person: AnyPerson) -> None:
    staged = sum(entry["staged"] is not None for one in plan.undone for entry in one.calls)
    mine = [entry["id"] for one in plan.undone for entry in one.calls]
    if staged:
        words = "waits" if staged == 1 else "wait"
        plan.remains.append(f"{counted(staged, 'call')} from the record’s history {words} with it again.")
    calls: Any = person.calls if plan.goes else calls_since(plan.undone, person)
    came = calls.exclude(pk__in=mine).count() + sum(
        entry["staged"] is None for one in plan.undone for entry in one.calls
    )
    if came:
        words = "stays" if came == 1 else "stay"
        plan.remains.append(
            f"{counted(came, 'call')} that came in live {words} in the portal, as an unknown caller’s or with whoever "
            "has that GHL contact or phone number."
        )


def _change(name: str, today: str, old: str) -> Change:
    return Change(name, _label(name), today, old)


def _label(name: str) -> str:
    return LABELS[name] if name in FOUNDING or name in LABELS else label_of(name)
