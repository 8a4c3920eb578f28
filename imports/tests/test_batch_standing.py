"""Where a batch stands: what is decided, how fast, by whom; and the summary that one can send on."""

import csv
import io
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from imports.admin.standing_words import bar_parts, pace_in_words
from imports.deciding import review
from imports.models import BulkRun, ImportBatch, ReviewDecision, StagedRecord
from imports.reporting.standing import decisions_an_hour, pace_of, reasons_of_errors, standing_of_batch
from imports.reporting.summaries import Summary, as_text
from imports.tests.review_cast import a_batch, a_candidate, a_record, an_error, many_records
from prospects.models import SalesProspect

NOON = datetime(2026, 11, 20, 12, tzinfo=timezone.get_default_timezone())


def page_of(batch: ImportBatch, name: str = "change") -> str:
    return reverse(f"admin:imports_importbatch_{name}", args=[batch.pk])


def html_of(browser: Any, url: str) -> str:
    return browser.get(url).content.decode()


def times(count: int, seconds: float, start: datetime = NOON) -> list[datetime]:
    return [start + timedelta(seconds=seconds * number) for number in range(count)]


def decided_at(batch: ImportBatch, reviewer: User, moments: list[datetime], **about: Any) -> None:
    """Records skipped one after the other at these moments."""
    for moment in moments:
        decision = review.skip(a_record(batch).pk, reviewer).decision
        ReviewDecision.objects.filter(pk=decision.pk).update(decided_at=moment, **about)
        StagedRecord.objects.filter(pk=decision.staged_record_id).update(reviewed_at=moment)


# ---------------------------------------------------------------- the bar


def test_the_bar_shows_each_part_by_its_share():
    bar = bar_parts([("decided", 50), ("waiting", 30), ("errors", 20)])
    assert [(part["name"], part["start"], part["width"]) for part in bar] == [
        ("decided", "0.00", "50.00"),
        ("waiting", "50.00", "30.00"),
        ("errors", "80.00", "20.00"),
    ]


def test_one_error_among_many_can_still_be_seen_and_nothing_at_all_cannot():
    bar = bar_parts([("decided", 0), ("waiting", 100_000), ("errors", 1)])
    assert [part["name"] for part in bar] == ["waiting", "errors"]
    assert 0.4 < float(bar[1]["width"]) < 0.6
    assert sum(float(part["width"]) for part in bar) == pytest.approx(100)
    assert bar_parts([("decided", 0)]) == []


@pytest.mark.django_db
def test_the_page_says_in_words_what_the_bar_shows(client, reviewer, batch):
    records = [a_record(batch) for _ in range(4)]
    an_error(batch)
    review.skip(records[0].pk, reviewer)
    review.approve_as_new(records[1].pk, reviewer)
    client.force_login(reviewer)
    html = html_of(client, page_of(batch))
    assert 'role="img" aria-label="2 decided, 2 waiting, 1 with errors"' in html
    assert "40 % decided" in html
    assert "</span>2 decided" in html


@pytest.mark.django_db
def test_all_but_one_is_not_a_hundred_percent(admin_client, reviewer, batch):
    many_records(batch, 200, status="skipped", decision="skip", reviewed_by=reviewer, reviewed_at=timezone.now())
    a_record(batch)
    assert "99 % decided" in html_of(admin_client, page_of(batch))


@pytest.mark.django_db
def test_an_empty_batch_has_no_bar(admin_client, batch):
    assert "standing-bar" not in html_of(admin_client, page_of(batch))


@pytest.mark.django_db
def test_a_replaced_record_is_settled_but_nobody_decided_it(batch):
    a_record(batch, status="skipped", decision="superseded", reviewed_at=timezone.now())
    standing = standing_of_batch(batch)
    assert (standing.decided, standing.replaced, standing.waiting, standing.reviewers) == (0, 1, 0, ())


# ---------------------------------------------------------------- pace


def test_a_pace_is_decisions_by_the_time_that_they_took():
    assert decisions_an_hour(times(61, 10)) == pytest.approx(360)


def test_a_pause_is_not_counted_as_work():
    after_lunch = times(31, 10, NOON + timedelta(hours=1))
    assert decisions_an_hour([*times(31, 10), *after_lunch]) == pytest.approx(360)


@pytest.mark.parametrize("few", [[], times(1, 10), times(9, 60), times(15, 10), times(40, 3600)])
def test_too_little_tells_no_pace(few):
    assert decisions_an_hour(few) is None


@pytest.mark.django_db
def test_the_page_says_how_fast_it_goes_and_how_long_what_waits_will_take(admin_client, reviewer, batch):
    decided_at(batch, reviewer, times(25, 15, timezone.now() - timedelta(hours=1)))
    for _ in range(20):
        a_record(batch)
    html = html_of(admin_client, page_of(batch))
    assert "About 240 decisions an hour lately, pauses left out." in html
    assert "What waits takes about 5 minutes more at this pace." in html


@pytest.mark.django_db
def test_neither_yesterday_nor_a_bulk_run_nor_what_was_undone_says_how_fast_people_are(reviewer, batch):
    now = timezone.now()
    bulk = BulkRun.objects.create(decision="skip", started_by=reviewer)
    decided_at(batch, reviewer, times(25, 15, now - timedelta(hours=30)))
    decided_at(batch, reviewer, times(25, 15, now - timedelta(hours=1)), bulk_run=bulk)
    decided_at(batch, reviewer, times(25, 15, now - timedelta(hours=2)), undone_at=now, undone_by=reviewer)
    assert pace_of(batch, 10) is None
    decided_at(batch, reviewer, times(25, 15, now - timedelta(hours=3)))
    assert pace_of(batch, 10) is not None


@pytest.mark.django_db
def test_the_pace_of_another_batch_says_nothing_of_this_one(reviewer, batch, integration):
    other = a_batch(integration)
    decided_at(other, reviewer, times(25, 15, timezone.now() - timedelta(hours=1)))
    assert pace_of(batch, 10) is None


@pytest.mark.django_db
def test_no_time_is_left_where_nothing_waits(reviewer, batch):
    decided_at(batch, reviewer, times(25, 15, timezone.now() - timedelta(hours=1)))
    assert pace_in_words(batch, 0) == ""


# ---------------------------------------------------------------- who


@pytest.mark.django_db
def test_each_reviewer_has_a_line_with_what_they_decided(admin_client, admin_user, reviewer, batch):
    person = SalesProspect.objects.create(contact_last_name="Known")
    records = [a_record(batch) for _ in range(5)]
    a_candidate(records[3], person)
    review.skip(records[0].pk, reviewer)
    review.reject(records[1].pk, reviewer)
    review.approve_as_new(records[2].pk, reviewer)
    review.merge(records[3].pk, admin_user, kind="prospect", candidate_id=person.pk)
    first, second = standing_of_batch(batch).reviewers
    assert (first.name, first.total, first.counts) == ("reviewer", 3, {"skip": 1, "reject": 1, "new": 1})
    assert (second.total, second.counts) == (1, {"merge": 1})
    assert '<th scope="row">reviewer</th><td>3</td><td>1</td><td>0</td><td>1</td><td>1</td>' in html_of(
        admin_client, page_of(batch)
    )


@pytest.mark.django_db
def test_the_page_of_a_large_batch_asks_as_often_as_that_of_a_small_one(
    admin_client, reviewer, batch, django_assert_max_num_queries
):
    decided_at(batch, reviewer, times(30, 15, timezone.now() - timedelta(hours=1)))
    for _ in range(20):
        an_error(batch)
    with django_assert_max_num_queries(15):
        admin_client.get(page_of(batch))
    with django_assert_max_num_queries(10):
        admin_client.get(page_of(batch, "summary"))


# ---------------------------------------------------------------- the summary


@pytest.fixture
def finished(batch: ImportBatch, reviewer: User) -> ImportBatch:
    """Two approved, one merged with a certain match, one rejected; decided within a quarter of an hour."""
    person = SalesProspect.objects.create(contact_last_name="Known")
    records = [a_record(batch) for _ in range(4)]
    a_candidate(records[2], person)
    review.approve_as_new(records[0].pk, reviewer)
    review.approve_as_new(records[1].pk, reviewer)
    review.merge(records[2].pk, reviewer, kind="prospect", candidate_id=person.pk)
    review.reject(records[3].pk, reviewer)
    for number, record in enumerate(records):
        StagedRecord.objects.filter(pk=record.pk).update(reviewed_at=NOON + timedelta(minutes=5 * number))
    return batch


@pytest.mark.django_db
def test_a_finished_batch_is_told_by_decision_by_band_and_by_person(finished):
    text = as_text(Summary.of(finished))
    assert "Finished: every record is decided." in text
    assert "Decided from Nov 20, 2026 12:00 UTC to Nov 20, 2026 12:15 UTC." in text
    lines = {tuple(line.split(maxsplit=1)) for line in text.splitlines() if line.startswith(" ")}
    assert {("4", "All"), ("2", "Approved as new"), ("1", "Merged"), ("1", "Rejected")} <= lines
    assert "Decided, certain match\r\n          1  Merged" in text
    assert "Decided, no match\r\n          2  Approved as new\r\n          1  Rejected" in text
    assert "By reviewer\r\n          2  Approved as new" in text


@pytest.mark.django_db
def test_a_batch_that_is_not_finished_says_what_is_left(finished):
    a_record(finished)
    an_error(finished)
    summary = Summary.of(finished)
    assert summary.state == "Not finished: 1 still to review, 1 that cannot be read."
    ImportBatch.objects.update(status="running", phase="calls", finished_at=None)
    finished.refresh_from_db()
    assert "running" in Summary.of(finished).state


@pytest.mark.django_db
def test_errors_are_told_by_their_reason_and_not_by_their_line(batch):
    for line in range(2, 5):
        a_record(batch, status="error", error_message=f"Line {line}: {line} values for 3 columns, so a quote. Mend.")
    an_error(batch)
    assert reasons_of_errors(batch).named == (
        ("… values for … columns, so a quote", 3),
        ("Nothing to tell this person by", 1),
    )


@pytest.mark.django_db
def test_reasons_beyond_the_first_ten_are_counted_together(batch):
    for word in "abcdefghijkl":
        a_record(batch, status="error", error_message=f"Reason {word}.")
    reasons = reasons_of_errors(batch)
    assert (len(reasons.named), reasons.others) == (10, 2)
    assert "2  Other reasons" in as_text(Summary.of(batch))


@pytest.mark.django_db
def test_the_summary_is_a_page_a_text_and_a_table_that_a_reviewer_may_see(client, reviewer, finished):
    client.force_login(reviewer)
    assert "Summary to send on" in html_of(client, page_of(finished))
    assert "Finished: every record is decided." in html_of(client, page_of(finished, "summary"))
    text = client.get(page_of(finished, "summary_text"))
    assert (text.headers["Content-Type"], "attachment" in text.headers["Content-Disposition"]) == (
        "text/plain; charset=utf-8",
        True,
    )
    table = b"".join(client.get(page_of(finished, "summary_csv")).streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(table, newline="")))
    assert ["Decisions", "Approved as new", "2"] in rows
    assert ["State", "Finished: every record is decided.", ""] in rows


@pytest.mark.django_db
def test_a_name_in_a_summary_is_not_run_as_a_formula(admin_client, finished, integration):
    integration.name = "=HYPERLINK(1)"
    integration.save()
    table = b"".join(admin_client.get(page_of(finished, "summary_csv")).streaming_content).decode()
    assert "'=HYPERLINK(1)" in table
    assert ",=HYPERLINK" not in table


@pytest.mark.django_db
def test_the_summary_is_not_for_who_may_not_see_batches(client, batch):
    client.force_login(User.objects.create_user("nobody", is_staff=True))
    for name in ("summary", "summary_text", "summary_csv"):
        assert client.get(page_of(batch, name)).status_code == 403


@pytest.mark.django_db
def test_the_summary_of_no_batch_is_not_there(admin_client):
    url = reverse("admin:imports_importbatch_summary", args=["00000000-0000-0000-0000-000000000000"])
    assert admin_client.get(url).status_code == 404
