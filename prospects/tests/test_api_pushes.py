"""Pushes through the API: begun, watched, stopped."""

from typing import Any

import pytest
from django.utils import timezone

from integrations import queueing
from integrations.models import SyncRun
from integrations.tests.api_cast import Program
from prospects.models import SalesCampaign
from prospects.tests.push_cast import a_prospect, a_run

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Operator")


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the broker is handed."""
    messages: list[Any] = []
    monkeypatch.setattr(
        queueing.current_app, "send_task", lambda task, args=(), **about: messages.append((task, *args))
    )
    return messages


def test_a_push_is_begun_and_handed_to_the_workers(program, integration, told):
    a_prospect()
    answer = program.post("sync-runs/", location=integration.location_id)
    run = SyncRun.objects.get()
    assert (answer.status_code, answer.json()["id"]) == (202, str(run.pk))
    assert (answer.json()["is_under_way"], answer.json()["total"]) == (True, 1)
    assert run.started_by == program.user
    assert told == [("prospects.tasks.push_to_ghl", str(run.pk))]


def test_a_push_of_one_campaign_says_so(program, integration, told):
    texas = SalesCampaign.objects.create(name="Texas")
    answer = program.post("sync-runs/", location=str(integration.pk), campaign=str(texas.pk)).json()
    assert (answer["campaign_id"], answer["campaign_name"]) == (str(texas.pk), "Texas")
    assert program.listed("sync-runs/", campaign=str(texas.pk)) == [answer["id"]]


def test_there_is_one_push_to_a_location_at_a_time(program, integration, told):
    program.post("sync-runs/", location=integration.location_id)
    answer = program.post("sync-runs/", location=integration.location_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "push_under_way")
    assert (SyncRun.objects.count(), len(told)) == (1, 1)


def test_a_location_that_is_switched_off_or_has_no_token_is_not_pushed_to(program, integration, told):
    type(integration).objects.update(is_active=False)
    answer = program.post("sync-runs/", location=integration.location_id)
    assert (answer.status_code, answer.json()["code"]) == (409, "location_not_ready")
    assert "switched off" in answer.json()["detail"]
    assert not SyncRun.objects.exists()


def test_a_push_names_a_location_and_perhaps_a_campaign_that_there_are(program, integration, told):
    assert list(program.post("sync-runs/").json()["fields"]) == ["location"]
    answer = program.post("sync-runs/", location=integration.location_id, campaign=str(integration.pk))
    assert list(answer.json()["fields"]) == ["campaign"]
    answer = program.post("sync-runs/", location=integration.location_id, campain="Texas")
    assert list(answer.json()["fields"]) == ["campain"]
    assert not SyncRun.objects.exists()


def test_a_push_is_asked_to_stop(program, integration):
    run = a_run(integration, is_under_way=True)
    answer = program.post(f"sync-runs/{run.pk}/stop/")
    assert (answer.status_code, answer.json()["stop_requested"]) == (202, True)
    run.status, run.finished_at = "partial", timezone.now()
    run.save()
    answer = program.post(f"sync-runs/{run.pk}/stop/")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_under_way")


def test_a_push_says_why_some_are_not_in_ghl(program, integration):
    run = a_run(integration, failures_by_reason={"refused_email": 3}, skipped_by_reason={"do_not_call": 2}, failed=3)
    row = program.get(f"sync-runs/{run.pk}/").json()
    assert row["failures"] == [{"reason": "refused_email", "words": "GoHighLevel refused the e-mail", "count": 3}]
    assert row["skips"] == [{"reason": "do_not_call", "words": "Do not disturb: no calls", "count": 2}]


def test_pushes_are_found_by_location_and_by_how_they_went(program, integration, django_assert_num_queries):
    program.get("sync-runs/")
    done = a_run(integration)
    going = a_run(integration, is_under_way=True)
    assert program.listed("sync-runs/") == program.through("sync-runs/", page_size=1) == [str(going.pk), str(done.pk)]
    assert program.listed("sync-runs/", under_way="true") == [str(going.pk)]
    assert program.listed("sync-runs/", status="partial", location=integration.location_id) == [str(done.pk)]
    with django_assert_num_queries(4):  # the token, two for rights, the page
        program.listed("sync-runs/")
