"""What workers do with a file that was brought in: told of, lost, stopped, killed, gone on with, forgotten."""

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from imports import tasks
from imports.files import csv_handover, csv_uploads
from imports.files.csv_check import Judge
from imports.files.csv_import import _Work
from imports.models import CsvUpload, ImportBatch, StagedRecord
from imports.pulling import batches
from imports.runner import NotToBeRunError, batch_lock
from imports.tests.csv_cast import ANN, DANA, HOUSE, an_operator, many
from integrations.tests.installation import Installation

LONG_AGO = timezone.now() - timedelta(minutes=11)


class PowerCutError(Exception):
    pass


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """What the pages and the sweep hand over to workers."""
    told: list[tuple[str, str]] = []
    monkeypatch.setattr("imports.admin.csv_pages.queue", lambda task, *about: told.append((task, *about)) or True)
    for name in ("check_csv", "stage_csv"):
        task = getattr(tasks, name)
        monkeypatch.setattr(task, "delay", lambda row_id, task=task: told.append((task.name, row_id)))
    return told


@pytest.fixture
def halfway(desk: Any, monkeypatch: pytest.MonkeyPatch) -> ImportBatch:
    """A batch of five rows whose worker's machine lost its power after the first chunk of two."""
    upload = desk.confirm(desk.bring(many(5)))
    batch = csv_handover.hand_over(upload, upload.uploaded_by)
    monkeypatch.setattr("imports.files.csv_import.ROWS_AT_ONCE", 2)

    def cut(work: Any) -> None:
        raise PowerCutError

    with monkeypatch.context() as power:
        power.setattr(_Work, "_stop_if_asked", cut)
        with pytest.raises(PowerCutError):
            tasks.stage_csv(str(batch.pk))
    ImportBatch.objects.filter(pk=batch.pk).update(status="running", error="")  # a dead process notes nothing
    return ImportBatch.objects.get(pk=batch.pk)


def batch_now(batch: ImportBatch) -> ImportBatch:
    return ImportBatch.objects.get(pk=batch.pk)


def post(desk: Any, name: str, batch: ImportBatch) -> Any:
    return desk.browser.post(reverse(f"admin:imports_importbatch_{name}", args=[batch.pk]))


# ---------------------------------------------------------------- told and lost


@pytest.mark.django_db
def test_each_step_is_handed_to_a_worker_once_it_is_written(desk, queued):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    batch = desk.stage(upload)
    assert queued == [("imports.tasks.check_csv", str(upload.pk)), ("imports.tasks.stage_csv", str(batch.pk))]


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_is_told_of_and_the_sweep_hands_over_later(desk, monkeypatch, queued):
    monkeypatch.setattr("imports.admin.csv_pages.queue", lambda *about: False)
    upload = desk.bring(HOUSE + DANA)
    chosen = {f"column_{number}": upload.columns[header] for number, header in enumerate(upload.headers)}
    desk.browser.post(desk.url(upload, "csv_columns"), chosen)
    assert "No worker could be told" in desk.page(upload)
    tasks.notice_dead_files()
    assert queued == []
    CsvUpload.objects.update(updated_at=LONG_AGO)
    tasks.notice_dead_files()
    tasks.notice_dead_files()
    assert queued == [("imports.tasks.check_csv", str(upload.pk))]


@pytest.mark.django_db
def test_a_batch_that_no_worker_took_up_is_handed_over_again(desk, queued):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    batch = csv_handover.hand_over(upload, upload.uploaded_by)
    queued.clear()
    ImportBatch.objects.update(updated_at=LONG_AGO)
    tasks.notice_dead_files()
    tasks.notice_dead_files()
    assert queued == [("imports.tasks.stage_csv", str(batch.pk))]


@pytest.mark.django_db
def test_a_check_that_died_is_noticed_and_can_be_tried_again(desk):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    CsvUpload.objects.update(status="checking", heartbeat_at=LONG_AGO)
    tasks.notice_dead_files()
    assert "ended without a word" in desk.page(upload)
    upload.refresh_from_db()
    assert desk.confirm(upload).status == "checked"


@pytest.mark.django_db
def test_a_check_that_is_alive_is_left_alone(desk):
    upload = desk.confirm(desk.bring(HOUSE + DANA))
    CsvUpload.objects.update(status="checking", heartbeat_at=timezone.now())
    tasks.notice_dead_files()
    upload.refresh_from_db()
    assert upload.status == "checking"


@pytest.mark.django_db
def test_a_fault_of_ours_is_told_without_what_it_says_of_people(desk, monkeypatch):
    def fail(*about: Any) -> None:
        raise ValueError("dana@whitfield.example")

    upload = desk.bring(HOUSE + DANA)
    with monkeypatch.context() as broken:
        broken.setattr("imports.files.csv_check.Judge.judge", fail)
        with pytest.raises(ValueError, match="dana"):
            desk.confirm(upload)
    upload.refresh_from_db()
    assert (upload.status, "(ValueError)" in upload.problem, "dana" in upload.problem) == ("columns", True, False)
    upload = desk.confirm(upload)
    batch = csv_handover.hand_over(upload, upload.uploaded_by)
    monkeypatch.setattr("imports.files.csv_check.Judge.judge", fail)
    with pytest.raises(ValueError, match="dana"):
        tasks.stage_csv(str(batch.pk))
    batch = batch_now(batch)
    assert (batch.status, "Resume" in batch.error, "dana" in batch.error) == ("failed", True, False)


# ---------------------------------------------------------------- stopped, dead, gone on with


@pytest.mark.django_db
def test_an_import_that_died_is_noticed_and_resumed_from_its_page(halfway, desk, queued):
    assert StagedRecord.objects.count() == 2
    batches.note_dead()
    page = desk.page(halfway, "change")
    assert "after 2 rows" in page
    assert "Resume" in page
    with desk.capture(execute=True):
        post(desk, "csv_resume", halfway)
    assert queued[-1] == ("imports.tasks.stage_csv", str(halfway.pk))
    tasks.stage_csv(str(halfway.pk))
    batch = batch_now(halfway)
    assert (batch.status, batch.contacts_read, batch.contacts_staged) == ("success", 5, 5)
    assert list(StagedRecord.objects.order_by("position").values_list("position", flat=True)) == [2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_an_import_is_stopped_after_its_chunk_and_goes_on_without_doubling(desk, monkeypatch):
    monkeypatch.setattr("imports.files.csv_import.ROWS_AT_ONCE", 2)
    upload = desk.confirm(desk.bring(many(5)))
    batch = csv_handover.hand_over(upload, upload.uploaded_by)
    post(desk, "stop", batch)
    tasks.stage_csv(str(batch.pk))
    assert (batch_now(batch).status, StagedRecord.objects.count()) == ("stopped", 2)
    post(desk, "csv_resume", batch)
    tasks.stage_csv(str(batch.pk))
    assert (batch_now(batch).status, StagedRecord.objects.count()) == ("success", 5)


@pytest.mark.django_db
def test_an_import_that_is_given_up_keeps_its_rows_and_forgets_its_file(halfway, desk):
    batches.note_dead()
    post(desk, "give_up", halfway)
    tasks.notice_dead_files()
    upload = CsvUpload.objects.get()
    assert (batch_now(halfway).phase, bytes(upload.content), StagedRecord.objects.count()) == ("done", b"", 2)
    assert "not kept any more" in str(desk.browser.get(post(desk, "csv_resume", halfway).url).content.decode())


@pytest.mark.django_db
def test_a_given_up_import_writes_nothing_more(halfway, desk, monkeypatch):
    def given_up(work: Any) -> None:
        batches.give_up(work.batch)

    monkeypatch.setattr(_Work, "_stop_if_asked", given_up)
    csv_handover.queue_again(halfway)
    tasks.stage_csv(str(halfway.pk))
    assert (batch_now(halfway).status, StagedRecord.objects.count()) == ("failed", 2)


@pytest.mark.django_db
def test_two_workers_do_not_stage_one_file_at_once(halfway):
    with batch_lock(halfway.pk), pytest.raises(NotToBeRunError):
        csv_handover.stage_batch(halfway.pk)
    assert StagedRecord.objects.count() == 2


def test_of_two_files_with_the_same_rows_staged_at_once_one_brings_them(shared_database, integration, monkeypatch):
    olga, waiting = an_operator(), []
    for file in (HOUSE + DANA + ANN, HOUSE + ANN + DANA):
        about = {"file_name": "f.csv", "source_name": "Fair", "integration": integration, "by": olga}
        upload = csv_uploads.receive(file.encode(), **about)
        csv_uploads.confirm_columns(upload, upload.columns, olga)
        csv_uploads.check(upload.pk)
        waiting.append(csv_handover.hand_over(csv_uploads.upload_of(upload.pk), olga).pk)
    both = threading.Barrier(2, timeout=1)
    judged = Judge.judge

    def judge_and_wait_for_the_other(judge: Any, rows: Any) -> Any:
        verdicts = judged(judge, rows)
        with suppress(threading.BrokenBarrierError):
            both.wait()
        return verdicts

    def work(batch_id: Any) -> None:
        try:
            csv_handover.stage_batch(batch_id)
        finally:
            connection.close()

    monkeypatch.setattr(Judge, "judge", judge_and_wait_for_the_other)
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(work, waiting))
    assert StagedRecord.objects.count() == 2
    assert sorted(ImportBatch.objects.values_list("contacts_unchanged", flat=True)) == [0, 2]


@pytest.mark.django_db
def test_an_import_shows_how_far_it_is_as_rows(halfway, desk):
    page = desk.page(halfway, "progress")
    assert "Staging rows: 2 of 5 rows" in page
    assert '<progress value="40" max="100"' in page


@pytest.mark.django_db
def test_a_reviewer_resumes_nothing(halfway, client, reviewer):
    client.force_login(reviewer)
    assert client.post(reverse("admin:imports_importbatch_csv_resume", args=[halfway.pk])).status_code == 403


# ---------------------------------------------------------------- forgotten


@pytest.mark.django_db
def test_a_file_that_nobody_goes_on_with_is_forgotten_after_two_weeks(desk):
    old, young = desk.bring(HOUSE + DANA), desk.bring(HOUSE + ANN)
    CsvUpload.objects.filter(pk=old.pk).update(updated_at=timezone.now() - csv_uploads.KEPT_FOR)
    csv_uploads.forget_old()
    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.status, bytes(old.content), young.status) == ("dropped", b"", "columns")


# ---------------------------------------------------------------- killed


HAND_OVER = """
from django.contrib.auth.models import User
from imports.files import csv_handover, csv_uploads
from integrations.models import GHLIntegration
olga = User.objects.create_user("olga")
upload = csv_uploads.receive(
    open({path!r}, "rb").read(), file_name="people.csv", source_name="Fair", by=olga,
    integration=GHLIntegration.objects.get(),
)
csv_uploads.confirm_columns(upload, upload.columns, olga)
csv_uploads.check(upload.pk)
print(csv_handover.hand_over(csv_uploads.upload_of(upload.pk), olga).pk)
"""
WORK = "from imports.tasks import stage_csv; stage_csv({batch_id!r})"
BATCH = "SELECT status, contacts_read, contacts_staged, errors FROM ghl_import_batches"


@pytest.mark.slow
@pytest.mark.django_db
def test_a_worker_killed_while_it_stages_is_followed_by_one_that_goes_on(databases, tmp_path):
    installation = Installation(databases.copy(), "http://127.0.0.1:9")
    people = tmp_path / "people.csv"
    people.write_text(many(6000) + "Bo,,,surplus\n")
    out, err = installation.start("shell", "--no-imports", "-c", HAND_OVER.format(path=str(people))).communicate()
    work = WORK.format(batch_id=out.split()[-1])
    first = installation.start("shell", "--no-imports", "-c", work)
    until = time.monotonic() + 60
    while not 2000 <= installation.database.rows(BATCH)[0]["contacts_read"] < 6001:
        assert time.monotonic() < until
    first.kill()
    first.communicate()
    assert first.returncode == -signal.SIGKILL
    (cut_off,) = installation.database.rows(BATCH)
    assert (cut_off["status"], cut_off["contacts_read"] < 6001) == ("running", True)
    second = installation.start("shell", "--no-imports", "-c", work)
    assert (second.communicate()[1].count("Traceback"), second.returncode) == (0, 0)
    (told,) = installation.database.rows(BATCH)
    assert (told["status"], told["contacts_read"], told["contacts_staged"], told["errors"]) == (
        "partial",
        6001,
        6001,
        1,
    )
    rows = installation.database.rows(
        "SELECT COUNT(*) AS count, COUNT(DISTINCT record_key) AS keys FROM ghl_import_staging"
    )
    assert (rows[0]["count"], rows[0]["keys"]) == (6001, 6001)
    (upload,) = installation.database.rows("SELECT LENGTH(content) AS length FROM ghl_import_csv_uploads")
    assert upload["length"] == 0
