"""Calls through the API: found, read, summarised, played."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from calls.models import Call, CallSummary, SalesCall
from calls.tests.call_cast import completed, hand_over, only_call, prospect
from conftest import TOKEN
from integrations import queueing
from integrations.models import Client
from integrations.sandbox.transcripts import wav
from integrations.tests.api_cast import Program
from prospects.models import Contact

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SAID = "We place partners with litigation firms in Texas, and I wanted to compare notes about your practice there."


@pytest.fixture
def program() -> Program:
    return Program.of("Operator")


def a_call(integration: Any, number: int, **about: Any) -> SalesCall:
    given = {"external_call_id": f"m{number}", "started_at": NOON - timedelta(hours=number), **about}
    return SalesCall.objects.create(integration=integration, **given)


def test_a_list_leaves_out_what_was_said_and_the_call_itself_does_not(program, integration):
    call = a_call(integration, 1, transcript=SAID, ai_summary={"sentiment": "warm"}, prospect=prospect())
    row = program.get("sales-calls/").json()["results"][0]
    assert SAID not in str(row)
    assert (row["has_transcript"], row["has_summary"], row["prospect"]["name"]) == (True, True, "Dana Whitfield")
    assert not {"transcript", "ai_summary", "recording_url"} & row.keys()
    one = program.get(f"sales-calls/{call.pk}/").json()
    assert (one["transcript"], one["ai_summary"]) == (SAID, {"sentiment": "warm"})
    assert one["summary"]["status"] == "none"


def test_calls_come_latest_first_and_those_without_a_time_are_not_lost(program, integration):
    for number in range(5):
        a_call(integration, number)
    for number in range(5, 9):
        a_call(integration, number, started_at=None)
    expected = [str(pk) for pk in SalesCall.objects.order_by("-started_at", "id").values_list("pk", flat=True)]
    for size in (1, 2, 4, 5, 9):
        assert program.through("sales-calls/", page_size=size) == expected


def test_calls_are_found_by_what_staff_know(program, integration):
    dana = prospect(firm_name="Quill LLP")
    met = a_call(
        integration, 1, prospect=dana, disposition="Meeting Booked", disposition_source="bdr", direction="outbound",
        call_status="completed", transcript=SAID, to_number="+1 (202) 555-0143", ghl_contact_id="c1",
    )  # fmt: skip
    missed = a_call(integration, 2, direction="inbound", call_status="no-answer", notes="Rang twice")

    def found(**query: Any) -> set[str]:
        return set(program.listed("sales-calls/", **query))

    one, two = {str(met.pk)}, {str(missed.pk)}
    assert found() == one | two
    assert found(prospect=str(dana.pk)) == found(known="true") == found(ghl_contact_id="c1") == one
    assert found(disposition="Meeting Booked") == found(disposition_source="bdr") == found(has_transcript="true") == one
    assert found(search="dana quill") == found(search="202 555 0143") == found(search="m1") == one
    assert found(direction="inbound") == found(call_status="no-answer") == found(known="false") == two
    assert found(search="rang") == found(has_transcript="false") == two
    assert found(has_summary="true") == set()
    assert found(location=integration.location_id) == one | two
    assert found(started_since=(NOON - timedelta(hours=1)).isoformat()) == one
    assert found(started_before="2026-03-04T11:00:00Z") == two


def test_each_side_has_its_own_calls(program, integration):
    a_call(integration, 1)
    contact = Contact.objects.create(contact_last_name="Moss", client=Client.objects.create(name="Harbor"))
    theirs = Call.objects.create(integration=integration, external_call_id="m2", contact=contact, transcript=SAID)
    assert program.listed("calls/") == program.listed("calls/", contact=str(contact.pk)) == [str(theirs.pk)]
    assert program.get(f"calls/{theirs.pk}/").json()["contact"]["name"] == "Moss"
    assert program.get(f"sales-calls/{theirs.pk}/").status_code == 404


def test_more_calls_ask_the_database_no_oftener(program, integration, django_assert_num_queries):
    program.get("sales-calls/")
    for number in range(10):
        a_call(integration, number, prospect=prospect(ghl_contact_id=f"c{number}"))
    with django_assert_num_queries(4):  # the token, two for rights, the page
        assert len(program.listed("sales-calls/")) == 10


# ---------------------------------------------------------------- summaries


def test_a_summary_is_asked_for_and_waits(program, integration, monkeypatch, settings):
    settings.ANTHROPIC_API_KEY = "sk-test"
    told: list[str] = []
    monkeypatch.setattr(queueing.current_app, "send_task", lambda task, **about: told.append(task))
    call = a_call(integration, 1, transcript=SAID)
    answer = program.post(f"sales-calls/{call.pk}/summarize/")
    assert (answer.status_code, answer.json()["status"]) == (202, "waiting")
    assert CallSummary.objects.get().asked_by == program.user
    assert told == ["calls.tasks.summarize_waiting"]
    assert program.get(f"sales-calls/{call.pk}/").json()["summary"] == answer.json()


def test_without_a_key_the_call_says_so(program, integration, settings):
    settings.ANTHROPIC_API_KEY = ""
    call = a_call(integration, 1, transcript=SAID)
    answer = program.post(f"sales-calls/{call.pk}/summarize/")
    assert (answer.status_code, answer.json()["status"]) == (202, "no_key")
    assert "ANTHROPIC_API_KEY" in answer.json()["reason"]


def test_a_call_that_is_not_worth_a_summary_gets_none(program, integration):
    call = a_call(integration, 1, transcript="Hello?")
    answer = program.post(f"sales-calls/{call.pk}/summarize/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_worth_a_summary")
    assert "too short" in answer.json()["detail"]
    assert not CallSummary.objects.exists()


# ---------------------------------------------------------------- recordings


def test_a_recording_is_played_through_the_portal(program, location, ghl):
    ghl.location.change_call("m1", recorded=True)
    hand_over(location, completed())
    answer = program.get(f"sales-calls/{only_call().pk}/recording/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/x-wav")
    said = b"".join(answer.streaming_content)
    assert said == wav()
    assert TOKEN.encode() not in said
    assert TOKEN not in str(answer.headers)


def test_a_recording_that_cannot_be_fetched_is_told_in_words(program, integration, sandbox):
    call = a_call(integration, 1)
    path = program.get(f"sales-calls/{call.pk}/").json()["recording"]
    assert path == f"/api/sales-calls/{call.pk}/recording/"
    answer = program.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    integration.is_active = False
    integration.save()
    answer = program.http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (502, "ghl_unreachable")
    assert "switched off" in answer.json()["detail"]
