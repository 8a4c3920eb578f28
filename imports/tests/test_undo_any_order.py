"""Whatever was decided, entered and undone, in whatever order: once all is undone, the tables are as at the start."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from calls.models import SalesCall
from conftest import EFFORT
from imports.deciding import review
from imports.deciding.choices import Choices
from imports.deciding.decisions import standing
from imports.deciding.replay import ALSO_KEPT
from imports.deciding.together import Chosen, decide_together
from imports.matching import lookup
from imports.matching.identities import identity_of_person
from imports.matching.recheck import note_newcomers
from imports.models import ImportBatch, LookupKey, MatchCandidate, StagedCall, StagedRecord
from imports.side import Side
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_record
from imports.undoing import undo
from prospects.models import SalesProspect

SEQUENCES = 100 * EFFORT
TABLES = (SalesProspect, StagedRecord, StagedCall, SalesCall, MatchCandidate, ImportBatch)
NEVER_COMPARED = {"updated_at", "keys_made_at", "calls_counted_at"}
RECORDS, PEOPLE = 6, 3
EDITED = ("contact_phone", "contact_title", "contact_email")

whose = st.integers(0, RECORDS - 1)
columns = st.sampled_from(EDITED + ("firm_name",))
some = st.frozensets(columns, max_size=3)
own = st.dictionaries(columns, st.sampled_from(("z", "+12025550144")), max_size=2)
choices = st.builds(
    Choices, take=some, keep=some, written=own, both=st.frozensets(st.sampled_from(sorted(ALSO_KEPT)), max_size=2)
)
steps = st.one_of(
    st.tuples(st.just("approve"), whose),
    st.tuples(st.just("merge"), whose, st.integers(0, PEOPLE + RECORDS - 1), choices),
    st.tuples(st.just("merge"), whose, st.integers(0, PEOPLE - 1), choices),
    st.tuples(st.just("join"), whose, whose),
    st.tuples(st.just("together"), st.lists(whose, min_size=2, max_size=4, unique=True), st.integers(0, PEOPLE + 1)),
    st.tuples(st.just("set aside"), whose, st.booleans()),
    st.tuples(st.just("edit"), st.integers(0, PEOPLE + 1), st.sampled_from(EDITED), st.sampled_from(("", "x", "y"))),
    st.tuples(st.just("undo"), st.integers(0, 20)),
)


class Desk:
    """A few records, people and calls that have much to do with each other, and somebody who decides about them."""

    def __init__(self, integration: Any, reviewer: Any) -> None:
        self.reviewer = reviewer
        location = integration.location_id
        pulled, file = a_batch(integration), a_batch(integration, source="csv", source_digest="d", source_name="list")
        of_dana = {"contact_first_name": "Dana", "contact_last_name": "Reyes", "contact_email": "dana@reyes.example"}
        ban = {"id": "banned", "dndSettings": {"Call": {"status": "active"}}}
        self.records = [
            a_record(pulled, **of_dana, contact_phone="+12025550143", contact_title="Partner", tags=["ip", "tx"]),
            a_record(pulled, **of_dana, contact_phone="+12025550144", tags=["ip", "la"], raw_data=ban),
            a_record(pulled, contact_title="Counsel", contact_phone="+12025550143", firm_name=""),
            a_record(pulled, contact_email="", contact_title="Associate"),
            a_record(
                file, ghl_contact_id="", raw_data={"Source": "Fair", "Notes": "met"}, contact_phone="+12025550144"
            ),
            a_record(file, ghl_contact_id="", raw_data={}, tags=["fair"]),
        ]
        self.people = [
            SalesProspect.objects.create(contact_last_name="Known", tags="old; ip"),
            SalesProspect.objects.create(
                contact_first_name="Dana", contact_last_name="Reyes", contact_phone="+12025550100", tags=["tx", "tx"]
            ),
            SalesProspect.objects.create(
                contact_last_name="Linked", contact_title="Chair", ghl_contact_id="own", ghl_location_id=location,
                ghl_values={"contact_title": "Chair"}, do_not_call=True,
            ),
        ]  # fmt: skip
        a_candidate(self.records[2], self.records[3])
        a_candidate(self.records[3], self.records[2])
        for record in self.records[:2]:
            a_call(record)
        self._calls_that_came_in(integration)
        for record in StagedRecord.objects.select_related("batch__integration"):
            note_newcomers(record)

    def _calls_that_came_in(self, integration: Any) -> None:
        met = a_call(self.records[0])  # known from a delivery too, with less
        about = {"integration": integration, "direction": "outbound"}
        contacts = [record.ghl_contact_id for record in self.records]
        SalesCall.objects.create(external_call_id=met.external_call_id, ghl_contact_id=contacts[0], **about)
        SalesCall.objects.create(
            external_call_id="of-two", ghl_contact_id=contacts[2], call_status="no-answer", **about
        )
        SalesCall.objects.create(external_call_id="by-phone", to_number="+12025550144", **about)
        SalesCall.objects.create(external_call_id="of-linked", ghl_contact_id="own", prospect=self.people[2], **about)
        of_dana = a_call(self.records[1])  # taken for somebody else's by its number
        SalesCall.objects.create(external_call_id=of_dana.external_call_id, prospect=self.people[1], **about)
        SalesProspect.objects.filter(pk__in=[self.people[1].pk, self.people[2].pk]).update(dial_attempts=1)

    def do(self, step: tuple[Any, ...], entered: dict[tuple[Any, str], str]) -> None:
        kind, *about = step
        if kind == "edit":
            self._edit(*about, entered)
        elif kind == "undo":
            if decisions := list(standing().order_by("decided_at")):
                undo.undo(decisions[about[0] % len(decisions)].pk, self.reviewer, remove_person=True)
        else:
            with suppress(review.DecisionRefusedError):
                if kind == "together":
                    self._together(*about)
                else:
                    self._decide(kind, *about)

    def _together(self, numbers: list[int], whom: int) -> None:
        """As one new person, or merged into one of those who were there first; the first of the records leads."""
        ids = [self.records[number].pk for number in numbers]
        known = self.people[whom].pk if whom < PEOPLE else None
        shown = [person.pk for person in self.people]
        decide_together(Chosen(ids, ids[0], known, shown), self.reviewer)

    def _decide(self, kind: str, number: int, *about: Any) -> None:
        record = self.records[number]
        if kind == "approve":
            review.approve_as_new(record.pk, self.reviewer)
        elif kind == "set aside":
            (review.skip if about[0] else review.reject)(record.pk, self.reviewer)
        elif kind == "join":
            review.merge(record.pk, self.reviewer, kind="staged", candidate_id=self.records[about[0]].pk)
        else:
            if person := self._person(about[0]):
                review.merge(record.pk, self.reviewer, kind="prospect", candidate_id=person.pk, choices=about[1])

    def _edit(self, number: int, column: str, value: str, entered: dict[tuple[Any, str], str]) -> None:
        person = self._person(number)
        if person is None or getattr(person, column) == value:
            return
        setattr(person, column, value)
        person.save(update_fields=[column, "updated_at"])
        entered[person.pk, column] = value

    def _person(self, number: int) -> SalesProspect | None:
        """One of those who were there first, or else of those who were made."""
        if number < PEOPLE:
            return SalesProspect.objects.get(pk=self.people[number].pk)
        made = SalesProspect.objects.exclude(pk__in=[person.pk for person in self.people]).order_by("created_at")
        return made[(number - PEOPLE) % len(made)] if made else None

    def undo_all(self, chosen: Callable[[int], int]) -> None:
        while ids := list(standing().order_by("decided_at").values_list("pk", flat=True)):
            undo.undo(ids[chosen(len(ids))], self.reviewer, remove_person=True)


def tables() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table that a decision touches, and which keys people are found by."""
    side = Side.of(ImportBatch.objects.select_related("integration").filter(source="ghl")[0])
    lookup.refresh(side.name, side.people, identity_of_person, lambda: None)
    found = {
        model._meta.db_table: [
            {name: value for name, value in row.items() if name not in NEVER_COMPARED}
            for row in model._default_manager.order_by("pk").values()
        ]
        for model in TABLES
    }
    keys = LookupKey.objects.order_by("person_id", "scope", "value").values("person_id", "scope", "value")
    return {**found, "keys": list(keys)}


@pytest.mark.slow
def test_after_undoing_all_in_any_order_the_tables_are_as_at_the_start(integration, reviewer):
    desk = Desk(integration, reviewer)
    start = tables()

    @settings(max_examples=SEQUENCES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(steps, min_size=1, max_size=6), st.data())
    def sequence(todo: list[tuple[Any, ...]], data: Any) -> None:
        entered: dict[tuple[Any, str], str] = {}
        with transaction.atomic():
            for step in todo:
                desk.do(step, entered)
            desk.undo_all(lambda count: data.draw(st.integers(0, count - 1)))
            end = tables()
            transaction.set_rollback(True)
        people = [row | {name: entered.get((row["id"], name), row[name]) for name in EDITED} for row in start_people]
        for row in (*people, *end["sales_prospects"]):
            del row["phone_key"]  # follows the phone
        assert end | {"keys": None} == {**start, "sales_prospects": people, "keys": None}
        if not entered:
            assert end["keys"] == start["keys"]

    start_people = start["sales_prospects"]
    sequence()
