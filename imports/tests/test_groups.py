"""Which records are proposed as one person: linked by good candidates, with a guard against chains."""

from typing import Any

import pytest

from imports.deciding import review
from imports.deciding.groups import group_of
from imports.duplicates import groups_of
from imports.duplicates.bands import bits_of, score_of
from imports.duplicates.grouping import speaks_against
from imports.matching.detection import detect
from imports.matching.identities import identity_of_record
from imports.matching.thresholds import set_bands, usable_bands
from imports.models import Thresholds
from imports.tests.group_cast import DANA, are_alike, records_of_dana
from imports.tests.learning_cast import switched_on
from imports.tests.review_cast import a_batch, a_candidate, a_client_location, a_record
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def known(db: Any) -> SalesProspect:
    return SalesProspect.objects.create(**DANA)


def members(record: Any) -> set[Any] | None:
    record.refresh_from_db()
    group = group_of(record, lambda: None)
    return {one.pk for one in group.members} if group else None


def ids(*rows: Any) -> set[Any]:
    return {row.pk for row in rows}


def test_three_records_of_one_person_are_a_group_whichever_of_them_is_asked_about(batch):
    records = records_of_dana(batch)
    assert [members(record) for record in records] == [ids(*records)] * 3


def test_two_records_are_no_group_but_two_with_a_known_person_are(batch, known):
    records = records_of_dana(batch, 2)
    assert members(records[0]) is None
    for record in records:
        a_candidate(record, known)
    assert members(records[0]) == ids(*records, known)


def test_records_of_several_batches_are_one_group_by_the_person_they_resemble(batch, known):
    records = [a_record(one, **DANA) for one in (batch, a_batch(batch.integration), a_batch(batch.integration))]
    for record in records:
        a_candidate(record, known)
    assert members(records[0]) == ids(*records, known)
    boris = {"contact_first_name": "Boris", "contact_last_name": "Pratt", "firm_name": ""}
    other = a_record(a_batch(batch.integration), **boris)
    a_candidate(other, known)
    assert members(records[0]) == ids(*records, known), "whoever says otherwise is not taken along by the person"
    other.candidates.update(score=0.999)
    group = group_of(records[0], lambda: None)
    assert group is not None
    assert {one.pk for one in group.members} == ids(*records)
    assert [(one.who, one.why) for one in group.left_out] == [(known, "More like Boris Pratt.")]


def test_a_record_whose_twin_is_imported_belongs_to_whom_that_became(batch, reviewer):
    first, *others = records_of_dana(batch)
    person = review.approve_as_new(first.pk, reviewer).person
    assert members(others[0]) == ids(*others, person)


def test_whom_the_portal_has_as_the_very_ghl_contact_belongs_without_any_comparison(batch):
    records = records_of_dana(batch)
    known = SalesProspect.objects.create(
        contact_last_name="Reyes", ghl_contact_id=records[1].ghl_contact_id,
        ghl_location_id=batch.integration.location_id,
    )  # fmt: skip
    assert members(records[0]) == ids(*records, known)
    group = group_of(records[0], lambda: None)
    assert group is not None
    assert group.links_of(known)[0][1].reasons[0]["words"] == "The portal knew this GHL contact as this person"


def test_possible_candidates_decided_records_and_other_locations_are_left_alone(batch, known, reviewer):
    first, second, third, fourth = records_of_dana(batch, 2) + [a_record(batch, **DANA) for _ in range(2)]
    are_alike(first, third, "possible", 0.6)
    are_alike(first, fourth)
    review.skip(fourth.pk, reviewer)
    elsewhere = a_record(a_batch(a_client_location()), **DANA)
    a_candidate(elsewhere, known)
    assert members(first) is None
    a_candidate(first, known), a_candidate(second, known)
    assert members(first) == ids(first, second, known)


def test_two_people_of_the_portal_are_never_in_one_group_and_the_second_is_told_of(batch, known):
    second = SalesProspect.objects.create(**{**DANA, "contact_title": "Counsel"})
    records = records_of_dana(batch, 2)
    for record in records:
        a_candidate(record, known, score=0.999)
        a_candidate(record, second, score=0.99)
    group = group_of(records[0], lambda: None)
    assert group is not None
    assert group.person == known
    assert [(one.who, "The portal has both of them" in one.why) for one in group.left_out] == [(second, True)]


def test_what_the_detection_finds_of_one_person_is_a_group_and_of_a_colleague_is_not(batch):
    firm = {"firm_name": "Reyes & Pratt LLP", "contact_phone": "+12125550143"}
    records = [
        a_record(batch, **{**DANA, **firm, "contact_title": "Partner"}),
        a_record(batch, **{**DANA, **firm, "contact_email": "dana.reyes@reyes.example"}),
        a_record(batch, **{**DANA, "contact_phone": ""}),
        a_record(batch, **{**DANA, **firm, "firm_name": ""}),
    ]
    colleague = a_record(
        batch, contact_first_name="Boris", contact_last_name="Pratt", contact_email="boris@reyes.example", **firm
    )
    detect(batch)
    assert [members(record) for record in records] == [ids(*records)] * 4
    assert members(colleague) is None


# ---------------------------------------------------------------- chains


def test_a_father_and_a_son_are_not_glued_together_by_a_record_that_resembles_both(batch):
    about = {"contact_last_name": "Keller", "firm_name": "Marlow", "contact_email": ""}
    son = a_record(batch, contact_first_name="Robert", contact_phone="+12125550143", **about)
    between = a_record(batch, contact_first_name="R.", contact_phone="+12125550143", **about)
    father = a_record(batch, contact_first_name="Albert", contact_phone="+12125550143", **about)
    twin = a_record(batch, contact_first_name="Robert", contact_phone="+12125550143", **about)
    are_alike(son, twin, score=0.999)
    are_alike(son, between, score=0.99)
    are_alike(between, twin, score=0.98)
    are_alike(between, father, score=0.97)
    assert members(between) == ids(son, between, twin)
    assert members(father) is None
    group = group_of(between, lambda: None)
    assert group is not None
    (left_out,) = group.left_out
    assert (left_out.who, left_out.resembles) == (father, [between])
    assert left_out.why == "What they say of themselves speaks against one person."


def test_a_chain_of_four_is_not_one_person(batch):
    one, two, three, four = (a_record(batch, **DANA) for _ in range(4))
    are_alike(one, two, score=0.999)
    are_alike(two, three, score=0.99)
    are_alike(three, four, score=0.98)
    assert members(one) == ids(one, two, three)
    group = group_of(three, lambda: None)
    assert group is not None
    assert [(one.who, one.why) for one in group.left_out] == [(four, "Only 1 of these 3 resemble this one.")]


def test_two_whom_a_reviewer_kept_apart_are_not_glued_together_by_a_third(batch, reviewer, known):
    second, third = a_record(batch, **DANA), a_record(batch, **DANA, contact_title="Clerk", ghl_contact_id="")
    are_alike(second, third)
    a_candidate(second, known)
    assert members(second) == ids(second, third, known)
    file = a_batch(batch.integration, source="csv", source_digest="d")
    same_row = a_record(file, **DANA, contact_title="Clerk", ghl_contact_id="")
    a_candidate(same_row, known)
    review.approve_as_new(same_row.pk, reviewer)  # “this row is not whom the portal has”
    assert members(second) is None


def test_two_records_that_merely_have_little_in_common_do_not_speak_against_each_other(batch):
    by_mail = a_record(batch, **DANA)
    by_phone = a_record(batch, **{**DANA, "contact_email": "", "contact_phone": "+12125550143"})
    somebody = a_record(batch)
    a, b, c = map(identity_of_record, (by_mail, by_phone, somebody))
    assert (speaks_against(a, b), speaks_against(a, c)) == (False, True)


def test_those_who_are_apart_never_share_a_group_however_many_resemble_both():
    scores = {"ab": 0.99, "bc": 0.98, "ad": 0.97, "cd": 0.96, "bd": 0.95}
    pairs = [(one, other, score, "likely") for (one, other), score in scores.items()]
    assert len(groups_of(pairs)[0].members) == 4
    for group in groups_of(pairs, {frozenset("ac")}):
        assert not {"a", "c"} <= set(group.members)


def test_a_crowd_of_lookalikes_is_looked_at_with_few_questions_and_cut_short(batch, django_assert_max_num_queries):
    records = records_of_dana(batch, 25)
    records[0].refresh_from_db()
    with django_assert_max_num_queries(10):
        group = group_of(records[0], lambda: None)
    assert group is not None
    assert len(group.members) <= 12
    assert any("At most 12 are decided together" in one.why for one in group.left_out)


# ---------------------------------------------------------------- how sure is sure


STRICT = {"possible": 0.5, "likely": 0.99999, "certain": 0.99999, "certain_if_even": 0.999999}


def compared(batch: Any) -> list[Any]:
    """Records of one person, as the detection finds them."""
    records = [a_record(batch, **DANA) for _ in range(3)]
    detect(batch)
    return records


def test_what_staff_call_likely_is_likely_enough_for_a_third_record_too(batch):
    one, two, three = (a_record(batch, **DANA) for _ in range(3))
    are_alike(one, two)
    are_alike(two, three, "likely", 0.3)
    assert members(one) == ids(one, two, three)


def test_a_group_stays_as_the_queue_shows_it_until_its_batch_is_compared_again(batch, admin_user):
    records = compared(batch)
    set_bands(usable_bands(**STRICT), admin_user)
    assert members(records[0]) == ids(*records)
    detect(batch)
    assert members(records[0]) is None
    Thresholds.objects.all().delete()
    assert members(records[0]) is None
    detect(batch)
    assert members(records[0]) == ids(*records)


def test_what_decisions_taught_changes_a_group_once_its_batch_is_compared_again(batch, admin_user):
    records = compared(batch)
    weakest = min(row.score for record in records for row in record.candidates.all())
    edge = score_of(bits_of(weakest) - 0.5)  # what was learnt takes a whole bit
    set_bands(usable_bands(possible=0.35, likely=edge, certain=max(edge, 0.98), certain_if_even=0.9999999), admin_user)
    detect(batch)
    assert members(records[0]) == ids(*records)
    switched_on(offset=-1.0)
    assert members(records[0]) == ids(*records)
    detect(batch)
    assert members(records[0]) is None


def test_records_compared_by_different_thresholds_are_each_taken_as_the_queue_shows_them(batch, known, admin_user):
    first, second = a_record(batch, **DANA), a_record(a_batch(batch.integration), **DANA)
    detect(first.batch)
    detect(second.batch)
    assert members(first) == ids(first, second, known)
    set_bands(usable_bands(**STRICT), admin_user)
    detect(second.batch)
    assert members(first) is members(second) is None
