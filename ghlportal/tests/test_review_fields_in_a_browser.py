# ruff: noqa: F811 (the fixtures are those of the other browser tests)
"""A reviewer chooses field by field what a merge keeps: by keys alone, without scripts, on a phone."""

from typing import Any

import pytest

from ghlportal.tests.browser_cast import LAPTOP, PHONE, batch, browser, portal, review_url, visit  # noqa: F401
from imports.models import StagedRecord
from imports.tests.review_cast import a_candidate, a_record
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
OURS, GHLS = "+12125550100", "+12125550200"


@pytest.fixture
def known(db: Any) -> SalesProspect:
    values = {"contact_title": "Clerk", "contact_phone": OURS, "contact_email": "ann@old.example"}
    return SalesProspect.objects.create(contact_first_name="Ann", contact_last_name="Lee", firm_name="Lee", **values)


@pytest.fixture
def record(batch: Any, known: SalesProspect) -> StagedRecord:
    values = {"contact_title": "Partner", "contact_phone": GHLS, "contact_email": "ann@new.example"}
    record = a_record(batch, contact_first_name="Ann", contact_last_name="Lee", firm_name="Lee", **values)
    a_candidate(record, known)
    return record


def test_keys_alone_choose_a_side_write_a_value_keep_both_and_merge(visit, record, known, reviewer):
    page, complaints = visit(review_url(record), reviewer)
    for key in ("j", "e"):  # the first field that differs is the title
        page.keyboard.press(key)
    page.keyboard.type("Chief Clerk, m")  # while somebody types, a letter is a letter
    for key in ("Enter", "Escape", "j", "t", "j", "t", "b"):
        page.keyboard.press(key)
    assert not StagedRecord.objects.exclude(decision="").exists()
    with page.expect_navigation():
        page.keyboard.press("m")
    known.refresh_from_db()
    assert (known.contact_title, known.contact_email) == ("Chief Clerk, m", "ann@new.example")
    assert (known.contact_phone, known.notes) == (GHLS, f"Another phone: {OURS}")
    assert complaints == []


def test_a_value_is_written_without_scripts(visit, record, known, reviewer):
    page, _ = visit(review_url(record), reviewer, java_script_enabled=False)
    page.get_by_label("Another Title, to be written").check()
    page.get_by_label("Your own value: Title").fill("Counsel")
    page.get_by_label("Keep both values of Phone").check()
    page.get_by_role("button", name="Merge into this one").click()
    known.refresh_from_db()
    assert (known.contact_title, known.notes) == ("Counsel", f"Another phone: {GHLS}")


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_field_with_the_focus_is_in_sight_and_nothing_is_wider_than_the_window(
    visit, record, known, reviewer, viewport
):
    page, _ = visit(review_url(record), reviewer, viewport=viewport)
    for key in "jjj":
        page.keyboard.press(key)
    is_in_sight = """() => {
        const box = document.activeElement.getBoundingClientRect();
        const bar = document.querySelector(".decision-bar").getBoundingClientRect();
        return document.activeElement.name === "side_contact_phone" && box.bottom <= bar.top && box.top >= 0;
    }"""
    assert page.evaluate(is_in_sight)
    assert page.evaluate("document.documentElement.scrollWidth") == viewport["width"]
