"""Groups through the API: shown with what links them, decided together, refused where something is amiss."""

from typing import Any

import pytest

from imports.deciding import review
from imports.models import StagedRecord
from imports.tests.group_cast import DANA, are_alike, records_of_dana
from imports.tests.review_cast import REASONS, a_candidate, a_record
from integrations.tests.api_cast import Program, staff
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Reviewer")


def together(program: Program, record: StagedRecord, **body: Any) -> Any:
    return program.post(f"staged-records/{record.pk}/decide-together/", **body)


def test_a_group_is_shown_with_what_links_it_and_who_is_left_out(program, batch):
    known = SalesProspect.objects.create(**DANA)
    first, second = records_of_dana(batch, 2)
    a_candidate(first, known), a_candidate(second, known)
    stranger = a_record(batch, contact_first_name="Boris", contact_last_name="Pratt")
    are_alike(first, stranger)
    shown = program.get(f"staged-records/{first.pk}/group/").json()
    assert shown["records"] == [str(second.pk), str(first.pk)]
    assert (shown["person"]["id"], shown["leading"]) == (str(known.pk), str(known.pk))
    assert {frozenset(link["members"]) for link in shown["links"]} == {
        frozenset(map(str, pair)) for pair in ((first.pk, second.pk), (first.pk, known.pk), (second.pk, known.pk))
    }
    assert shown["links"][0]["reasons"] == REASONS
    assert [(one["kind"], one["id"]) for one in shown["left_out"]] == [("staged", str(stranger.pk))]
    nobody = program.get(f"staged-records/{a_record(batch).pk}/group/").json()
    assert nobody == {"person": None, "records": [], "leading": None, "links": [], "left_out": []}


def test_a_group_is_decided_together_and_undone_by_one_decision(program, batch):
    first, second, third = records_of_dana(batch)
    answer = together(program, first, records=[str(second.pk), str(third.pk)], leading=str(third.pk))
    assert answer.status_code == 200, answer.content
    done = answer.json()
    assert (done["record"]["id"], done["also_decided"]) == (str(third.pk), [str(second.pk)])
    assert done["person"]["id"] == str(SalesProspect.objects.get().pk)
    undone = program.post(f"decisions/{done['record']['decision_id']}/undo/").json()
    assert set(undone["records"]) == {str(second.pk), str(third.pk)}
    assert not SalesProspect.objects.exists()


def test_what_is_not_in_the_group_or_was_decided_is_refused(program, batch):
    first, second, third, fourth = records_of_dana(batch, 4)
    stranger, kim = a_record(batch), SalesProspect.objects.create(contact_last_name="Kim")
    records = [str(first.pk), str(second.pk)]
    answer = together(program, first, records=[*records, str(stranger.pk)], leading=records[0])
    assert (answer.status_code, "Not in the record’s group" in answer.content.decode()) == (400, True)
    assert together(program, first, records=records, leading=records[0], person=str(kim.pk)).status_code == 400
    assert together(program, first, records=records, leading=str(third.pk)).status_code == 409
    review.reject(third.pk, staff(username="rolf"))
    answer = together(program, first, records=[*records, str(third.pk)], leading=records[0])
    assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert SalesProspect.objects.count() == 1
    assert fourth.is_waiting
