"""Decisions through the API as on the desk: corrected before they are made, and harmless when they come twice."""

import uuid
from typing import Any

import pytest
from django.db import connection

from imports.deciding import review
from imports.models import ReviewDecision, StagedRecord
from imports.tests.group_cast import DANA, records_of_dana
from imports.tests.review_cast import a_call, a_candidate, a_record
from integrations.tests.api_cast import Program
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Reviewer")


def decide(program: Program, record: StagedRecord, how: str, *, key: str | None = None, **body: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    path = f"/api/staged-records/{record.pk}/{how}/"
    return program.http.post(path, body, content_type="application/json", headers=headers)


# ---------------------------------------------------------------- corrected


def test_somebody_new_gets_what_was_sent_and_lacks_what_was_left_out(program, batch):
    record = a_record(batch, contact_title="Clerk")
    answer = decide(program, record, "approve", values={"contact_title": " Chief  Clerk "}, leave_out=["contact_phone"])
    assert answer.status_code == 200, answer.content
    made = SalesProspect.objects.get()
    assert (made.contact_title, made.contact_phone, made.firm_name) == ("Chief Clerk", "", record.firm_name)
    assert ReviewDecision.objects.get().taken == ["contact_title"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"values": {"contact_email": "ann at lee"}}, "values"),
        ({"values": {"contact_title": ""}}, "values"),
        ({"values": {"engagement_level": "hot"}}, "values"),
        ({"leave_out": ["tags"]}, "leave_out"),
        ({"title": "Clerk"}, "title"),
    ],
)
def test_a_correction_that_cannot_be_kept_is_refused_and_nothing_is_decided(program, batch, body, field):
    record = a_record(batch)
    answer = decide(program, record, "approve", **body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [field])
    record.refresh_from_db()
    assert record.is_waiting


def test_whoever_fits_a_correction_is_shown_before_a_second_one_is_made(program, batch):
    kim = {"contact_first_name": "Ann", "contact_last_name": "Kim", "contact_email": "kim@elsewhere.example"}
    SalesProspect.objects.create(**kim)
    record = a_record(batch)
    answer = decide(program, record, "approve", values=kim)
    assert (answer.status_code, answer.json()["code"]) == (409, "somebody_new")
    assert decide(program, record, "approve", values=kim).status_code == 200


def test_a_merge_takes_what_was_sent_and_keeps_both_phones(program, batch):
    lee = SalesProspect.objects.create(contact_last_name="Lee", contact_phone="+12125550000")
    record = a_record(batch, contact_title="Clerk", contact_phone="+12125550001")
    a_candidate(record, lee)
    body = {"take": ["contact_phone"], "keep_both": ["contact_phone"], "values": {"contact_title": "Counsel"}}
    assert decide(program, record, "merge", candidate=str(lee.pk), **body, leave_out=["firm_name"]).status_code == 200
    lee.refresh_from_db()
    assert (lee.contact_phone, lee.notes) == ("+12125550001", "Another phone: +12125550000")
    assert (lee.contact_title, lee.firm_name) == ("Counsel", "")


def test_a_group_is_decided_field_by_field(program, batch):
    first, second, third = records_of_dana(batch)
    for record, title in ((first, "Clerk"), (second, "Partner"), (third, "Counsel")):
        StagedRecord.objects.filter(pk=record.pk).update(contact_title=title, contact_phone=f"+121255501{title[0]}")
    body = {"records": [str(one.pk) for one in (first, second, third)], "leading": str(first.pk)}
    answer = decide(program, first, "decide-together", **body, whose={"contact_title": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (409, "refused")
    fields = {"whose": {"contact_title": str(second.pk)}, "values": {"contact_phone": "+12125550199"}}
    answer = decide(program, first, "decide-together", **body, **fields, leave_out=["contact_email"])
    assert answer.status_code == 200, answer.content
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone, dana.contact_email) == ("Partner", "+12125550199", "")


# ---------------------------------------------------------------- sent twice


@pytest.mark.parametrize("how", ["approve", "skip", "reject"])
def test_the_same_request_with_the_same_key_is_done_once_and_answered_alike(program, batch, how):
    record = a_record(batch)
    if how == "approve":
        a_call(record)
    first = decide(program, record, how, key="k-1").json()
    again = decide(program, record, how, key="k-1")
    assert again.status_code == 200
    assert first["repeated"] is False
    assert again.json() == {**first, "repeated": True}
    assert ReviewDecision.objects.count() == 1


def test_a_merge_and_a_group_are_done_once_too(program, batch):
    record, twin = a_record(batch), a_record(batch)
    a_candidate(record, twin, "likely", 0.95)
    first = decide(program, record, "merge", key="k", candidate=str(twin.pk)).json()
    assert decide(program, record, "merge", key="k", candidate=str(twin.pk)).json() == {**first, "repeated": True}
    assert first["also_decided"] == [str(twin.pk)]


@pytest.mark.parametrize("leads", ["record", "person"])
def test_a_group_is_decided_once(program, batch, leads):
    records = records_of_dana(batch)
    body = {"records": [str(one.pk) for one in records], "leading": str(records[1].pk)}
    if leads == "person":
        known = SalesProspect.objects.create(**DANA)
        for record in records:
            a_candidate(record, known)
        body |= {"leading": str(known.pk), "person": str(known.pk)}
    first = decide(program, records[0], "decide-together", key="k", **body).json()
    again = decide(program, records[0], "decide-together", key="k", **body).json()
    assert {**again, "also_decided": set(again["also_decided"])} == {
        **first, "also_decided": set(first["also_decided"]), "repeated": True,
    }  # fmt: skip
    assert len(first["also_decided"]) == 2
    assert SalesProspect.objects.count() == 1


def test_one_that_comes_again_after_it_was_undone_is_not_done_anew(program, batch):
    record = a_record(batch)
    decision = decide(program, record, "approve", key="k").json()["record"]["decision_id"]
    program.post(f"decisions/{decision}/undo/")
    answer = decide(program, record, "approve", key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "undone_since")
    assert not SalesProspect.objects.exists()
    assert decide(program, record, "approve", key="another").status_code == 200


def test_a_key_proves_nothing_of_another_record_request_or_user(program, batch):
    record, other = a_record(batch), a_record(batch)
    decide(program, record, "approve", key="k")
    assert decide(program, other, "approve", key="k").json()["repeated"] is False
    for answer in (
        decide(program, record, "skip", key="k"),
        decide(program, record, "approve", key="k", values={"contact_title": "Counsel"}),
        decide(Program.of("Reviewer", username="rita"), record, "approve", key="k"),
        decide(program, record, "approve"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "already_decided")
    assert SalesProspect.objects.count() == 2


def test_a_key_of_no_length_or_too_long_is_refused(program, batch):
    for key in ("", "k" * 256):
        answer = decide(program, a_record(batch), "approve", key=key)
        assert (answer.status_code, list(answer.json()["fields"])) == (400, ["Idempotency-Key"])
    assert not ReviewDecision.objects.exists()


def test_what_was_refused_may_be_asked_again_with_the_same_key(program, batch):
    record = a_record(batch)
    same = ("contact_first_name", "contact_last_name", "contact_email", "contact_phone", "firm_name")
    SalesProspect.objects.create(**{name: getattr(record, name) for name in same})
    assert decide(program, record, "approve", key="k").json()["code"] == "somebody_new"
    assert decide(program, record, "approve", key="k").json()["repeated"] is False


def test_a_page_of_the_desk_and_a_program_do_not_share_keys(program, batch, reviewer):
    record, key = a_record(batch), uuid.uuid4()
    review.skip(record.pk, reviewer, key=key)
    assert decide(program, record, "skip", key=str(key)).json()["code"] == "already_decided"


def test_one_that_arrives_while_the_same_is_being_decided_is_answered_alike(program, batch):
    record, answers, asked = a_record(batch), [], []

    def overtaken(execute: Any, sql: str, *more: Any) -> Any:
        """The same request comes again when the first has seen that it is the first, and is done before it."""
        if len(asked) == 1:
            asked.append(sql)
            answers.append(decide(program, record, "approve", key="k"))
        if '"ghl_import_decisions"."id" =' in sql and not asked:
            asked.append(sql)
        return execute(sql, *more)

    with connection.execute_wrapper(overtaken):
        answers.append(decide(program, record, "approve", key="k"))
    assert [answer.json()["repeated"] for answer in answers] == [False, True]
    assert SalesProspect.objects.count() == 1
