# ruff: noqa: F811 (the fixtures are those of the cast)
"""Decisions that do not arrive: the page says so, keeps them, sends them; nothing is lost and nothing done twice."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session

from ghlportal.tests.browser_cast import at_record, batch, browser, not_done, portal, review_url, visit  # noqa: F401
from imports.deciding import review
from imports.models import ReviewDecision, StagedRecord
from imports.tests.review_cast import a_record
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
DECIDE = "**/decide/*"


@pytest.fixture
def records(batch: Any) -> list[StagedRecord]:
    return [a_record(batch) for _ in range(3)]


def decided() -> dict[str, str]:
    """The decisions that stand, by name."""
    rows = StagedRecord.objects.exclude(decision="").order_by("position")
    return {row.full_name: row.decision for row in rows}


def wait_saved(page: Any) -> None:
    page.get_by_role("status").get_by_text("Saved.").wait_for()


def test_what_is_decided_without_a_connection_is_kept_and_sent_when_it_is_back(visit, batch, records, reviewer):
    first, second, third = records
    review.skip(a_record(batch).pk, reviewer)
    page, _ = visit(review_url(first), reviewer)
    page.wait_for_load_state("networkidle")  # the next one has been fetched
    page.context.set_offline(True)
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_text(f"Not saved: {first.full_name}.").wait_for()
    assert "There is no connection to the portal. Your decision is kept in this tab." in not_done(page)
    page.keyboard.press("z")
    page.get_by_role("status").get_by_text("Nothing was taken back").wait_for()
    page.keyboard.press("s")
    page.get_by_text(f"Not saved: {second.full_name}.").wait_for()
    assert page.locator("#decision").get_attribute("inert") is not None, "there is nothing more to show yet"
    assert list(decided().values()) == ["skip"], "the one from before"
    page.context.set_offline(False)
    at_record(page, third)
    assert not_done(page) == ""
    assert [decided()[one.full_name] for one in (first, second)] == ["new", "skip"]
    assert ReviewDecision.objects.count() == 3


def test_a_decision_whose_answer_was_lost_is_sent_again_and_done_once(visit, records, reviewer):
    first, second, _ = records
    page, _ = visit(review_url(first), reviewer)

    def lose_the_answer(route: Any) -> None:
        route.fetch()
        route.abort()

    page.route(DECIDE, lose_the_answer)
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_text(f"Not saved: {first.full_name}.").wait_for()
    page.unroute(DECIDE)
    page.get_by_role("button", name="Send again").click()
    wait_saved(page)
    assert not_done(page) == ""
    assert (SalesProspect.objects.count(), ReviewDecision.objects.count()) == (1, 1)


def test_a_reload_loses_no_decision_and_the_browser_warns_before_it(visit, records, reviewer):
    first, second, _ = records
    page, _ = visit(review_url(first), reviewer)
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_text(f"Not saved: {first.full_name}.").wait_for()
    warned: list[str] = []

    def leave_all_the_same(dialog: Any) -> None:
        warned.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave_all_the_same)
    page.unroute(DECIDE)
    page.reload()
    wait_saved(page)
    assert warned == ["beforeunload"]
    assert decided() == {first.full_name: "new"}


def test_an_error_of_the_portal_at_one_decision_holds_up_no_other_and_it_can_be_given_up(visit, records, reviewer):
    first, second, third = records
    page, _ = visit(review_url(first), reviewer)
    page.route(DECIDE, only(first, lambda route: route.fulfill(status=500, body="oops")))
    page.keyboard.press("a")
    at_record(page, second)
    page.keyboard.press("s")
    at_record(page, third)
    page.get_by_role("status").get_by_text(f"Skipped: {second.full_name}").wait_for()
    assert f"Not saved: {first.full_name}. The portal had an error (500)." in not_done(page)
    page.get_by_role("button", name="Drop it").click()
    at_record(page, first)
    assert not_done(page) == ""
    assert decided() == {second.full_name: "skip"}


def test_a_decision_after_the_login_ended_is_sent_after_the_next_login(visit, records, reviewer):
    first, second, _ = records
    page, _ = visit(review_url(first), reviewer)
    page.wait_for_load_state("networkidle")
    Session.objects.all().delete()
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_text("You are logged out.").wait_for()
    page.get_by_role("button", name="Log in and send").click()
    page.get_by_label("Username").fill("reviewer")
    page.get_by_label("Password").fill("reviewer-password")
    page.get_by_role("button", name="Log in").click()
    at_record(page, second)
    wait_saved(page)
    assert decided() == {first.full_name: "new"}


def test_somebody_elses_unsent_decision_is_kept_and_never_sent_in_another_name(visit, records, reviewer, admin_user):
    first, second, _ = records
    page, _ = visit(review_url(first), reviewer)
    page.route(DECIDE, lambda route: route.abort())
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_text(f"Not saved: {first.full_name}.").wait_for()
    page.unroute(DECIDE)
    other, _ = visit(review_url(second), admin_user)
    page.context.add_cookies(other.context.cookies())
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    page.get_by_text(f"{first.full_name} was decided by reviewer and is not saved.").wait_for()
    page.keyboard.press("s")
    wait_saved(page)
    assert decided() == {second.full_name: "skip"}


def only(record: StagedRecord, handle: Callable[[Any], None]) -> Callable[[Any], None]:
    """Handles the requests about one record, and lets the others pass."""
    return lambda route: handle(route) if str(record.pk) in route.request.url else route.continue_()
