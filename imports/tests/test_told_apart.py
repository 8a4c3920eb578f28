"""A reviewer says of one candidate of a waiting record that they are two people: remembered, and undone."""

import pytest
from django.urls import reverse

from imports.deciding import review
from imports.deciding.claims import AlreadyDecidedError, DecisionRefusedError
from imports.deciding.telling_apart import AlreadyToldError, take_back
from imports.matching.detection import detect
from imports.models import MatchCandidate, NotDuplicate, StagedRecord, ToldApart
from imports.tests.apart_cast import SON, apart, candidates, pulled
from imports.tests.review_cast import a_batch, a_record
from imports.undoing.undo import undo
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


def test_the_record_stays_and_the_candidate_goes(record, father, reviewer):
    apart(record, father, reviewer)
    record.refresh_from_db()
    assert record.is_waiting
    assert (record.status, record.matched_prospect, record.match_score, record.match_reasons) == (
        "pending", None, None, [],
    )  # fmt: skip
    assert candidates(record) == set()


def test_another_candidate_stays_and_is_the_best_now(integration, father, reviewer):
    double = SalesProspect.objects.create(**{**SON, "contact_email": ""})
    record = pulled(integration)
    best = record.matched_prospect
    apart(record, best, reviewer)
    record.refresh_from_db()
    (other,) = {father, double} - {best}
    assert (record.status, record.matched_prospect, candidates(record)) == ("matched", other, {other.pk})


def test_later_comparisons_and_pulls_keep_the_two_apart(integration, record, father, reviewer):
    apart(record, father, reviewer)
    detect(record.batch)
    assert candidates(record) == set()
    assert candidates(pulled(integration, contact_title="Partner")) == set()


def test_the_question_is_opened_again_when_what_was_compared_changes(integration, record, father, reviewer):
    apart(record, father, reviewer)
    assert candidates(pulled(integration, contact_email="robert@kellers.example")) == {father.pk}


def test_approving_as_new_afterwards_is_not_held_up_by_a_second_look(record, father, reviewer):
    apart(record, father, reviewer)
    assert review.approve_as_new(record.pk, reviewer).person != father


def test_an_undone_decision_does_not_bring_the_candidate_back(record, father, reviewer):
    apart(record, father, reviewer)
    undo(review.approve_as_new(record.pk, reviewer).decision.pk, reviewer)
    record.refresh_from_db()
    assert record.is_waiting
    assert candidates(record) == set()


def test_it_is_taken_back_and_the_candidate_is_there_as_it_was(integration, record, father, reviewer, admin_user):
    before = record.candidates.values("candidate_id", "score", "band", "reasons").get()
    told = apart(record, father, reviewer)
    take_back(told.pk, admin_user)
    record.refresh_from_db()
    assert record.candidates.values("candidate_id", "score", "band", "reasons").get() == before
    assert (record.status, record.matched_prospect) == ("matched", father)
    assert not record.told_apart.filter(undone_at=None).exists()
    assert candidates(pulled(integration)) == {father.pk}


def test_it_is_taken_back_once(record, father, reviewer, admin_user):
    told = apart(record, father, reviewer)
    take_back(told.pk, admin_user)
    with pytest.raises(AlreadyToldError, match="by admin"):
        take_back(told.pk, reviewer)
    assert record.candidates.count() == 1


def test_taking_it_back_after_the_record_was_decided_only_forgets(integration, record, father, reviewer):
    told = apart(record, father, reviewer)
    son = review.approve_as_new(record.pk, reviewer).person
    take_back(told.pk, reviewer)
    assert candidates(record) == set()
    assert candidates(pulled(integration)) == {father.pk, son.pk}


def test_it_can_be_said_again_after_it_was_taken_back(record, father, reviewer):
    take_back(apart(record, father, reviewer).pk, reviewer)
    apart(record, father, reviewer)
    assert candidates(record) == set()


def test_two_records_of_a_batch_are_told_apart_for_both(integration, reviewer):
    batch = a_batch(integration)
    first, second = (a_record(batch, **SON) for _ in range(2))
    detect(batch)
    told = apart(first, second, reviewer)
    second.refresh_from_db()
    assert not MatchCandidate.objects.exists()
    assert not second.is_in_batch_duplicate
    detect(batch)
    assert not MatchCandidate.objects.exists()
    take_back(told.pk, reviewer)
    second.refresh_from_db()
    assert candidates(first) == {second.pk}
    assert candidates(second) == {first.pk}
    assert second.is_in_batch_duplicate
    first.refresh_from_db()
    assert not first.is_in_batch_duplicate, "only the later one of two repeats the other"


def test_somebody_whom_a_twin_became_is_meant_too(integration, reviewer):
    batch = a_batch(integration)
    first, second = (a_record(batch, **SON) for _ in range(2))
    detect(batch)
    made = review.approve_as_new(first.pk, reviewer).person
    apart(second, first, reviewer)
    detect(batch)
    assert candidates(second) == set()
    assert f"person:{made.pk}" in NotDuplicate.objects.values_list("other", flat=True)


def test_one_ghl_contact_is_one_person(integration, father, reviewer):
    father.ghl_contact_id, father.ghl_location_id = "sonInGHL", integration.location_id
    father.save()
    record = pulled(integration)
    with pytest.raises(DecisionRefusedError, match="one contact for both"):
        apart(record, father, reviewer)
    assert candidates(record) == {father.pk}


def test_who_is_no_candidate_cannot_be_told_apart(record, reviewer):
    stranger = SalesProspect.objects.create(contact_last_name="Stranger")
    with pytest.raises(DecisionRefusedError, match="not shown side by side"):
        apart(record, stranger, reviewer)
    assert not ToldApart.objects.exists()


def test_a_decided_record_keeps_its_candidates(record, father, reviewer):
    review.skip(record.pk, reviewer)
    with pytest.raises(AlreadyDecidedError):
        apart(record, father, reviewer)
    assert candidates(record) == {father.pk}


# ---------------------------------------------------------------- pages


def page_of(record: StagedRecord) -> str:
    return reverse("admin:imports_stagedrecord_change", args=[record.pk])


def test_the_review_page_tells_a_pair_apart_and_stays_at_the_record(client, record, father, reviewer):
    client.force_login(reviewer)
    url = reverse("admin:imports_toldapart_tell_apart", args=[record.pk])
    assert url in client.get(page_of(record)).content.decode()
    answer = client.post(url, {"candidate": f"prospect:{father.pk}"}, follow=True)
    html = answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(page_of(record))
    assert "are two people: remembered" in html
    assert "Nobody like this is in the portal" in html


def test_it_is_undone_from_the_page_of_pairs(client, record, father, reviewer):
    told = apart(record, father, reviewer)
    client.force_login(reviewer)
    pairs = reverse("admin:imports_toldapart_changelist")
    url = reverse("admin:imports_toldapart_take_back", args=[told.pk])
    assert url in client.get(pairs).content.decode()
    assert "may be one person again" in client.post(url, follow=True).content.decode()
    assert url not in client.get(pairs).content.decode()
    assert "already" in client.post(url, follow=True).content.decode()


def test_its_own_address_leads_to_the_two_side_by_side(client, record, father, reviewer):
    told = apart(record, father, reviewer)
    client.force_login(reviewer)
    html = client.get(reverse("admin:imports_toldapart_change", args=[told.pk]), follow=True).content.decode()
    assert "A reviewer said that these are two people" in html
    assert "Told apart by reviewer" in html
    assert html.count(reverse("admin:imports_toldapart_take_back", args=[told.pk])) == 2, "here, and in the list below"


def test_only_reviewers_tell_apart_and_only_by_post(client, record, father, reviewer, django_user_model):
    from django.contrib.auth.models import Permission

    told = apart(record, father, reviewer)
    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(*Permission.objects.filter(codename__in=["view_toldapart", "view_stagedrecord"]))
    client.force_login(onlooker)
    back = reverse("admin:imports_toldapart_take_back", args=[told.pk])
    assert client.post(back).status_code == 403
    assert client.post(reverse("admin:imports_toldapart_tell_apart", args=[record.pk])).status_code == 403
    client.force_login(reviewer)
    assert client.get(back).status_code == 405
    assert record.told_apart.filter(undone_at=None).exists()


@pytest.mark.parametrize(
    "nonsense", ["", "prospect", "prospect:x", "x:y", "prospect:00000000-0000-0000-0000-000000000000"]
)
def test_nonsense_tells_nobody_apart_and_says_so(client, record, reviewer, nonsense):
    client.force_login(reviewer)
    url = reverse("admin:imports_toldapart_tell_apart", args=[record.pk])
    assert "nothing to tell apart" in client.post(url, {"candidate": nonsense}, follow=True).content.decode()
    assert not ToldApart.objects.exists()
