"""Very many at once: a sample checked by hand, the rest released within a bound, stopped, gone on with and undone."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from imports.bulk import bulk_runs
from imports.bulk.bulk_review import BulkDecision
from imports.bulk.bulk_runs import RunRefusedError
from imports.deciding import review
from imports.models import BulkItem, BulkRun, ImportBatch, ReviewDecision, StagedRecord
from imports.runner import NotToBeRunError, batch_lock
from imports.tests.review_cast import a_candidate, a_record
from imports.undoing import undo
from prospects.models import SalesProspect

LIMIT = 0.45  # 6 clean ones rule it out: few rows do for a test
NEEDED = 6


@pytest.fixture
def pairs(batch: ImportBatch) -> dict[Any, SalesProspect]:
    """Waiting records, each with its one certain match."""
    found = {}
    for number in range(16):
        record, known = a_record(batch), SalesProspect.objects.create(contact_last_name=f"Known {number}")
        a_candidate(record, known)
        found[record.pk] = known
    return found


@pytest.fixture
def run(pairs: Any, reviewer: Any) -> BulkRun:
    return bulk_runs.draw(BulkDecision.MERGE, StagedRecord.objects.all(), LIMIT, reviewer)


def sample(run: BulkRun) -> list[BulkItem]:
    return list(run.items.filter(is_sample=True))


def check(run: BulkRun, reviewer: Any, wrong: int = 0) -> None:
    for number, item in enumerate(sample(run)):
        if number < wrong:
            review.approve_as_new(item.staged_record_id, reviewer)
        else:
            review.merge(item.staged_record_id, reviewer, kind="prospect", candidate_id=item.candidate_id)


def released(run: BulkRun, reviewer: Any) -> BulkRun:
    check(run, reviewer)
    return bulk_runs.release(run.pk, reviewer)


def test_a_sample_is_drawn_at_random_and_the_rest_waits(run, pairs):
    assert (run.status, run.sample_size, run.items.count()) == ("checking", NEEDED, 16)
    assert len(sample(run)) == NEEDED
    assert not ReviewDecision.objects.exists()


def test_only_records_that_the_decision_is_safe_for_are_in_a_run(pairs, batch, reviewer):
    torn = a_record(batch)
    a_candidate(torn, SalesProspect.objects.create(contact_last_name="Other"), band="likely", score=0.93)
    run = bulk_runs.draw(BulkDecision.MERGE, StagedRecord.objects.all(), LIMIT, reviewer)
    assert not run.items.filter(staged_record=torn).exists()


def test_a_set_no_larger_than_its_sample_is_decided_by_hand(pairs, reviewer):
    with pytest.raises(RunRefusedError, match="59 would have to be checked"):
        bulk_runs.draw(BulkDecision.MERGE, StagedRecord.objects.all(), 0.05, reviewer)


def test_the_rest_is_not_released_before_all_of_the_sample_is_checked(run, reviewer):
    with pytest.raises(RunRefusedError, match="6 of the sample are still to be checked"):
        bulk_runs.release(run.pk, reviewer)


def test_the_rest_is_not_released_when_the_sample_does_not_rule_out_the_limit(run, reviewer):
    check(run, reviewer, wrong=3)
    assert bulk_runs.sample_of(run).errors == 3
    with pytest.raises(RunRefusedError, match="3 of 6 checked ones were wrong"):
        bulk_runs.release(run.pk, reviewer)
    run.refresh_from_db()
    assert run.status == "checking"


def test_a_sample_that_was_decided_in_bulk_was_not_checked_by_hand(run, reviewer):
    from imports.bulk import bulk_review

    bulk_review.carry_out(bulk_review.plan(BulkDecision.MERGE, StagedRecord.objects.all()), reviewer)
    assert bulk_runs.sample_of(run).errors == NEEDED


def test_an_undone_check_counts_as_unchecked_again(run, reviewer):
    check(run, reviewer)
    undo.undo(ReviewDecision.objects.all()[0].pk, reviewer)
    assert bulk_runs.sample_of(run).checked == NEEDED - 1


def test_a_released_run_states_its_bound_and_decides_the_rest(run, reviewer, pairs):
    released(run, reviewer)
    done = bulk_runs.work(run.pk, seconds=60)
    assert (done.status, done.released_by, done.sample_errors) == ("done", reviewer, 0)
    assert 0 < done.bound_percent <= 45
    became = dict(StagedRecord.objects.values_list("pk", "imported_prospect"))
    assert became == {record: known.pk for record, known in pairs.items()}
    assert done.decisions.count() == 16 - NEEDED


def test_a_record_that_changed_since_the_drawing_is_left_out_with_the_reason(run, reviewer):
    left = run.items.filter(is_sample=False).select_related("staged_record")
    second, rejected = left[0].staged_record, left[1].staged_record
    a_candidate(second, SalesProspect.objects.create(contact_last_name="Newcomer"))
    released(run, reviewer)
    review.reject(rejected.pk, reviewer)
    bulk_runs.work(run.pk, seconds=60)
    notes = dict(run.items.filter(result="refused").values_list("staged_record", "note"))
    assert set(notes) == {second.pk, rejected.pk}
    assert "several candidates" in notes[second.pk]
    assert "Decided by somebody else" in notes[rejected.pk]


def test_a_record_that_matches_somebody_else_by_now_is_left_out(run, reviewer):
    item = run.items.filter(is_sample=False)[0]
    item.staged_record.candidates.all().delete()
    a_candidate(item.staged_record, SalesProspect.objects.create(contact_last_name="Newcomer"))
    released(run, reviewer)
    bulk_runs.work(run.pk, seconds=60)
    assert "somebody else now" in run.items.get(result="refused").note


def test_a_run_stops_when_asked_and_goes_on_where_it_was(run, reviewer):
    released(run, reviewer)
    bulk_runs.request_stop(run.pk)
    assert bulk_runs.work(run.pk, seconds=60).status == "stopped"
    assert not ReviewDecision.objects.filter(bulk_run=run).exists()
    with pytest.raises(NotToBeRunError):
        bulk_runs.work(run.pk, seconds=60)
    assert bulk_runs.resume(run.pk)
    assert bulk_runs.work(run.pk, seconds=60).status == "done"
    assert ReviewDecision.objects.filter(bulk_run=run).count() == 10


def test_a_run_works_in_slices_and_leaves_the_rest_to_the_next(run, reviewer):
    released(run, reviewer)
    assert bulk_runs.work(run.pk, seconds=0).status == "queued"
    assert bulk_runs.work(run.pk, seconds=60).status == "done"


def test_a_run_whose_process_was_killed_after_a_decision_goes_on_without_calling_it_refused(run, reviewer):
    released(run, reviewer)
    item = run.items.filter(is_sample=False)[0]
    review.merge(item.staged_record_id, reviewer, kind="prospect", candidate_id=item.candidate_id, bulk_run=run)
    BulkRun.objects.filter(pk=run.pk).update(status="running", runner="elsewhere:1", heartbeat_at=None)
    bulk_runs.work(run.pk, seconds=60)
    assert not run.items.filter(result="refused").exists()
    assert run.decisions.count() == 10


def test_two_workers_never_work_on_one_run(run, reviewer):
    released(run, reviewer)
    with batch_lock(run.pk), pytest.raises(NotToBeRunError):
        bulk_runs.work(run.pk, seconds=60)
    assert not run.decisions.exists()


def test_a_run_is_undone_as_a_whole_and_the_checked_sample_stays(run, reviewer, pairs):
    released(run, reviewer)
    bulk_runs.work(run.pk, seconds=60)
    assert bulk_runs.request_undo(run.pk, reviewer)
    undone = bulk_runs.work(run.pk, seconds=60)
    assert undone.undone_at is not None
    assert StagedRecord.objects.filter(status="matched").count() == 16 - NEEDED
    assert StagedRecord.objects.filter(status="imported").count() == NEEDED
    assert not bulk_runs.request_undo(run.pk, reviewer), "once"


def test_runs_that_no_worker_took_up_are_queued_again(run, reviewer):
    released(run, reviewer)
    assert bulk_runs.waiting_too_long() == []
    BulkRun.objects.update(updated_at=timezone.now() - bulk_runs.QUEUED_TOO_LONG * 2)
    assert bulk_runs.waiting_too_long() == [run.pk]
    assert bulk_runs.waiting_too_long() == [], "once in that while"


# ---------------------------------------------------------------- the pages


@pytest.fixture
def page(client: Any, reviewer: Any) -> Any:
    client.force_login(reviewer)
    return client


def url(run: BulkRun, page: str = "change") -> str:
    return reverse(f"admin:imports_bulkrun_{page}", args=[run.pk])


def test_a_run_is_drawn_checked_released_followed_and_undone_on_its_pages(page, pairs, reviewer):
    answer = page.post(
        reverse("admin:imports_bulkrun_draw"), {"decision": "merge", "limit": "45", "back_query": "status=matched"}
    )
    run = BulkRun.objects.get()
    assert answer.url == url(run)
    html = page.get(url(run)).content.decode()
    assert "16 records can be decided together. 6 of them were drawn" in html
    first = page.get(reverse("admin:imports_stagedrecord_next"), {"_changelist_filters": f"run={run.pk}"})
    assert any(str(item.staged_record_id) in first.url for item in sample(run))
    assert "Drawn to check a bulk run" in page.get(first.url).content.decode()
    check(run, reviewer)
    html = page.get(url(run)).content.decode()
    assert "Release the rest: 10 records" in html
    assert "At 95 % confidence at most" in html
    page.post(url(run, "release"))
    bulk_runs.work(run.pk, seconds=60)
    assert "10 of 10 records done" in page.get(url(run, "progress")).content.decode()
    page.post(url(run, "undo"))
    bulk_runs.work(run.pk, seconds=60)
    assert "10 of 10 decisions undone" in page.get(url(run)).content.decode()


@pytest.mark.parametrize("nonsense", [{}, {"decision": "merge", "limit": "many"}, {"decision": "skip", "limit": "5"}])
def test_nonsense_draws_nothing_and_says_so(page, pairs, nonsense):
    assert page.post(reverse("admin:imports_bulkrun_draw"), nonsense, follow=True).status_code == 200
    assert not BulkRun.objects.exists()


@pytest.mark.parametrize("what", ["release", "drop", "stop", "resume", "undo"])
def test_a_run_is_changed_by_post_and_with_the_right_to_review_only(client, run, django_user_model, what):
    from django.contrib.auth.models import Permission

    onlooker = django_user_model.objects.create_user("onlooker", is_staff=True)
    onlooker.user_permissions.add(Permission.objects.get(codename="view_bulkrun"))
    client.force_login(onlooker)
    assert client.get(url(run, what)).status_code == 405
    assert client.post(url(run, what)).status_code == 403
    assert client.get(url(run)).status_code == 200


def test_what_was_done_to_many_at_once_can_be_undone_as_a_whole(page, pairs, reviewer):
    ids = list(pairs)
    page.post(reverse("admin:imports_stagedrecord_decide_many"), {"decision": "skip", "record": ids})
    run = BulkRun.objects.get()
    assert "Undo 16 decisions" in page.get(url(run)).content.decode()
    page.post(url(run, "undo"))
    bulk_runs.work(run.pk, seconds=60)
    assert StagedRecord.objects.filter(status="matched").count() == 16


def test_the_database_releases_no_run_beyond_its_limit(run):
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkRun.objects.filter(pk=run.pk).update(status="queued", bound_percent=50)
    with pytest.raises(IntegrityError), transaction.atomic():
        BulkRun.objects.filter(pk=run.pk).update(status="queued")
