"""Pulls off the request: in slices, nightly, and never lost with a message."""

from datetime import timedelta

import pytest
from django.utils import timezone

from imports import tasks
from imports.models import ImportBatch
from imports.pulling import batches, pull
from imports.tests.pull_cast import pulled


@pytest.fixture
def handed_over(monkeypatch):
    """The ids of batches that workers were told of."""
    ids = []
    monkeypatch.setattr(tasks.run_pull, "delay", ids.append)
    return ids


def test_a_task_runs_a_pull_to_its_end(crowd, location, handed_over):
    batch = batches.start(location)
    tasks.run_pull(str(batch.pk))
    batch.refresh_from_db()
    assert batch.status == "success"
    assert handed_over == []


def test_a_pull_that_needs_more_than_a_slice_is_handed_over_again(crowd, location, handed_over, monkeypatch):
    monkeypatch.setattr(tasks, "SLICE_SECONDS", 0.0)
    batch = batches.start(location)
    tasks.run_pull(str(batch.pk))
    assert handed_over == [str(batch.pk)]
    assert ImportBatch.objects.get().status == "queued"


def test_a_message_that_comes_twice_does_nothing_the_second_time(crowd, location, handed_over):
    batch = pulled(location)
    crowd.journal.clear()
    tasks.run_pull(str(batch.pk))
    assert crowd.journal.total == 0
    assert handed_over == []


def test_a_failed_pull_is_not_handed_over_again_by_itself(crowd, location, handed_over):
    crowd.faults.add("/contacts*", status=401, times=None)
    tasks.run_pull(str(batches.start(location).pk))
    assert ImportBatch.objects.get().status == "failed"
    assert handed_over == []


def test_the_nightly_schedule_begins_a_pull_of_every_active_location(location, handed_over):
    for number, is_active in enumerate((True, False)):
        type(location).objects.create(location_id=f"other {number}", integration_type="internal", is_active=is_active)
    tasks.pull_all_locations()
    assert handed_over == [str(batch.pk) for batch in ImportBatch.objects.order_by("created_at")]
    assert {str(batch.integration) for batch in ImportBatch.objects.all()} == {str(location), "other 0"}


def test_the_nightly_schedule_goes_on_with_a_pull_that_failed(crowd, location, handed_over):
    crowd.faults.add("/contacts*", status=503, after=1, times=None)
    failed = pulled(location)
    crowd.faults.clear()
    tasks.pull_all_locations()
    assert handed_over == [str(failed.pk)]
    assert pull.run(failed.pk).contacts_read == 60


def test_the_nightly_schedule_leaves_a_stopped_pull_to_the_person_who_stopped_it(crowd, location, handed_over):
    assert pulled(location, on_progress=batches.request_stop).status == "stopped"
    tasks.pull_all_locations()
    assert handed_over == []
    assert ImportBatch.objects.get().status == "stopped"


def test_the_nightly_schedule_leaves_a_pull_under_way_alone(location, handed_over):
    batches.start(location)
    tasks.pull_all_locations()
    assert handed_over == []


def test_a_pull_whose_message_was_lost_is_handed_over_again_but_not_every_minute(location, handed_over):
    batch = batches.start(location)
    tasks.notice_dead_pulls()
    assert handed_over == []
    ImportBatch.objects.update(updated_at=timezone.now() - batches.QUEUED_TOO_LONG - timedelta(seconds=1))
    for _ in range(2):
        tasks.notice_dead_pulls()
    assert handed_over == [str(batch.pk)]


def test_a_dead_pull_is_marked_by_the_sweep(crowd, location, handed_over):
    pulled(location, seconds=0)
    ImportBatch.objects.update(status="running")
    tasks.notice_dead_pulls()
    assert ImportBatch.objects.get().status == "failed"


def test_a_task_takes_an_id_and_no_secret(location, handed_over):
    tasks.pull_all_locations()
    assert handed_over == [str(ImportBatch.objects.get().pk)]
