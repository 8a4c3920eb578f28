"""A pair that a reviewer said is two people stays apart, pull after pull, until what was compared changes."""

from typing import Any

import pytest

from imports.deciding import review
from imports.duplicates import find_pairs
from imports.matching import batch_records
from imports.matching.detection import detect
from imports.matching.identities import identity_of_person, identity_of_record
from imports.models import ImportBatch, MatchCandidate, NotDuplicate
from imports.tests.apart_cast import FATHER, SON, candidates, pulled
from imports.tests.review_cast import a_batch, a_record
from imports.undoing.undo import undo
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


def test_whom_a_record_was_shown_with_is_not_shown_again(integration, reviewer, father):
    first = pulled(integration)
    assert candidates(first) == {father.pk}
    son = review.approve_as_new(first.pk, reviewer).person
    again = pulled(integration, contact_title="Partner")  # a new title is no reason to ask again
    assert candidates(again) == {son.pk}
    assert again.matched_prospect == son


@pytest.mark.parametrize(
    "change", [{"contact_email": "robert@kellers.example"}, {"contact_phone": "+14155550177"}, {"firm_name": "Quartz"}]
)
def test_the_question_is_opened_again_when_the_record_says_something_else(integration, reviewer, father, change):
    review.approve_as_new(pulled(integration).pk, reviewer)
    assert father.pk in candidates(pulled(integration, **change))


def test_the_question_is_opened_again_when_the_other_person_changes(integration, reviewer, father):
    review.approve_as_new(pulled(integration).pk, reviewer)
    father.contact_email = SON["contact_email"]
    father.save()
    assert father.pk in candidates(pulled(integration))


def test_the_other_one_of_the_pair_is_known_again_too(integration, reviewer, father):
    father.ghl_contact_id, father.ghl_location_id = "fatherInGHL", integration.location_id
    father.save()
    son = review.approve_as_new(pulled(integration).pk, reviewer).person
    his_father = pulled(integration, ghl_contact_id="fatherInGHL", **FATHER)
    assert candidates(his_father) == {father.pk}
    assert son is not None


def test_a_row_of_a_file_is_known_again_by_what_it_says(integration, reviewer, father):
    row = {"source": "csv", "ghl_contact_id": ""}
    son = review.approve_as_new(pulled(integration, **row, raw_data={}).pk, reviewer).person
    again = pulled(integration, **row, raw_data={"Company": "Marlow & Finch LLP"})
    assert candidates(again) == {son.pk}


def test_an_undone_decision_is_forgotten(integration, reviewer, father):
    decided = review.approve_as_new(pulled(integration).pk, reviewer)
    undo(decided.decision.pk, reviewer)
    assert candidates(pulled(integration)) == {father.pk}


def test_a_second_look_does_not_ask_again_either(integration, reviewer, father):
    review.approve_as_new(pulled(integration).pk, reviewer)
    SalesProspect.objects.exclude(pk=father.pk).delete()
    again = pulled(integration)
    assert candidates(again) == set()
    assert review.approve_as_new(again.pk, reviewer).person


def test_the_first_of_two_twins_says_nothing_of_the_second(integration, reviewer):
    batch = a_batch(integration)
    first, second = (a_record(batch, **SON) for _ in range(2))
    detect(batch)
    made = review.approve_as_new(first.pk, reviewer).person
    detect(batch)
    assert candidates(second) == {made.pk}
    assert not NotDuplicate.objects.exists()


def test_a_twin_who_is_in_the_portal_by_now_is_meant(integration, reviewer):
    batch = a_batch(integration)
    first, second = (a_record(batch, **SON) for _ in range(2))
    detect(batch)
    made = review.approve_as_new(first.pk, reviewer).person
    review.approve_as_new(second.pk, reviewer)
    assert f"person:{made.pk}" in NotDuplicate.objects.values_list("other", flat=True)


# ---------------------------------------------------------------- looking again at a batch


def rows(batch: ImportBatch) -> Any:
    return {row.pk: row for row in MatchCandidate.objects.filter(staged_record__batch=batch)}


def compared(integration: Any) -> ImportBatch:
    batch = a_batch(integration)
    a_record(batch, **SON)
    a_record(batch, **SON)
    a_record(batch, contact_first_name="Thora", contact_last_name="Voss")
    detect(batch)
    return batch


def test_a_second_detection_writes_nothing_that_is_not_news(integration, father):
    batch = compared(integration)
    before, records = rows(batch), list(batch.records.values_list("pk", "updated_at"))
    assert len(before) == 4  # each of two with the father and with the other one
    detect(batch)
    assert {pk: row.updated_at for pk, row in rows(batch).items()} == {pk: r.updated_at for pk, r in before.items()}
    assert list(batch.records.values_list("pk", "updated_at")) == records


def test_a_second_detection_takes_what_no_longer_holds_away(integration, father):
    batch = compared(integration)
    father.delete()
    detect(batch)
    assert {row.candidate_kind for row in rows(batch).values()} == {"staged"}
    assert not batch.records.filter(status="matched").exists()


def test_a_second_detection_writes_what_has_changed(integration, father):
    batch = compared(integration)
    scores = {row.score for row in rows(batch).values() if row.candidate_id == father.pk}
    father.contact_email = SON["contact_email"]
    father.save()
    detect(batch)
    now = [row for row in rows(batch).values() if row.candidate_id == father.pk]
    assert {row.score for row in now}.isdisjoint(scores)
    assert {record.match_score for record in batch.records.filter(matched_prospect=father)} == {now[0].score}


def test_a_second_detection_leaves_decided_records_their_candidates(integration, father, reviewer):
    batch = compared(integration)
    decided = batch.records.order_by("position")[0]
    review.merge(decided.pk, reviewer, kind="prospect", candidate_id=father.pk)
    before = candidates(decided)
    detect(batch)
    assert candidates(decided) == before


@pytest.mark.parametrize("kept", [0, 2, 1000])
def test_the_database_finds_what_the_engine_finds_in_memory(integration, father, monkeypatch, kept):
    monkeypatch.setattr(batch_records, "KEPT_AHEAD", kept)
    monkeypatch.setattr(batch_records, "KEPT_BEHIND", kept)
    people = [SalesProspect.objects.create(contact_first_name="Bo", contact_last_name=f"Ax{n}") for n in range(3)]
    batch = compared(integration)
    a_record(batch, contact_first_name="Ax1", contact_last_name="Bo", contact_phone="+12125550143")
    detect(batch)
    records = [(str(record.pk), identity_of_record(record)) for record in batch.records.order_by("position")]
    known = [(str(person.pk), identity_of_person(person)) for person in (father, *people)]
    in_memory = {frozenset((a, b)): match.score for a, b, match in find_pairs(records, known)}
    found = {frozenset((str(r.staged_record_id), str(r.candidate_id))): r.score for r in rows(batch).values()}
    assert found.keys() == in_memory.keys()
    assert [found[pair] for pair in found] == pytest.approx([in_memory[pair] for pair in found])
