# ruff: noqa: F811 (the fixtures are those of the other browser tests)
"""Several records are decided together by keys alone, taken back again, and on a phone without scripts."""

from typing import Any

import pytest

from ghlportal.tests.browser_cast import LAPTOP, PHONE, batch, browser, portal, review_url, visit  # noqa: F401
from imports.models import StagedRecord
from imports.tests.group_cast import records_of_dana
from imports.tests.review_cast import a_call
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def records(batch: Any) -> list[StagedRecord]:
    oldest, middle, newest = records = records_of_dana(batch)
    StagedRecord.objects.filter(pk=oldest.pk).update(contact_title="Clerk", contact_phone="+12125550100")
    StagedRecord.objects.filter(pk=middle.pk).update(contact_title="Partner")
    a_call(newest)
    return records


def test_keys_alone_take_one_out_decide_the_others_and_take_it_back(visit, records, reviewer):
    oldest, middle, newest = records
    page, complaints = visit(review_url(oldest), reviewer)
    with page.expect_navigation():
        page.keyboard.press("g")
    together = page.locator("tr", has_text="Title").locator("[data-together]")
    assert together.inner_text() == "Clerk"
    page.keyboard.press("3")  # the oldest, which leads: it has most to say
    assert together.inner_text() == "Partner"
    assert page.locator("[name=leads]:checked").get_attribute("value") == str(newest.pk)
    page.keyboard.press("Enter")
    assert not StagedRecord.objects.exclude(decision="").exists()
    with page.expect_navigation():
        page.keyboard.press("m")
    assert "2 records decided together" in page.inner_text("h1")
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone, dana.calls.count()) == ("Partner", "", 1)
    oldest.refresh_from_db()
    assert oldest.is_waiting
    with page.expect_navigation():
        page.keyboard.press("u")
    assert not SalesProspect.objects.exists()
    assert set(StagedRecord.objects.values_list("status", flat=True)) == {"pending"}
    assert complaints == []


def test_keys_alone_choose_whose_value_is_kept_write_another_and_keep_both(visit, records, reviewer):
    oldest, middle, newest = records
    StagedRecord.objects.filter(pk=newest.pk).update(contact_phone="+12125550300")
    page, complaints = visit(review_url(oldest), reviewer)
    with page.expect_navigation():
        page.keyboard.press("g")
    title, phone = (page.locator("tr[data-sides]", has_text=words) for words in ("Title", "Phone"))
    page.keyboard.press("j")  # the first field in which they differ, as proposed
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert title.locator("[data-together]").inner_text() == "Partner"
    page.keyboard.press("j")
    page.keyboard.press("b")
    page.keyboard.press("e")
    page.keyboard.type("+12125550400, m")  # while somebody types, a letter is a letter
    assert phone.locator("[data-together]").inner_text() == "+12125550400, m"
    for _ in range(3):
        page.keyboard.press("Backspace")
    page.keyboard.press("Escape")
    assert not StagedRecord.objects.exclude(decision="").exists()
    with page.expect_navigation():
        page.keyboard.press("m")
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone) == ("Partner", "+12125550400")
    assert sorted(dana.notes.splitlines()) == ["Another phone: +12125550100", "Another phone: +12125550300"]
    with page.expect_navigation():
        page.keyboard.press("u")
    assert not SalesProspect.objects.exists()
    assert complaints == []


def test_whoever_is_taken_out_is_no_longer_the_one_whose_value_is_kept(visit, records, reviewer):
    page, complaints = visit(review_url(records[0]), reviewer)
    with page.expect_navigation():
        page.keyboard.press("g")
    title = page.locator("tr[data-sides]", has_text="Title")
    page.get_by_label("Title of number 2: Partner").check()
    assert title.locator("[data-together]").inner_text() == "Partner"
    page.keyboard.press("2")
    assert title.locator("[data-together]").inner_text() == "Clerk"
    assert page.get_by_label("Title of number 2: Partner").is_disabled()
    assert page.get_by_label("As proposed Title").is_checked()
    assert complaints == []


@pytest.mark.parametrize("viewport", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_value_is_chosen_and_one_written_without_scripts(visit, records, reviewer, viewport):
    page, _ = visit(review_url(records[0]), reviewer, java_script_enabled=False, viewport=viewport)
    page.get_by_role("link", name="Decide about them together").click()
    page.get_by_label("Title of number 2: Partner").check()
    page.get_by_text("choose otherwise for Phone").click()
    page.get_by_label("Another Phone, to be written").check()
    page.get_by_label("Your own value: Phone").fill("+12125550400")
    assert page.evaluate("document.scrollingElement.scrollWidth") == viewport["width"]
    page.get_by_role("button", name="Decide together").click()
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone) == ("Partner", "+12125550400")


def test_a_group_is_decided_on_a_phone_without_scripts(visit, records, reviewer):
    page, _ = visit(review_url(records[0]), reviewer, java_script_enabled=False, viewport=PHONE)
    page.get_by_role("link", name="Decide about them together").click()
    assert page.evaluate("document.scrollingElement.scrollWidth") == PHONE["width"]
    page.get_by_label("Number 1, Dana Reyes, Reyes & Pratt: From GHL").uncheck()
    page.get_by_label("Number 2, Dana Reyes, Reyes & Pratt: leads").check()
    page.get_by_role("button", name="Decide together").click()
    assert "2 records decided together" in page.inner_text("h1")
    dana = SalesProspect.objects.get()
    assert (dana.contact_title, dana.contact_phone) == ("Partner", "+12125550100")
