"""The review queue through the API: found, shown with candidates, decided once, undone."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from calls.models import SalesCall
from imports.models import ReviewDecision, StagedRecord
from imports.tests.review_cast import REASONS, a_batch, a_call, a_candidate, a_client_location, a_record, an_error
from integrations.tests.api_cast import Program
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Reviewer")


def decide(program: Program, record: StagedRecord, how: str, **body: Any) -> Any:
    return program.post(f"staged-records/{record.pk}/{how}/", **body)


# ---------------------------------------------------------------- shown and found


def test_a_record_is_shown_with_whom_it_may_be_and_why(program, batch):
    record, twin = a_record(batch, remarks=["Two e-mails"]), a_record(batch)
    lee = SalesProspect.objects.create(contact_first_name="Ann", contact_last_name="Lee", firm_name="Lee LLP")
    left = SalesProspect.objects.create()
    gone = a_candidate(record, left, "possible", 0.4)
    left.delete()
    a_candidate(record, lee)
    a_candidate(record, twin, "possible", 0.5)
    shown = program.get(f"staged-records/{record.pk}/").json()
    assert shown["location"]["name"] == "Our own prospecting"
    assert (shown["match_band"], shown["match_reasons"], shown["remarks"]) == ("certain", REASONS, ["Two e-mails"])
    assert [(one["id"], one["kind"], one["name"], one["band"]) for one in shown["candidates"]] == [
        (str(lee.pk), "prospect", "Ann Lee, Lee LLP", "certain"),
        (str(twin.pk), "staged", str(twin), "possible"),
        (str(gone.candidate_id), "prospect", "", "possible"),
    ]
    assert shown["candidates"][0]["reasons"] == REASONS
    assert "raw_data" not in shown
    assert program.get("staged-records/", search=record.contact_email).json()["results"] == [shown]


def test_records_are_found_by_what_staff_know(program, batch):
    ben = a_record(batch, contact_first_name="Ben", contact_phone="+1 (212) 555-7711")
    matched, broken = a_record(batch), an_error(batch)
    a_candidate(matched, SalesProspect.objects.create(contact_last_name="Lee"))
    twice = a_record(batch, is_in_batch_duplicate=True)
    change = a_record(batch, changes=twice)
    other = a_record(a_batch(a_client_location("Bay Search")))

    def found(**query: Any) -> set[str]:
        return set(program.listed("staged-records/", **query))

    def ids(*records: StagedRecord) -> set[str]:
        return {str(record.pk) for record in records}

    assert found(batch=str(batch.pk)) == ids(ben, matched, broken, twice, change)
    assert found(location=other.batch.integration.location_id) == ids(other)
    assert found(status="matched") == found(band="certain") == found(reason="email-same") == ids(matched)
    assert found(status="error") == ids(broken)
    assert found(status="error,matched") == ids(broken, matched)
    assert found(band="none", batch=str(batch.pk)) == ids(ben, broken, twice, change)
    assert found(waiting="false") == ids(broken)
    assert found(is_in_batch_duplicate="true") == ids(twice)
    assert found(changes="true") == ids(change)
    assert found(search="212 555 7711") == found(search="ben") == ids(ben)
    assert found(search=ben.ghl_contact_id) == found(ghl_contact_id=ben.ghl_contact_id) == ids(ben)
    decide(program, ben, "skip")
    assert found(reviewed_by=program.user.username) == found(decision="skip") == found(status="skipped") == ids(ben)


def test_the_queue_is_gone_through_batch_by_batch_in_its_order(program, integration, batch):
    first = [a_record(batch) for _ in range(5)]
    later = [a_record(a_batch(integration))]
    expected = [str(record.pk) for record in [*later, *first]]
    for size in (1, 2, 6):
        assert program.through("staged-records/", page_size=size) == expected


def test_more_rows_ask_the_database_no_oftener(program, batch, django_assert_num_queries):
    program.get("staged-records/")
    for number in range(12):
        record = a_record(batch)
        a_candidate(record, a_record(batch), "possible", 0.5)
        a_candidate(record, SalesProspect.objects.create(contact_last_name=f"Lee {number}"))
        if number % 2:
            decide(program, record, "skip")
    # the token, the user's and the groups' rights; the page, its candidates, their names by kind, decisions that stand
    with django_assert_num_queries(8):
        assert len(program.listed("staged-records/")) == 24


# ---------------------------------------------------------------- decided


def test_approving_makes_a_prospect_with_its_calls(program, batch):
    record = a_record(batch)
    a_call(record)
    answer = decide(program, record, "approve").json()
    prospect = SalesProspect.objects.get()
    assert answer["person"] == {"kind": "prospect", "id": str(prospect.pk), "name": str(prospect)}
    assert answer["record"]["became"] == answer["person"]
    assert (answer["calls_added"], SalesCall.objects.get().prospect) == (1, prospect)
    assert (answer["record"]["status"], answer["record"]["reviewed_by"]) == ("imported", program.user.username)
    decision = ReviewDecision.objects.get()
    assert (decision.reviewer, answer["record"]["decision_id"]) == (program.user, str(decision.pk))


def test_merging_fills_what_is_empty_and_takes_what_is_asked_for(program, batch):
    record = a_record(batch, contact_title="Partner", firm_name="New Firm")
    lee = SalesProspect.objects.create(contact_last_name="Lee", firm_name="Old Firm", contact_email="lee@old.example")
    a_candidate(record, lee)
    answer = decide(program, record, "merge", candidate=str(lee.pk), take=["firm_name"])
    assert answer.status_code == 200
    lee.refresh_from_db()
    assert (lee.contact_title, lee.firm_name, lee.contact_email) == ("Partner", "New Firm", "lee@old.example")


def test_merging_into_another_record_decides_both(program, batch):
    record, twin = a_record(batch), a_record(batch)
    a_candidate(record, twin, "likely", 0.95)
    answer = decide(program, record, "merge", candidate=str(twin.pk)).json()
    assert answer["also_decided"] == [str(twin.pk)]
    assert SalesProspect.objects.count() == 1


def test_whom_the_portal_has_as_the_same_contact_is_a_candidate_without_a_comparison(program, batch):
    record = a_record(batch)
    known = SalesProspect.objects.create(
        contact_last_name="Lee", ghl_contact_id=record.ghl_contact_id, ghl_location_id=batch.integration.location_id
    )
    assert decide(program, record, "merge", candidate=str(known.pk)).status_code == 200


def test_nobody_is_merged_into_somebody_who_was_not_found(program, batch):
    record, stranger = a_record(batch), SalesProspect.objects.create(contact_last_name="Moss")
    for body in ({"candidate": str(stranger.pk)}, {"candidate": "nonsense"}, {}, {"candidate": None}):
        answer = decide(program, record, "merge", **body)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["candidate"])
    answer = decide(program, record, "merge", candidate=str(stranger.pk), take=["ghl_contact_id"])
    assert list(answer.json()["fields"]) == ["take"]
    record.refresh_from_db()
    assert record.is_waiting


@pytest.mark.parametrize(("how", "status"), [("skip", "skipped"), ("reject", "rejected")])
def test_skipping_and_rejecting_make_nobody(program, batch, how, status):
    record = a_record(batch)
    answer = decide(program, record, how).json()
    assert (answer["record"]["status"], answer["person"], answer["record"]["became"]) == (status, None, None)
    assert not SalesProspect.objects.exists()


def test_records_of_a_client_become_contacts(program):
    record = a_record(a_batch(a_client_location()))
    assert decide(program, record, "approve").json()["person"]["kind"] == "contact"
    assert Contact.objects.count() == 1


def test_the_second_of_two_is_told_who_was_first(program, batch):
    record = a_record(batch)
    decide(Program.of("Reviewer", username="rita"), record, "approve")
    for how in ("approve", "skip", "reject"):
        answer = decide(program, record, how)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
        assert "rita" in answer.json()["detail"]
    assert SalesProspect.objects.count() == 1


def test_somebody_who_came_in_meanwhile_is_shown_before_a_second_one_is_made(program, batch):
    record = a_record(batch)
    SalesProspect.objects.create(
        contact_first_name=record.contact_first_name, contact_last_name=record.contact_last_name,
        contact_email=record.contact_email, contact_phone=record.contact_phone, firm_name=record.firm_name,
    )  # fmt: skip
    answer = decide(program, record, "approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "somebody_new")
    assert len(program.get(f"staged-records/{record.pk}/").json()["candidates"]) == 1
    assert decide(program, record, "approve").status_code == 200


def test_what_cannot_be_read_is_not_imported(program, batch):
    answer = decide(program, an_error(batch), "approve")
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    assert "Nothing to tell this person by" in answer.json()["detail"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
def test_of_two_programs_at_one_record_one_decides(shared_database, integration):
    record = a_record(a_batch(integration))
    programs = [Program.of("Reviewer", username=name) for name in ("rita", "ruth")]
    for program in programs:
        program.get("batches/")
    together, answers = Barrier(2), []

    def approve(program: Program) -> None:
        together.wait(timeout=30)
        answers.append(decide(program, record, "approve").status_code)
        connections.close_all()

    threads = [Thread(target=approve, args=[program]) for program in programs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(answers) == [200, 409]
    assert SalesProspect.objects.count() == 1


# ---------------------------------------------------------------- the log, and undoing


def test_decisions_are_listed_with_their_evidence(program, batch):
    record = a_record(batch)
    lee = SalesProspect.objects.create(contact_last_name="Lee")
    a_candidate(record, lee)
    decide(program, record, "merge", candidate=str(lee.pk))
    other = a_record(batch)
    decide(Program.of("Reviewer", username="rita"), other, "skip")
    rows = program.get("decisions/").json()["results"]
    assert [(row["decision"], row["reviewer"]) for row in rows] == [("skip", "rita"), ("merge", program.user.username)]
    assert (rows[1]["band"], rows[1]["reasons"], rows[1]["person_id"]) == ("certain", REASONS, str(lee.pk))
    assert program.listed("decisions/", reviewer="rita") == [rows[0]["id"]]
    assert program.listed("decisions/", person=str(lee.pk)) == [rows[1]["id"]]
    assert program.listed("decisions/", staged_record=str(other.pk)) == [rows[0]["id"]]
    assert program.listed("decisions/", stands="false") == []


def test_an_undone_decision_is_as_if_it_had_not_been(program, batch):
    record = a_record(batch)
    decision = decide(program, record, "approve").json()["record"]["decision_id"]
    plan = program.get(f"decisions/{decision}/undo-plan/").json()
    assert (plan["goes"], plan["asks"]) == (True, False)
    assert SalesProspect.objects.count() == 1
    answer = program.post(f"decisions/{decision}/undo/").json()
    assert (answer["records"], answer["person"]) == ([str(record.pk)], None)
    assert (answer["decision"]["stands"], answer["decision"]["undone_by"]) == (False, program.user.username)
    assert not SalesProspect.objects.exists()
    again = program.post(f"decisions/{decision}/undo/")
    assert (again.status_code, again.json()["code"]) == (409, "already_undone")
    assert program.get(f"decisions/{decision}/undo-plan/").status_code == 409
    shown = program.get(f"staged-records/{record.pk}/").json()
    assert (shown["status"], shown["decision"], shown["decision_id"]) == ("pending", "", None)


def test_what_somebody_entered_since_is_kept_unless_asked_otherwise(program, batch):
    record = a_record(batch)
    decision = decide(program, record, "approve").json()["record"]["decision_id"]
    prospect = SalesProspect.objects.get()
    prospect.notes = "Prefers mornings"
    prospect.save()
    plan = program.get(f"decisions/{decision}/undo-plan/").json()
    assert plan["asks"]
    assert plan["reasons_to_keep"]
    answer = program.post(f"decisions/{decision}/undo/", remove_person=True)
    assert answer.status_code == 200
    assert not SalesProspect.objects.exists()
    assert program.post(f"decisions/{decision}/undo/", put_back=["colour"]).status_code == 400
