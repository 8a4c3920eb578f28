"""A batch that is to be compared again is compared, whatever becomes of the message that says so."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from imports.admin import comparing_again
from imports.matching import again
from imports.models import ImportBatch, StagedRecord
from imports.tasks import compare_batch_again, notice_waiting_comparisons
from imports.tests.apart_cast import FATHER, candidates, pulled
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db


@pytest.fixture
def record(integration: Any) -> StagedRecord:
    """A waiting record whose father came into the portal after it was compared."""
    record = pulled(integration)
    SalesProspect.objects.create(**FATHER)
    return record


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The batches of which workers are told by the sweep."""
    told: list[str] = []
    monkeypatch.setattr(compare_batch_again, "delay", told.append)
    return told


def a_while_passes() -> None:
    ImportBatch.objects.exclude(compare_told_at=None).update(
        compare_told_at=timezone.now() - again.QUEUED_TOO_LONG - timedelta(seconds=1)
    )


def asked(batch: ImportBatch) -> bool:
    return ImportBatch.objects.get(pk=batch.pk).compare_asked_at is not None


def press(client: Any, user: Any, record: StagedRecord) -> str:
    client.force_login(user)
    url = reverse("admin:imports_thresholds_compare", args=[record.batch_id])
    return str(client.post(url, follow=True).content.decode())


def test_what_the_broker_lost_is_picked_up_by_the_schedule(record, told):
    again.ask(record.batch_id)
    notice_waiting_comparisons()
    assert told == [], "the message may be on its way"
    a_while_passes()
    notice_waiting_comparisons()
    notice_waiting_comparisons()
    assert told == [str(record.batch_id)], "once in that while"
    compare_batch_again(told[0])
    assert candidates(record) != set()
    a_while_passes()
    notice_waiting_comparisons()
    assert len(told) == 1


def test_the_schedule_looks_for_them(settings):
    tasks = {entry["task"] for entry in settings.CELERY_BEAT_SCHEDULE.values()}
    assert "imports.tasks.notice_waiting_comparisons" in tasks


def test_a_broker_that_is_away_delays_it_and_the_page_says_so(client, admin_user, record, told, monkeypatch):
    monkeypatch.setattr(comparing_again, "queue", lambda *told: False)
    html = press(client, admin_user, record)
    assert "waits to be compared again: the queue (Redis) cannot be reached" in html
    assert "to be compared again since" in html
    a_while_passes()
    notice_waiting_comparisons()
    assert told == [str(record.batch_id)]


def test_when_it_is_done_the_page_says_so_no_more(client, admin_user, record, monkeypatch):
    monkeypatch.setattr(comparing_again, "queue", lambda *told: True)
    press(client, admin_user, record)
    compare_batch_again(str(record.batch_id))
    assert not asked(record.batch)
    page = reverse("admin:imports_thresholds_changelist")
    assert "to be compared again since" not in client.get(page).content.decode()


def test_a_second_message_finds_it_done(record, caplog):
    caplog.set_level("INFO")
    again.ask(record.batch_id)
    compare_batch_again(str(record.batch_id))
    compare_batch_again(str(record.batch_id))
    assert caplog.text.count("not compared again: Nobody asks for it, or it has been done.") == 1


def test_a_batch_that_is_worked_on_is_left_alone_and_goes_on_waiting(record, caplog):
    ImportBatch.objects.update(
        status="running", phase="detection", finished_at=None, runner="elsewhere:1", heartbeat_at=timezone.now()
    )
    again.ask(record.batch_id)
    caplog.set_level("INFO")
    compare_batch_again(str(record.batch_id))
    assert "not compared again" in caplog.text
    assert asked(record.batch)


def test_what_is_asked_for_while_it_is_compared_is_done_afterwards(record):
    again.ask(record.batch_id)
    asked_meanwhile: list[bool] = []

    def somebody_asks(execute: Any, sql: str, *more: Any) -> Any:
        if "ghl_import_lookup_keys" in sql and not asked_meanwhile:
            asked_meanwhile.append(True)
            again.ask(record.batch_id)
        return execute(sql, *more)

    with connection.execute_wrapper(somebody_asks):
        compare_batch_again(str(record.batch_id))
    assert asked_meanwhile
    assert asked(record.batch)
    compare_batch_again(str(record.batch_id))
    assert not asked(record.batch)


def test_one_that_is_being_compared_is_not_told_of_again(record):
    again.ask(record.batch_id)
    a_while_passes()
    seen: list[list[Any]] = []

    def sweep(execute: Any, sql: str, *more: Any) -> Any:
        if "INSERT INTO ghl_import_match_candidates" in sql and not seen:
            seen.append(again.waiting_too_long())
        return execute(sql, *more)

    with connection.execute_wrapper(sweep):
        compare_batch_again(str(record.batch_id))
    assert seen == [[]]


@pytest.mark.parametrize(("fault", "is_repeated"), [(RuntimeError("Ours."), False), (OperationalError("Away."), True)])
def test_a_fault_of_the_portals_own_is_not_repeated_for_ever_but_an_outage_is_waited_for(record, fault, is_repeated):
    again.ask(record.batch_id)

    def breaks(execute: Any, sql: str, *more: Any) -> Any:
        if "ghl_import_lookup_keys" in sql:
            raise fault
        return execute(sql, *more)

    with pytest.raises(type(fault)), connection.execute_wrapper(breaks):
        compare_batch_again(str(record.batch_id))
    assert asked(record.batch) is is_repeated


def test_a_batch_that_is_gone_is_nothing_to_compare(caplog):
    nobody = "00000000-0000-0000-0000-000000000000"
    caplog.set_level("INFO")
    compare_batch_again(nobody)
    assert "not compared again" in caplog.text


def test_the_database_keeps_both_moments_or_none(record):
    with pytest.raises(IntegrityError), transaction.atomic():
        ImportBatch.objects.update(compare_asked_at=timezone.now())
