# ruff: noqa: F811 (the fixtures are those of the cast)
"""The review desk in a browser: a queue cleared by keys alone, by mouse, by thumb, without scripts; the next record at
once, and never one that is decided already."""

import re
import time
from typing import Any

import pytest

from ghlportal.tests.browser_cast import (  # noqa: F401
    PHONE,
    at_record,
    batch,
    browser,
    not_done,
    portal,
    review_url,
    says,
    visit,
)  # fmt: skip
from imports.deciding import review
from imports.models import ReviewDecision, StagedRecord
from imports.tests.review_cast import a_candidate, a_record
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def decisions_of(*records: StagedRecord) -> list[str]:
    return [StagedRecord.objects.get(pk=record.pk).decision for record in records]


def test_a_queue_is_cleared_by_keys_alone_many_times_as_fast_as_twenty_a_minute(visit, batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known")
    keys = "asrmsrmsrms"  # one new person: a second one like it would hold a decision up
    records = [a_record(batch) for _ in keys]
    for record in records:
        a_candidate(record, known)
    page, complaints = visit(review_url(records[0]), reviewer)
    begun = time.perf_counter()
    for record, key in zip(records, keys, strict=True):
        at_record(page, record)
        page.keyboard.press(key)
    page.get_by_text("That was the last one here.").wait_for()
    a_minute = len(keys) * 60 / (time.perf_counter() - begun)
    print(f"{a_minute:.0f} decisions a minute by keyboard")  # noqa: T201  the measurement
    assert a_minute >= 20
    assert decisions_of(*records) == [{"a": "new", "s": "skip", "r": "reject", "m": "merge"}[key] for key in keys]
    assert complaints == []


def test_the_next_record_is_there_before_the_decision_has_arrived_with_its_place_as_soon_as_it_has(
    visit, batch, reviewer
):
    first, second, _ = (a_record(batch) for _ in range(3))
    page, _ = visit(review_url(first), reviewer)
    held: list[Any] = []
    page.route("**/decide/*", lambda route: held.append(route))
    page.keyboard.press("a")
    at_record(page, second)
    assert says(page).startswith(f"Saving: {first.full_name}")
    assert decisions_of(first) == [""]
    held[0].continue_()
    page.get_by_role("status").get_by_text("Saved. Approved as new:").wait_for()
    page.locator(".place").get_by_text("1 of 2").wait_for()
    assert decisions_of(first, second) == ["new", ""]


def test_a_record_that_is_decided_along_is_not_shown_next(visit, batch, reviewer):
    record, twin, third = (a_record(batch) for _ in range(3))
    a_candidate(record, twin)
    page, _ = visit(review_url(record), reviewer)
    page.evaluate("""() => {
        window.shown = new Set();
        const look = () => window.shown.add(document.querySelector("h1").textContent);
        new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
    }""")
    page.keyboard.press("m")
    at_record(page, third)
    assert third.full_name in page.evaluate("[...window.shown]")
    assert twin.full_name not in page.evaluate("[...window.shown]")
    assert decisions_of(record, twin) == ["merge", "new"]


def test_what_a_decision_changes_on_the_next_record_is_shown_on_it(visit, batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known")
    first, second = a_record(batch), a_record(batch)
    a_candidate(first, known), a_candidate(second, known)
    page, _ = visit(review_url(first), reviewer)
    phone = page.locator("tr", has=page.get_by_role("rowheader", name="Phone"))
    phone.get_by_text("fills it in").wait_for()
    page.keyboard.press("m")
    at_record(page, second)
    phone.get_by_label("Portal’s Phone").wait_for()
    assert first.contact_phone in phone.inner_text()


@pytest.mark.parametrize("by", ["key", "mouse"])
def test_an_undo_takes_back_the_decision_that_is_still_on_its_way(visit, batch, reviewer, by):
    first, second, third = (a_record(batch) for _ in range(3))
    page, complaints = visit(review_url(first), reviewer)
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    held: list[Any] = []
    page.route("**/decide/*", lambda route: held.append(route))
    page.keyboard.press("s")
    at_record(page, third)
    page.keyboard.press("z") if by == "key" else page.get_by_role("button", name="Undo last").click()
    page.get_by_role("status").get_by_text("Taken back as soon as it is saved").wait_for()
    held[0].continue_()
    page.wait_for_url(f"**{review_url(second)}*")
    assert decisions_of(first, second, third) == ["new", "", ""]
    assert complaints == []


def test_a_double_click_and_a_key_that_bounces_decide_once(visit, batch, reviewer):
    records = [a_record(batch) for _ in range(4)]
    page, _ = visit(review_url(records[0]), reviewer)
    page.get_by_role("button", name="Approve as new").dblclick()
    skip_twice = """async ([details, apart]) => {
        const name = () => document.querySelector("h1").textContent;
        const press = (detail) => document.querySelector("[data-key=s]").dispatchEvent(
            new MouseEvent("click", { detail, bubbles: true, cancelable: true }));
        const before = name();
        press(details[0]);
        while (name() === before) await new Promise(requestAnimationFrame);
        await new Promise((done) => setTimeout(done, apart));
        press(details[1]);
    }"""
    at_record(page, records[1])
    page.evaluate(skip_twice, [[0, 0], 0])  # a key: its clicks count none
    at_record(page, records[2])
    page.evaluate(skip_twice, [[1, 2], 300])  # a slow double click: its second half comes over the next record
    at_record(page, records[3])
    page.get_by_role("status").get_by_text("Saved. Skipped").wait_for()
    assert decisions_of(*records) == ["new", "skip", "skip", ""]


def test_back_and_another_tab_show_a_decided_record_as_decided(visit, batch, reviewer):
    first, second = a_record(batch), a_record(batch)
    page, _ = visit(review_url(first), reviewer)
    other = page.context.new_page()
    other.goto(review_url(first))
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_role("status").get_by_text("Saved.").wait_for()
    page.go_back()
    other.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when somebody turns to it
    for tab in (page, other):
        tab.get_by_text("Approved as new by reviewer").wait_for()
        assert tab.locator(".decision-bar").count() == 0


def test_two_reviewers_at_one_record_the_second_is_told_and_led_back(visit, batch, reviewer, admin_user):
    first, second = a_record(batch), a_record(batch)
    page, _ = visit(review_url(first), reviewer)
    quicker, _ = visit(review_url(first), admin_user)
    quicker.keyboard.press("a")
    at_record(quicker, second)
    quicker.get_by_role("status").get_by_text("Saved.").wait_for()
    page.keyboard.press("r")
    at_record(page, second)
    page.get_by_text(f"Not done: {first.full_name}.").wait_for()
    assert "approved as new by admin" in not_done(page)
    page.get_by_role("link", name="Open this record").click()
    page.get_by_text("Approved as new by admin").wait_for()
    page.get_by_role("button", name="Close").click()
    assert not_done(page) == ""
    assert decisions_of(first, second) == ["new", ""]


def test_somebody_who_came_in_meanwhile_holds_a_decision_up_and_is_shown(visit, batch, reviewer):
    first, second = a_record(batch), a_record(batch)
    page, _ = visit(review_url(first), reviewer)
    columns = ("contact_first_name", "contact_last_name", "firm_name", "contact_email", "contact_phone")
    SalesProspect.objects.create(**{name: getattr(first, name) for name in columns})
    page.keyboard.press("a")
    at_record(page, second)
    page.get_by_text("Look at the two side by side and decide again.").wait_for()
    page.reload()  # loses nothing
    page.get_by_role("link", name="Open this record").click()
    at_record(page, first)
    page.keyboard.press("m")
    page.get_by_role("status").get_by_text("Saved. Merged into").wait_for()
    assert not_done(page) == ""
    assert SalesProspect.objects.count() == 1


def test_a_value_is_corrected_before_a_new_person_is_made_of_it(visit, batch, reviewer):
    first, second = a_record(batch, contact_email="ann@lee"), a_record(batch)
    page, _ = visit(review_url(first), reviewer)
    page.locator("summary", has_text="E-mail").click()
    page.get_by_label("Another E-mail, to be written").check()
    written = page.get_by_label("Your own value: E-mail")
    written.fill("ann at lee")
    page.get_by_role("button", name="Approve as new").click()
    page.get_by_text("is no e-mail address").wait_for()
    written.fill("ann@lee.example")
    page.get_by_role("button", name="Approve as new").click()
    at_record(page, second)
    assert SalesProspect.objects.get().contact_email == "ann@lee.example"
    assert not_done(page) == ""


def test_keys_choose_a_candidate_go_on_and_show_help_but_never_while_somebody_types(visit, batch, reviewer):
    record, other = a_record(batch), a_record(batch)
    first, second = (SalesProspect.objects.create(contact_last_name=name) for name in ("Oneway", "Twofold"))
    a_candidate(record, second, score=0.99), a_candidate(record, first, score=0.999)
    page, _ = visit(review_url(record), reviewer)
    page.keyboard.press("2")
    page.locator("[aria-current=true]").get_by_text("Twofold").wait_for()
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    at_record(page, other)
    assert review_url(other) in page.url
    page.keyboard.press("Control+a")
    assert decisions_of(record, other) == ["", ""]


def test_a_queue_is_cleared_without_scripts(visit, batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    records = [a_record(batch) for _ in range(3)]
    a_candidate(records[0], known)
    page, _ = visit(review_url(records[0]), reviewer, java_script_enabled=False)
    page.get_by_label(re.compile("Phone; it differs")).check()
    for name in ("Merge into this one", "Approve as new prospect", "Skip"):
        page.get_by_role("button", name=name, exact=True).click()
    page.get_by_text("That was the last one here.").wait_for()
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_last_name) == (records[0].contact_phone, "Known")
    assert decisions_of(*records) == ["merge", "new", "skip"]


def test_a_thumb_clears_a_queue_on_a_phone(visit, batch, reviewer):
    records = [a_record(batch) for _ in range(3)]
    page, complaints = visit(review_url(records[0]), reviewer, viewport=PHONE, has_touch=True, is_mobile=True)
    for record in records:
        at_record(page, record)
        assert page.evaluate("document.scrollingElement.scrollWidth") == PHONE["width"]
        page.get_by_role("button", name="Skip", exact=True).tap()
    page.get_by_text("That was the last one here.").wait_for()
    assert ReviewDecision.objects.count() == len(records)
    assert complaints == []


def test_whoever_decides_elsewhere_meanwhile_is_not_overlooked_by_what_was_fetched_ahead(
    visit, batch, reviewer, admin_user
):
    first, second, third = (a_record(batch) for _ in range(3))
    page, _ = visit(review_url(first), reviewer)
    page.wait_for_load_state("networkidle")
    review.skip(second.pk, admin_user)
    page.keyboard.press("a")
    at_record(page, third)
    assert decisions_of(first, second, third) == ["new", "skip", ""]
