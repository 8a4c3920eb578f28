"""One pull of a location at a time, and none forgotten half-way: begun, refused, stopped, resumed, given up."""

import pytest

from imports.models import ImportBatch, StagedRecord
from imports.pulling import batches, pull
from imports.pulling.batches import NothingToResumeError, UnfinishedPullError
from imports.runner import NotToBeRunError, batch_lock, lease
from imports.tests.pull_cast import EXPORT, SEARCH, pulled, resumed, staged


@pytest.fixture
def failed(crowd, location):
    """A pull that has 20 contacts and failed."""
    crowd.faults.add("/contacts*", status=503, after=1, times=None)
    batch = pulled(location)
    crowd.faults.clear()
    assert (batch.status, batch.contacts_read) == ("failed", 20)
    return batch


def test_a_plain_pull_while_one_is_unfinished_says_so_and_does_nothing(crowd, location, failed):
    crowd.journal.clear()
    with pytest.raises(UnfinishedPullError, match=r"ended after 20 contacts and \d+ calls.*--resume") as told:
        batches.start(location)
    assert told.value.batch == failed
    assert ImportBatch.objects.count() == 1
    assert crowd.journal.total == 0


@pytest.mark.parametrize("status", ["queued", "running"])
def test_a_plain_pull_while_one_is_under_way_says_so(location, failed, status):
    ImportBatch.objects.update(status=status)
    with batch_lock(failed.pk), pytest.raises(UnfinishedPullError, match="is under way"):
        batches.start(location)


def test_a_pull_that_waits_for_a_worker_is_not_begun_twice(crowd, location):
    batch = batches.start(location)
    with pytest.raises(UnfinishedPullError, match="is under way") as told:
        batches.start(location)
    assert told.value.batch == batch


def test_a_pull_that_got_nothing_yet_is_simply_used_again(crowd, location):
    crowd.faults.add("/contacts*", status=401, times=None)
    batch = pulled(location)
    assert (batch.status, batch.contacts_read) == ("failed", 0)
    crowd.faults.clear()
    again = pulled(location, strategy="per-contact")
    assert (again.pk, again.status, again.strategy, again.contacts_read) == (batch.pk, "success", "per-contact", 60)


def test_a_pull_that_got_nothing_and_died_is_used_again_as_well(crowd, location):
    batch = batches.start(location)
    with lease(batch.pk):
        pass  # a runner that died before its first page
    assert ImportBatch.objects.get().status == "running"
    assert pulled(location).pk == batch.pk


def test_a_pull_that_found_a_location_empty_begins_with_its_contacts_again(crowd, location):
    people = list(crowd.location.contacts)
    for contact_id in people:
        crowd.location.remove_contact(contact_id)
    crowd.faults.add("/conversations/*", status=503, times=None)
    assert pulled(location).phase == "calls"
    crowd.faults.clear()
    crowd.location.add_contact(first_name="Ada", last_name="Meanwhile")
    assert pulled(location).contacts_read == 1


def test_a_pull_given_up_is_no_longer_in_the_way(location, failed):
    batches.give_up(failed)
    failed.refresh_from_db()
    assert (failed.status, failed.phase) == ("failed", "done")
    calls = failed.calls_read
    assert failed.error == f"Given up after 20 contacts and {calls} calls. What was staged stays in the queue."
    assert pulled(location).status == "success"


def test_what_a_given_up_pull_staged_comes_along_with_the_next_and_is_compared_there(location, failed):
    """It was never compared: the new pull takes over what nobody decided about, though GHL has it unchanged."""
    batches.give_up(failed)
    batch = pulled(location)
    assert (batch.contacts_staged, batch.contacts_unchanged) == (60, 0)
    assert set(failed.records.values_list("decision", flat=True)) == {"superseded"}


def test_what_was_decided_of_a_given_up_pull_stays_decided(location, failed, reviewer):
    decided = failed.records.first()
    StagedRecord.objects.filter(pk=decided.pk).update(
        status="rejected", decision="reject", reviewed_by=reviewer, reviewed_at=failed.created_at
    )
    batches.give_up(failed)
    assert decided.ghl_contact_id not in staged(pulled(location))


def test_a_pull_given_up_while_it_runs_writes_nothing_more(crowd, location):
    def give_up(batch):
        batches.give_up(batch)

    with pytest.raises(NotToBeRunError, match="given up"):
        pulled(location, on_progress=give_up)
    batch = ImportBatch.objects.get()
    assert (batch.status, batch.phase, batch.contacts_read) == ("failed", "done", 20)
    assert batch.records.count() == 20


def test_giving_up_a_finished_pull_changes_nothing(crowd, location):
    batch = pulled(location)
    batches.give_up(batch)
    batch.refresh_from_db()
    assert batch.status == "success"


def test_there_is_nothing_to_resume_where_nothing_is_unfinished(crowd, location):
    with pytest.raises(NothingToResumeError) as told:
        batches.resume(location)
    assert told.value.last is None
    batch = pulled(location)
    with pytest.raises(NothingToResumeError) as told:
        batches.resume(location)
    assert told.value.last == batch


def test_two_that_resume_at_once_do_not_undo_each_others_work(location, failed):
    """The second has read the batch before the first went on with it."""
    stale = ImportBatch.objects.get()
    resumed(location)
    with pytest.raises(UnfinishedPullError, match="just now"):
        batches._queue(stale)
    assert ImportBatch.objects.get().status == "success"


def test_two_that_begin_at_once_are_one_pull(crowd, location, monkeypatch):
    """The second looked before the first had begun; the database is the referee."""
    first = batches.start(location)
    monkeypatch.setattr(batches, "unfinished_pull", lambda integration: None)
    with pytest.raises(UnfinishedPullError, match="just now") as told:
        batches.start(location)
    assert told.value.batch == first


def test_a_second_run_of_a_batch_is_told_while_the_first_works(crowd, location):
    told = []

    def run_it_again(batch):
        with pytest.raises(NotToBeRunError) as reason:
            pull.run(batch.pk)
        told.append(str(reason.value))

    assert pulled(location, on_progress=run_it_again).status == "success"
    assert set(told[:-1]) == {"This batch is being worked on by another process of this machine."}


def test_a_finished_batch_is_not_run_again(crowd, location):
    batch = pulled(location)
    with pytest.raises(NotToBeRunError, match="not waiting for work: done"):
        pull.run(batch.pk)


def test_a_running_pull_can_be_stopped_from_elsewhere_and_resumed(crowd, location):
    def stop(batch):
        assert batches.request_stop(ImportBatch.objects.get())

    batch = pulled(location, on_progress=stop)
    assert (batch.status, batch.contacts_read, batch.error) == ("stopped", 20, "")
    assert resumed(location).contacts_read == 60


def test_a_pull_asked_to_stop_while_it_waits_stops_after_its_first_page(crowd, location):
    batch = batches.start(location)
    batches.request_stop(batch)
    assert pull.run(batch.pk).status == "stopped"


def test_a_stop_that_a_dead_pull_never_heard_does_not_stop_the_next_run(crowd, location, failed):
    ImportBatch.objects.update(status="running", stop_requested=True)
    assert resumed(location).status == "success"


def test_a_pull_that_is_not_under_way_cannot_be_stopped(failed):
    assert not batches.request_stop(failed)


def test_a_resumed_pull_keeps_its_way_of_reading_contacts(crowd, location):
    crowd.faults.refuse(SEARCH)
    crowd.faults.add(EXPORT, status=503, times=None)
    assert pulled(location).phase == "calls"
    crowd.faults.clear()
    crowd.faults.refuse(SEARCH)
    assert resumed(location).status == "success"
    remarks = ImportBatch.objects.get().remarks
    assert len(remarks) == 1
    assert "Read through the older contact list" in remarks[0]


def test_pulls_of_two_locations_do_not_meet(crowd, location, failed):
    other = type(location)(location_id="another", integration_type="internal", api_token=location.api_token)
    other.save()
    assert batches.start(other).integration == other
