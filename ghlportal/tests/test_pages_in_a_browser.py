"""The pages as a browser shows them: keys, no scripts, a phone's width, and the strict content policy."""

import os
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from ghlportal.tests.admin_cast import Portal
from imports.models import ImportBatch, StagedRecord
from imports.tests.review_cast import a_batch, a_candidate, a_record
from integrations.models import SyncRun
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 1366, "height": 800}


@pytest.fixture(scope="module")
def browser(chromium: str | None) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright  # only here: without it these tests are left out, not broken

    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code of ours.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        yield browser
        browser.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def visit(browser: Any, live_server: Any, client: Any) -> Iterator[Any]:
    """Opens an address of the portal as somebody. Gives the page and what the browser complained of."""
    contexts = []

    def open_page(path: str, user: User, **options: Any) -> tuple[Any, list[str]]:
        client.force_login(user)
        context = browser.new_context(**{"viewport": LAPTOP, "base_url": live_server.url, **options})
        contexts.append(context)
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([session])
        page, complaints = context.new_page(), []
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page, complaints

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def batch(integration: Any) -> ImportBatch:
    return a_batch(integration)


def review_url(record: StagedRecord) -> str:
    return reverse("admin:imports_stagedrecord_change", args=[record.pk])


def test_a_reviewer_clears_records_with_keys_alone(visit, batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known")
    records = [a_record(batch) for _ in range(4)]
    a_candidate(records[1], known)
    page, complaints = visit(review_url(records[0]), reviewer)
    for key in "amsr":
        with page.expect_navigation():
            page.keyboard.press(key)
    decisions = [StagedRecord.objects.get(pk=record.pk).decision for record in records]
    assert decisions == ["new", "merge", "skip", "reject"]
    assert complaints == []


def test_keys_choose_a_candidate_go_on_and_show_help_but_never_while_somebody_types(visit, batch, reviewer):
    record, other = a_record(batch), a_record(batch)
    first, second = (SalesProspect.objects.create(contact_last_name=name) for name in ("Oneway", "Twofold"))
    a_candidate(record, second, score=0.99), a_candidate(record, first, score=0.999)
    page, _ = visit(review_url(record), reviewer)
    with page.expect_navigation():
        page.keyboard.press("2")
    assert "Twofold" in page.locator("[aria-current=true]").inner_text()
    page.keyboard.press("?")
    assert page.locator("#keys").is_visible()
    page.keyboard.press("Escape")
    with page.expect_navigation():
        page.keyboard.press("n")
    assert review_url(other) in page.url
    page.keyboard.press("Control+a")
    assert not StagedRecord.objects.exclude(decision="").exists()


def test_a_key_takes_back_what_was_decided_last_and_opens_that_record(visit, batch, reviewer):
    record, other = a_record(batch), a_record(batch)
    page, complaints = visit(review_url(record), reviewer)
    with page.expect_navigation():
        page.keyboard.press("a")
    assert review_url(other) in page.url
    with page.expect_navigation():
        page.keyboard.press("z")
    assert review_url(record) in page.url
    assert not SalesProspect.objects.exists()
    assert complaints == []


def test_a_record_is_merged_without_scripts(visit, batch, reviewer):
    known = SalesProspect.objects.create(contact_last_name="Known", contact_phone="+12125550000")
    record = a_record(batch)
    a_candidate(record, known)
    page, _ = visit(review_url(record), reviewer, java_script_enabled=False)
    page.get_by_label(re.compile("Phone; it differs")).check()
    page.get_by_role("button", name="Merge into this one").click()
    known.refresh_from_db()
    assert (known.contact_phone, known.contact_last_name) == (record.contact_phone, "Known")


def test_a_double_click_decides_once(visit, batch, reviewer):
    page, _ = visit(review_url(a_record(batch)), reviewer)
    with page.expect_navigation():
        page.get_by_role("button", name="Approve as new").dblclick()
    page.wait_for_load_state()
    assert SalesProspect.objects.count() == 1


def test_a_batch_page_follows_its_pull_by_itself(visit, integration, admin_user):
    batch = ImportBatch.objects.create(
        integration=integration, source="ghl", status="running", contacts_read=10, contacts_total=100
    )
    page, complaints = visit(reverse("admin:imports_importbatch_change", args=[batch.pk]), admin_user)
    ImportBatch.objects.update(contacts_read=57)
    page.get_by_text("57 of 100 contacts").wait_for()
    assert complaints == []


def test_a_push_is_followed_by_itself_on_its_own_page_and_on_its_locations(visit, integration, admin_user):
    run = SyncRun.objects.create(integration=integration, total=100, created=10)
    pages = [reverse("admin:integrations_syncrun_change", args=[run.pk])]
    pages.append(reverse("admin:integrations_ghlintegration_change", args=[integration.pk]))
    for count, address in enumerate(pages, 57):
        page, complaints = visit(address, admin_user)
        SyncRun.objects.update(created=count)
        page.get_by_text(f"{count} of 100 people").wait_for()
        assert complaints == []


def test_custom_fields_are_mapped_without_scripts(visit, sandbox, integration, admin_user):
    address = reverse("admin:integrations_ghlintegration_custom_fields", args=[integration.pk])
    page, _ = visit(address, admin_user, java_script_enabled=False, viewport=PHONE)
    page.get_by_role("button", name="Fetch fields from GHL").click()
    page.get_by_label("Cadence stage").select_option("")
    page.get_by_role("button", name="Save the mapping").click()
    assert "7 fields of 8 mapped" in page.inner_text("body")
    integration.refresh_from_db()
    assert len(integration.custom_field_mapping) == 7


def test_times_turn_to_the_browsers_own_zone(visit, batch, admin_user):
    ImportBatch.objects.update(created_at="2026-07-01T12:00Z")
    url = reverse("admin:imports_importbatch_change", args=[batch.pk])
    page, _ = visit(url, admin_user, timezone_id="America/New_York")
    page.reload()
    assert "Jul 1, 2026 08:00" in page.inner_text("body")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_every_page_fits_its_width_and_breaks_no_policy(visit, integration, admin_user, size, scheme):
    portal = Portal.fill(integration)
    addresses = [url for url in portal.urls() if "celery" not in url and "/auth/" not in url]
    for name in ("connection", "custom_fields"):
        addresses.append(reverse(f"admin:integrations_ghlintegration_{name}", args=[integration.pk]))
    page, complaints = visit(addresses[0], admin_user, viewport=size, color_scheme=scheme)
    too_wide = []
    for address in addresses:
        page.goto(address)
        if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
            too_wide.append(address)
    assert too_wide == []
    assert complaints == []


def test_the_keyboard_reaches_every_button_and_shows_where_it_is(visit, batch, reviewer):
    page, _ = visit(review_url(a_record(batch)), reviewer)
    button = page.get_by_role("button", name="Approve as new")
    button.focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    assert button.evaluate("element => element === document.activeElement")
    assert button.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
