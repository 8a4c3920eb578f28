"""Learning from reviewers' decisions: which count, what is stored, the switch, and what goes by it then."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from imports.admin.weighing import weighing
from imports.deciding import review
from imports.deciding.telling_apart import take_back, tell_apart
from imports.deciding.together import Chosen, decide_together
from imports.duplicates.bands import bits_of, score_of
from imports.duplicates.scoring import TAUGHT
from imports.matching import learning
from imports.matching.detection import detect
from imports.matching.recheck import note_newcomers
from imports.matching.thresholds import calibration_now, standard_now
from imports.models import BulkRun, FittedCalibration, ReviewDecision
from imports.tests.apart_cast import FATHER, SON, pulled
from imports.tests.learning_cast import switched_on
from imports.tests.review_cast import a_candidate, a_record, many_records
from imports.undoing.undo import undo
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db
PAGE = reverse("admin:imports_fittedcalibration_changelist")


@pytest.fixture
def pair(batch: Any) -> tuple[Any, Any]:
    """A waiting record and its candidate."""
    record, known = a_record(batch), SalesProspect.objects.create(contact_last_name="Known")
    a_candidate(record, known, score=0.9)
    return record, known


def taught() -> list[tuple[bool, str]]:
    return [(one.past.same, one.source) for one in learning.decisions_that_teach()]


def many_decisions(batch: Any, reviewer: Any, *, merged: int, apart: int, bits: float = 3.0) -> None:
    """Reviewers turned down all that shared a phone, and merged all that shared an e-mail."""
    now = timezone.now()
    rows = [("merge", "email-same")] * merged + [("new", "phone-same")] * apart
    person = SalesProspect.objects.create(contact_last_name="Known")
    decided = {"status": "imported", "reviewed_by": reviewer, "reviewed_at": now}
    records = many_records(batch, merged, decision="merge", **decided)
    records += many_records(batch, apart, decision="new", **decided)
    ReviewDecision.objects.bulk_create(
        ReviewDecision(
            staged_record=record, decision=decision, reviewer=reviewer, decided_at=now, status_before="matched",
            candidate_kind="prospect", candidate_id=person.pk, score=score_of(bits), band="possible",
            reasons=[{"code": code, "words": code, "weight": 9.0}], person_kind="salesprospect", person_id=person.pk,
            step=number,
        )
        for number, (record, (decision, code)) in enumerate(zip(records, rows, strict=True), start=1)
    )  # fmt: skip


# ---------------------------------------------------------------- which decisions count


def test_a_merge_is_one_person_and_an_approval_as_new_is_two(batch, pair, reviewer):
    record, known = pair
    other = a_record(batch)
    a_candidate(other, known, score=0.9)
    review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk)
    review.approve_as_new(other.pk, reviewer)
    assert taught() == [(True, "decision"), (False, "decision")]


def test_a_pair_that_was_told_apart_is_two(pair, reviewer):
    record, known = pair
    told = tell_apart(record.pk, reviewer, kind="prospect", candidate_id=known.pk)
    assert taught() == [(False, "told_apart")]
    take_back(told.pk, reviewer)
    assert taught() == []


def test_undone_decisions_do_not_count(pair, reviewer):
    record, known = pair
    decided = review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk)
    undo(decided.decision.pk, reviewer)
    assert taught() == []


def test_what_was_decided_many_at_once_does_not_count_since_nobody_looked(pair, reviewer):
    record, known = pair
    run = BulkRun.objects.create(decision="merge", started_by=reviewer)
    review.merge(record.pk, reviewer, kind="prospect", candidate_id=known.pk, bulk_run=run)
    assert taught() == []


def test_skipping_and_rejecting_say_nothing_about_a_pair(batch, pair, reviewer):
    review.skip(pair[0].pk, reviewer)
    other = a_record(batch)
    a_candidate(other, pair[1], score=0.9)
    review.reject(other.pk, reviewer)
    assert taught() == []


def test_a_record_without_a_candidate_says_nothing(batch, reviewer):
    review.approve_as_new(a_record(batch).pk, reviewer)
    assert taught() == []


def test_approving_a_record_as_new_says_nothing_of_its_twin_in_the_batch(batch, reviewer):
    _, later = (a_record(batch, **SON) for _ in range(2))
    detect(batch)
    review.approve_as_new(later.pk, reviewer)
    assert ReviewDecision.objects.get().score is not None
    assert taught() == []


def test_of_two_twins_only_the_merge_counts_not_the_approval_along_with_it(batch, reviewer):
    record, twin = a_record(batch), a_record(batch)
    a_candidate(record, twin)
    a_candidate(twin, SalesProspect.objects.create(contact_last_name="Somebody"), band="possible", score=0.4)
    review.merge(record.pk, reviewer, kind="staged", candidate_id=twin.pk)
    assert taught() == [(True, "decision")]


def test_who_was_made_of_several_records_at_once_says_nothing_of_the_one_they_resembled(batch, pair, reviewer):
    record, known = pair
    other = a_record(batch)
    a_candidate(other, record, band="likely", score=0.95)
    chosen = Chosen({record.pk, other.pk}, leading=record.pk, shown={known.pk})
    decide_together(chosen, reviewer)
    assert ReviewDecision.objects.count() == 2
    assert taught() == []


def test_one_ghl_contact_was_no_question():
    reasons = [{"code": "ghl-same", "weight": 40}, {"code": "given-different", "weight": -7}]
    assert learning.past_of(0.99, reasons, same=True) is None


def test_what_was_taught_at_the_time_is_taken_off_again():
    reasons = [{"code": "phone-same", "weight": 5.0}, {"code": TAUGHT, "weight": -1.5}]
    past = learning.past_of(score_of(2.0), reasons, same=True)
    assert (past.bits, past.codes) == (pytest.approx(3.5), ("phone-same",))


# ---------------------------------------------------------------- learning and the switch


def test_too_few_decisions_teach_nothing_and_the_reason_says_how_many_it_takes(batch, reviewer):
    many_decisions(batch, reviewer, merged=20, apart=3)
    with pytest.raises(learning.NothingToLearnError, match="200 decisions .* There are 23: 20 and 3"):
        learning.learn(reviewer)
    assert not FittedCalibration.objects.exists()


@pytest.fixture
def learnt(batch: Any, reviewer: Any) -> FittedCalibration:
    many_decisions(batch, reviewer, merged=150, apart=60)
    return learning.learn(reviewer)


def test_what_was_learnt_is_kept_with_its_effect_and_is_off(learnt, batch, reviewer):
    assert (learnt.decisions, learnt.same, learnt.different, learnt.fitted_by) == (210, 150, 60, reviewer)
    assert learnt.parameters["adjustments"]["phone-same"] < -1
    assert learnt.effect["log_loss_after"] < learnt.effect["log_loss_before"]
    assert learnt.effect["moved"] == sum(count for *_, count in learnt.effect["moves"]) > 0
    assert len(learnt.effect["examples"]) == learning.EXAMPLES_KEPT
    assert learnt.helps
    assert calibration_now() is None


def test_switched_on_it_is_what_pairs_are_judged_by_and_off_again_it_is_not(learnt, reviewer, admin_user):
    learning.switch_on(learnt.pk, admin_user)
    learnt.refresh_from_db()
    assert (learnt.switched_on_by, calibration_now().adjustments) == (admin_user, learnt.parameters["adjustments"])
    assert learning.switch_off(reviewer)
    learnt.refresh_from_db()
    assert (calibration_now(), learnt.switched_off_by) == (None, reviewer)
    assert not learning.switch_off(reviewer)


def test_learning_again_changes_nothing_until_it_is_switched_on_in_place_of_the_other(learnt, reviewer):
    learning.switch_on(learnt.pk, reviewer)
    again = learning.learn(reviewer)
    assert FittedCalibration.objects.get(is_on=True) == learnt
    learning.switch_on(again.pk, reviewer)
    assert FittedCalibration.objects.get(is_on=True) == again
    learning.switch_on(learnt.pk, reviewer)
    assert FittedCalibration.objects.get(is_on=True) == learnt


def test_what_does_not_help_cannot_be_switched_on_and_what_was_on_stays_on(learnt, reviewer):
    learning.switch_on(learnt.pk, reviewer)
    useless = learning.learn(reviewer)
    FittedCalibration.objects.filter(pk=useless.pk).update(helps=False)
    with pytest.raises(learning.DoesNotHelpError):
        learning.switch_on(useless.pk, reviewer)
    assert FittedCalibration.objects.get(is_on=True) == learnt


def test_the_database_keeps_at_most_one_on_and_none_that_does_not_help(learnt, reviewer):
    now = timezone.now()
    with pytest.raises(IntegrityError), transaction.atomic():
        FittedCalibration.objects.filter(pk=learnt.pk).update(is_on=True, switched_on_at=now, helps=False)
    other = learning.learn(reviewer)
    learning.switch_on(learnt.pk, reviewer)
    with pytest.raises(IntegrityError), transaction.atomic():
        FittedCalibration.objects.filter(pk=other.pk).update(is_on=True, switched_on_at=now)


# ---------------------------------------------------------------- what goes by it


def test_a_detection_goes_by_it_and_the_weights_still_add_up(integration):
    SalesProspect.objects.create(**FATHER)
    own = pulled(integration).candidates.get()
    switched_on(offset=-1.0)
    candidate = pulled(integration).candidates.get()
    assert bits_of(candidate.score) == pytest.approx(bits_of(own.score) - 1, abs=0.1)
    assert candidate.reasons[-1] == {"code": TAUGHT, "words": "What reviewers’ decisions taught", "weight": -1.0}
    shown = weighing(candidate.reasons, candidate.score)
    steps = [shown.begun, *(reason for group in shown.groups.values() for reason in group), shown.taught]
    assert shown.sum.weight == pytest.approx(sum(step.weight for step in steps))
    assert shown.taught.weight == -1.0


def test_comparing_a_batch_again_after_the_switch_changes_what_it_shows_and_back(integration, reviewer):
    SalesProspect.objects.create(**FATHER)
    record = pulled(integration)
    before = record.match_score
    row = switched_on(offset=-1.0)
    detect(record.batch)
    record.refresh_from_db()
    assert record.match_score < before
    learning.switch_off(reviewer)
    row.refresh_from_db()
    detect(record.batch)
    record.refresh_from_db()
    assert record.match_score == pytest.approx(before, abs=0.006)
    assert TAUGHT not in record.match_reason_codes


def test_a_second_look_goes_by_it(integration):
    record = pulled(integration)
    newcomer = SalesProspect.objects.create(**SON)
    switched_on(offset=-1.0)
    assert note_newcomers(record) == [newcomer]
    assert record.candidates.get().reasons[-1]["code"] == TAUGHT


def test_nothing_is_asked_of_it_while_it_is_off(integration):
    SalesProspect.objects.create(**FATHER)
    switched_on(offset=-1.0)
    FittedCalibration.objects.update(is_on=False)
    assert standard_now().calibration is None
    assert TAUGHT not in {reason["code"] for reason in pulled(integration).candidates.get().reasons}


# ---------------------------------------------------------------- pages


def test_the_page_says_what_is_missing(client, admin_user, batch, reviewer):
    many_decisions(batch, reviewer, merged=20, apart=3)
    client.force_login(admin_user)
    html = client.get(PAGE).content.decode()
    assert "Not enough to learn from yet" in html
    assert "There are 23: 20 and 3." in html
    assert reverse("admin:imports_fittedcalibration_learn") not in html


def test_an_administrator_learns_sees_the_effect_switches_on_and_goes_back(client, admin_user, batch, reviewer):
    many_decisions(batch, reviewer, merged=150, apart=60)
    client.force_login(admin_user)
    html = client.post(reverse("admin:imports_fittedcalibration_learn"), follow=True).content.decode()
    for words in ("Learnt from 210 decisions", "Same phone", "Counts less for one person", "log loss", "(better)"):
        assert words in html
    assert "Off." in html
    row = FittedCalibration.objects.get()
    html = client.post(reverse("admin:imports_fittedcalibration_on", args=[row.pk]), follow=True).content.decode()
    assert "switched on by admin" in html
    assert "Switched off" in client.post(reverse("admin:imports_fittedcalibration_off"), follow=True).content.decode()
    assert calibration_now() is None


def test_the_review_page_shows_what_was_taught_as_one_more_step(client, reviewer, integration):
    SalesProspect.objects.create(**FATHER)
    switched_on(offset=-1.0)
    record = pulled(integration)
    client.force_login(reviewer)
    html = client.get(reverse("admin:imports_stagedrecord_change", args=[record.pk])).content.decode()
    assert "What reviewers’ decisions taught" in html
    assert "−1.0" in html


@pytest.mark.parametrize("role", ["Reviewer", "Operator"])
def test_only_administrators_see_and_switch(client, role, reviewer, learnt):
    from django.contrib.auth.models import Group

    reviewer.groups.set([Group.objects.get(name=role)])
    client.force_login(reviewer)
    assert client.get(PAGE).status_code == 403
    for name, of in (("learn", []), ("off", []), ("on", [learnt.pk])):
        assert client.post(reverse(f"admin:imports_fittedcalibration_{name}", args=of)).status_code == 403
    assert calibration_now() is None


def test_a_switch_is_posted_never_got(client, admin_user, learnt):
    client.force_login(admin_user)
    assert client.get(reverse("admin:imports_fittedcalibration_on", args=[learnt.pk])).status_code == 405
    assert calibration_now() is None
