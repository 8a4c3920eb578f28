"""Listening to a call: through the portal, for those who may see it, without the token ever leaving the server."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.urls import reverse

from calls.models import Call, SalesCall
from calls.tests.call_cast import completed, hand_over, only_call, other_location
from conftest import TOKEN
from integrations.sandbox.transcripts import wav

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(location, ghl) -> SalesCall:
    ghl.location.change_call("m1", recorded=True)
    hand_over(location, completed())
    return only_call()


@pytest.fixture
def listen(client, reviewer) -> Any:
    client.force_login(reviewer)
    return lambda row: client.get(address(row))


def address(row: Any) -> str:
    return f"/admin/calls/{row._meta.model_name}/{row.pk}/recording/"


def test_a_recording_is_played_from_ghl(listen, row):
    answer = listen(row)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "audio/x-wav")
    assert b"".join(answer.streaming_content) == wav()


def test_its_token_is_nowhere_in_the_answer(listen, row):
    answer = listen(row)
    assert TOKEN.encode() not in b"".join(answer.streaming_content)
    assert TOKEN not in str(answer.headers)
    assert "no-store" in answer.headers["Cache-Control"]


def test_whoever_stops_listening_closes_the_connection(listen, row, ghl):
    answer = listen(row)
    answer.close()
    answer.close()


def test_a_call_that_was_not_recorded_says_so(listen, row, ghl):
    ghl.location.change_call("m1", recorded=False)
    answer = listen(row)
    assert (answer.status_code, b"no recording" in answer.content) == (404, True)


def test_trouble_is_told_in_words(listen, row, ghl):
    ghl.revoke(TOKEN)
    answer = listen(row)
    assert (answer.status_code, b"did not accept" in answer.content) == (502, True)


def test_a_page_that_pretends_to_be_a_recording_is_not_passed_on(listen, row, ghl):
    ghl.faults.add("*/recording", kind="html", times=None)
    assert listen(row).status_code == 502


def test_nobody_listens_without_a_login(client, row):
    assert client.get(address(row)).status_code == 302


def test_nobody_listens_without_the_right_to_see_calls(client, row, ghl):
    client.force_login(User.objects.create_user("clerk", is_staff=True))
    assert client.get(address(row)).status_code == 403
    assert ghl.journal.total == 0


def test_a_client_s_call_is_not_found_under_the_other_side(client, reviewer, ghl):
    location = other_location("client")
    theirs = Call.objects.create(integration=location, external_call_id="m1")
    client.force_login(reviewer)
    assert client.get(f"/admin/calls/salescall/{theirs.pk}/recording/").status_code == 404


def test_the_page_of_a_connected_call_has_a_player(client, reviewer, row):
    client.force_login(reviewer)
    page = client.get(reverse("admin:calls_salescall_change", args=[row.pk])).content.decode()
    assert f'<audio controls preload="none" src="{address(row)}">' in page


def test_the_page_says_how_the_fetching_stands(client, reviewer, row):
    SalesCall.objects.update(enrichment_status="given_up", enrichment_note="GHL has <no> transcript.")
    client.force_login(reviewer)
    page = client.get(reverse("admin:calls_salescall_change", args=[row.pk])).content.decode()
    assert "Given up" in page
    assert "GHL has &lt;no&gt; transcript." in page


def test_strangers_are_found_by_a_filter(client, reviewer, location, row):
    client.force_login(reviewer)
    unknown = client.get("/admin/calls/salescall/", {"caller": "unknown"}).content.decode()
    known = client.get("/admin/calls/salescall/", {"caller": "known"}).content.decode()
    assert ("Unknown caller</td>" in unknown, str(row.pk) in known) == (True, False)


@pytest.mark.parametrize(("role", "status"), [("Operator", "waiting"), ("Reviewer", "given_up")])
def test_operators_may_have_ghl_asked_again(client, reviewer, row, queued, role, status):
    SalesCall.objects.update(enrichment_status="given_up", enrichment_attempts=12)
    reviewer.groups.set([Group.objects.get(name=role)])
    client.force_login(reviewer)
    client.post("/admin/calls/salescall/", {"action": "ask_again", "_selected_action": [str(row.pk)]})
    row.refresh_from_db()
    assert row.enrichment_status == status
    assert bool(queued) is (role == "Operator")
