"""Batches through the API: how far each is; a pull begun, stopped, resumed, given up."""

from typing import Any

import pytest

from imports.models import ImportBatch
from imports.tests.review_cast import a_batch, a_client_location, a_record
from integrations import queueing
from integrations.fields import Secret
from integrations.tests.api_cast import Program

pytestmark = pytest.mark.django_db
Status, Phase = ImportBatch.Status, ImportBatch.Phase


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


def unfinished(integration: Any, **about: Any) -> ImportBatch:
    given = {"source": "ghl", "status": Status.STOPPED, "phase": Phase.CONTACTS, "contacts_read": 40, **about}
    return ImportBatch.objects.create(integration=integration, **given)


def refused(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_pull_is_begun_and_handed_to_a_worker(program, integration, told):
    answer = program.post("batches/", location=integration.location_id)
    batch = ImportBatch.objects.get()
    assert answer.status_code == 202
    assert (answer.json()["id"], answer.json()["status"]) == (str(batch.pk), "queued")
    assert (batch.started_by, batch.strategy) == (program.user, "export")
    assert told == [("imports.tasks.run_pull", str(batch.pk))]


def test_a_location_is_named_by_its_id_here_too_and_the_strategy_chosen(program, integration, told):
    answer = program.post("batches/", location=str(integration.pk), strategy="per-contact")
    assert (answer.status_code, answer.json()["strategy"]) == (202, "per-contact")


def test_a_broker_that_is_away_loses_nothing(program, integration, monkeypatch):
    def away(*args: Any, **about: Any) -> None:
        raise OSError("away")

    monkeypatch.setattr(queueing.current_app, "send_task", away)
    assert program.post("batches/", location=integration.location_id).status_code == 202
    assert ImportBatch.objects.get().status == Status.QUEUED


def test_there_is_one_pull_of_a_location_at_a_time(program, integration, told):
    program.post("batches/", location=integration.location_id)
    ImportBatch.objects.update(contacts_read=1)
    answer = program.post("batches/", location=integration.location_id)
    assert refused(answer) == (409, "pull_under_way")
    assert str(ImportBatch.objects.get().pk) in answer.json()["detail"]
    assert len(told) == 1


def test_an_unfinished_pull_is_named_and_then_resumed_or_given_up(program, integration, told):
    batch = unfinished(integration)
    answer = program.post("batches/", location=integration.location_id)
    assert refused(answer) == (409, "pull_unfinished")
    assert str(batch.pk) in answer.json()["detail"]
    assert program.post(f"batches/{batch.pk}/resume/").json()["status"] == "queued"
    assert told == [("imports.tasks.run_pull", str(batch.pk))]
    assert refused(program.post(f"batches/{batch.pk}/give-up/")) == (409, "pull_under_way")
    assert program.post(f"batches/{batch.pk}/stop/").status_code == 202
    batch.refresh_from_db()
    assert batch.stop_requested
    ImportBatch.objects.update(status=Status.STOPPED)
    given_up = program.post(f"batches/{batch.pk}/give-up/").json()
    assert (given_up["status"], given_up["phase"]) == ("failed", "done")
    assert program.post("batches/", location=integration.location_id).status_code == 202


def test_a_finished_batch_is_not_stopped_resumed_or_given_up(program, integration, told):
    batch = a_batch(integration)
    assert refused(program.post(f"batches/{batch.pk}/stop/")) == (409, "not_under_way")
    assert refused(program.post(f"batches/{batch.pk}/resume/")) == (409, "finished")
    assert refused(program.post(f"batches/{batch.pk}/give-up/")) == (409, "finished")
    unfinished(integration)
    assert refused(program.post(f"batches/{batch.pk}/resume/")) == (409, "finished")  # another of the location is not
    assert told == []


def test_a_location_that_cannot_be_talked_to_is_not_pulled(program, integration, told):
    integration.is_active = False
    integration.save()
    assert refused(program.post("batches/", location=integration.location_id)) == (409, "location_not_ready")
    integration.is_active, integration.api_token = True, Secret("fernet:nonsense")
    integration.save()
    assert refused(program.post("batches/", location=integration.location_id)) == (409, "location_not_ready")
    assert not ImportBatch.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"location": "unknown"}, {"location": ""}, {"location": ["a"]}, {"location": "\0"}]
)
def test_a_pull_is_of_a_location_that_the_portal_has(program, told, body):
    answer = program.post("batches/", **body)
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["location"])


def test_a_batch_tells_how_far_it_is(program, integration):
    batch = unfinished(
        integration, status=Status.RUNNING, contacts_total=200, contacts_read=50, seconds_in_phase=10.0, remarks=["Odd"]
    )
    a_record(batch)
    row = program.get(f"batches/{batch.pk}/").json()
    progress = row["progress"]
    assert {name: progress[name] for name in ("thing", "done", "total", "rate", "seconds_left")} == {
        "thing": "contacts", "done": 50, "total": 200, "rate": 5.0, "seconds_left": 30.0,
    }  # fmt: skip
    assert progress["words"] == "Reading contacts: 50 of 200 contacts, 5 a second, about 30 seconds left"
    assert (row["waiting"], row["is_under_way"], row["remarks"]) == (1, True, ["Odd"])
    assert "cursor" not in row


def test_batches_are_found_by_what_staff_know(program, integration):
    done, going = a_batch(integration), unfinished(integration, status=Status.RUNNING)
    file = a_batch(a_client_location("Bay Search"), source="csv", source_digest="d")
    newest_first = [str(batch.pk) for batch in (file, going, done)]
    assert program.listed("batches/") == newest_first
    assert program.through("batches/", page_size=1) == newest_first
    assert (
        program.listed("batches/", under_way="true") == program.listed("batches/", status="running") == [str(going.pk)]
    )
    assert program.listed("batches/", source="csv") == [str(file.pk)]
    assert program.listed("batches/", location=integration.location_id, status="success") == [str(done.pk)]


def test_more_batches_ask_the_database_no_oftener(program, integration, django_assert_num_queries):
    program.get("batches/")
    for _ in range(10):
        a_record(a_batch(integration))
    with django_assert_num_queries(5):  # the token, two for rights, the page, how much waits
        assert program.listed("batches/", key="waiting") == [1] * 10
