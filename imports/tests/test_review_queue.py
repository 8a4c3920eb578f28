"""The review queue: found, filtered and cleared in bulk, with as many questions to the database however long it is."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from imports.bulk import bulk_review
from imports.deciding import review
from imports.models import StagedRecord
from imports.tests.review_cast import a_batch, a_call, a_candidate, a_client_location, a_record, an_error
from prospects.models import SalesProspect

QUEUE = reverse("admin:imports_stagedrecord_changelist")
DECIDE_MANY = reverse("admin:imports_stagedrecord_decide_many")


def listed(page: Client, **filters: Any) -> set[Any]:
    return {record.pk for record in page.get(QUEUE, filters).context["cl"].result_list}


def ask(page: Client, action: str, *records: StagedRecord, **values: Any) -> str:
    """The page between choosing an action and its being done."""
    chosen = {"action": action, "_selected_action": [record.pk for record in records], **values}
    return page.post(f"{QUEUE}?status=all", chosen).content.decode()


def do(page: Client, decision: str, *records: StagedRecord) -> str:
    answer = page.post(DECIDE_MANY, {"decision": decision, "record": [record.pk for record in records]})
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


# ---------------------------------------------------------------- finding


def test_the_queue_shows_what_waits_unless_asked_otherwise(page, batch, reviewer):
    new, error, skipped = a_record(batch), an_error(batch), a_record(batch)
    review.skip(skipped.pk, reviewer)
    assert listed(page) == {new.pk}
    assert listed(page, status="all") == {new.pk, error.pk, skipped.pk}
    assert listed(page, kind="errors") == {error.pk}
    assert listed(page, by=reviewer.pk) == listed(page, status="decided") == {skipped.pk}


def test_the_queue_is_filtered_by_batch_location_band_reason_and_kind(page, batch):
    matched, twin, elsewhere = (
        a_record(batch),
        a_record(batch, is_in_batch_duplicate=True),
        a_record(a_batch(a_client_location())),
    )
    a_candidate(matched, SalesProspect.objects.create(contact_last_name="Known"))
    assert (
        listed(page, band="certain")
        == listed(page, reason="email-same")
        == listed(page, kind="matched")
        == {matched.pk}
    )
    assert listed(page, kind="twice") == {twin.pk}
    assert listed(page, batch=batch.pk) == listed(page, location=batch.integration.location_id) == {matched.pk, twin.pk}
    assert listed(page, kind="new", location=elsewhere.batch.integration.location_id) == {elsewhere.pk}


@pytest.mark.parametrize(
    "words", ["Quill", "quill ann", "Baker", "ann@quill.example", "(212) 555-0177", "2125550177", "contactQuill"]
)
def test_somebody_is_found_by_name_firm_e_mail_phone_in_any_form_and_ghl_id(page, batch, words):
    a_record(batch)
    wanted = a_record(
        batch, contact_first_name="Ann", contact_last_name="Quill", firm_name="Baker LLP",
        contact_email="ann@quill.example", contact_phone="+1 (212) 555-0177", ghl_contact_id="contactQuill",
    )  # fmt: skip
    assert listed(page, q=words) == {wanted.pk}


@pytest.mark.parametrize(
    "filters", [{"batch": "nonsense"}, {"by": "nonsense"}, {"band": "nonsense"}, {"status": "nonsense"}]
)
def test_a_filter_typed_by_hand_is_no_reason_for_an_error_page(page, batch, filters):
    a_record(batch)
    assert page.get(QUEUE, filters).status_code == 200


def test_a_long_queue_asks_the_database_no_more_often_than_a_short_one(page, batch, django_assert_max_num_queries):
    for number in range(40):
        record = a_record(batch)
        a_call(record)
        who = a_record(batch) if number % 2 else SalesProspect.objects.create(contact_last_name=f"Known {number}")
        a_candidate(record, who)
    with django_assert_max_num_queries(15):
        html = page.get(QUEUE).content.decode()
    assert "1 call" in html


def test_an_empty_queue_says_what_to_do(page, db):
    assert "Nothing waits for review" in page.get(QUEUE).content.decode()


# ---------------------------------------------------------------- many at once


def test_before_many_are_approved_a_page_says_how_many_and_who_is_left_out_why(page, batch):
    new, matched, error = a_record(batch), a_record(batch), an_error(batch)
    a_candidate(matched, SalesProspect.objects.create(contact_last_name="Known"))
    html = ask(page, "approve_new", new, matched, error)
    assert "Approve as new: <strong>1 record</strong>" in html
    assert "1 record with a candidate" in html
    assert "1 record cannot be read" in html
    assert SalesProspect.objects.count() == 1, "asking does nothing yet"


def test_many_are_approved_but_nobody_with_a_candidate(page, batch):
    records = [a_record(batch) for _ in range(3)]
    a_candidate(records[2], a_record(batch))
    said = do(page, "approve", *records)
    assert "2 records approved as new" in said
    assert "1 record with a candidate" in said
    records[2].refresh_from_db()
    assert records[2].is_waiting
    assert SalesProspect.objects.count() == 2


def test_only_those_with_one_certain_match_are_merged_in_bulk(page, batch):
    known = [SalesProspect.objects.create(contact_last_name=f"Known {number}") for number in range(4)]
    certain, likely, torn, gone = (a_record(batch) for _ in range(4))
    a_candidate(certain, known[0]), a_candidate(likely, known[1], band="likely", score=0.93)
    a_candidate(torn, known[2], band="possible", score=0.5), a_candidate(torn, known[0])
    a_candidate(gone, known[3])
    known[3].delete()
    said = do(page, "merge", certain, likely, torn, gone)
    certain.refresh_from_db()
    assert certain.imported_prospect == known[0]
    assert "1 record merged" in said
    assert all(why in said for why in ("not certain", "several candidates", "no longer in the portal"))
    assert StagedRecord.objects.filter(status="matched").count() == 3


@pytest.mark.parametrize(("decision", "status"), [("skip", "skipped"), ("reject", "rejected")])
def test_many_are_set_aside_and_decided_ones_stay_as_they_are(page, batch, admin_user, decision, status):
    record, error, decided = a_record(batch), an_error(batch), a_record(batch)
    review.approve_as_new(decided.pk, admin_user)
    said = do(page, decision, record, error, decided)
    assert "2 records" in said
    assert "1 record decided already" in said
    assert set(StagedRecord.objects.filter(status=status)) == {record, error}


def test_what_somebody_else_decided_meanwhile_is_reported_and_not_done_again(batch, reviewer, admin_user):
    record = a_record(batch)
    plan = bulk_review.plan(bulk_review.BulkDecision.APPROVE, StagedRecord.objects.all())
    review.reject(record.pk, admin_user)
    outcome = bulk_review.carry_out(plan, reviewer)
    assert (outcome.done, sum(outcome.refused.values())) == (0, 1)
    assert not SalesProspect.objects.exists()


def test_twins_that_no_comparison_found_are_not_both_approved_in_bulk(page, integration):
    batch = a_batch(integration, status="failed", error="Given up")
    same = {"contact_first_name": "Ann", "contact_last_name": "Quill", "contact_email": "ann@quill.example"}
    said = do(page, "approve", a_record(batch, **same), a_record(batch, **same))
    assert "came into the portal since" in said
    assert SalesProspect.objects.count() == 1


def test_nobody_is_approved_in_bulk_while_their_batch_is_still_compared(page, integration):
    record = a_record(a_batch(integration, status="running", phase="detection", finished_at=None))
    assert "still being compared" in do(page, "approve", record)
    assert not SalesProspect.objects.exists()


def test_all_of_a_filtered_list_can_be_chosen_and_five_hundred_are_done_at_once(page, batch, monkeypatch):
    monkeypatch.setattr(bulk_review, "MOST_AT_ONCE", 2)
    records = [a_record(batch) for _ in range(3)]
    html = ask(page, "skip", records[0], select_across="1")
    assert "Skip: <strong>2 records</strong>" in html
    assert "1 record beyond the first" in html


def test_many_are_decided_by_post_and_with_the_right_to_review_only(client, batch, operator_without_review):
    record = a_record(batch)
    client.force_login(operator_without_review)
    assert client.get(DECIDE_MANY).status_code == 405
    assert client.post(DECIDE_MANY, {"decision": "approve", "record": [record.pk]}).status_code == 403
    assert not SalesProspect.objects.exists()


@pytest.mark.parametrize("nonsense", [{}, {"decision": "sell"}, {"decision": "skip", "record": ["x"]}])
def test_nonsense_is_refused(page, batch, nonsense):
    assert page.post(DECIDE_MANY, nonsense).status_code == 400


@pytest.fixture
def operator_without_review(django_user_model: Any) -> Any:
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create_user("onlooker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_stagedrecord"))
    return user
