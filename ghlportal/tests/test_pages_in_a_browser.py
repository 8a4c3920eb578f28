# ruff: noqa: F811 (the fixtures are those of the cast)
"""The pages as a browser shows them: fresh by themselves, without scripts, in a phone's width, within the policy."""

import pytest
from django.urls import reverse

from ghlportal.tests.admin_cast import Portal
from ghlportal.tests.browser_cast import LAPTOP, PHONE, batch, browser, portal, review_url, visit  # noqa: F401
from imports.models import ImportBatch
from imports.tests.review_cast import a_record
from integrations.models import SyncRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_batch_page_follows_its_pull_by_itself(visit, integration, admin_user):
    batch = ImportBatch.objects.create(
        integration=integration, source="ghl", status="running", contacts_read=10, contacts_total=100
    )
    page, complaints = visit(reverse("admin:imports_importbatch_change", args=[batch.pk]), admin_user, is_hurried=True)
    ImportBatch.objects.update(contacts_read=57)
    page.get_by_text("57 of 100 contacts").wait_for()
    assert complaints == []


def test_a_push_is_followed_by_itself_on_its_own_page_and_on_its_locations(visit, integration, admin_user):
    run = SyncRun.objects.create(integration=integration, total=100, created=10)
    pages = [reverse("admin:integrations_syncrun_change", args=[run.pk])]
    pages.append(reverse("admin:integrations_ghlintegration_change", args=[integration.pk]))
    for count, address in enumerate(pages, 57):
        page, complaints = visit(address, admin_user, is_hurried=True)
        SyncRun.objects.update(created=count)
        page.get_by_text(f"{count} of 100 people").wait_for()
        assert complaints == []


def test_custom_fields_are_mapped_without_scripts(visit, sandbox, integration, admin_user):
    address = reverse("admin:integrations_ghlintegration_custom_fields", args=[integration.pk])
    page, _ = visit(address, admin_user, java_script_enabled=False, viewport=PHONE)
    page.get_by_role("button", name="Fetch fields from GHL").click()
    page.get_by_label("Cadence stage").select_option("")
    page.get_by_role("button", name="Save the mapping").click()
    assert "8 fields of 9 mapped" in page.inner_text("body")
    integration.refresh_from_db()
    assert len(integration.custom_field_mapping) == 8


def test_times_turn_to_the_browsers_own_zone(visit, batch, admin_user):
    ImportBatch.objects.update(created_at="2026-07-01T12:00Z")
    url = reverse("admin:imports_importbatch_change", args=[batch.pk])
    page, _ = visit(url, admin_user, timezone_id="America/New_York")
    page.reload()
    assert "Jul 1, 2026 08:00" in page.inner_text("body")


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_every_page_fits_its_width_and_breaks_no_policy(visit, integration, admin_user, size):
    """In the light, and then in the dark."""
    portal = Portal.fill(integration)
    addresses = [url for url in portal.urls() if "celery" not in url and "/auth/" not in url]
    for name in ("connection", "custom_fields"):
        addresses.append(reverse(f"admin:integrations_ghlintegration_{name}", args=[integration.pk]))
    page, complaints = visit(addresses[0], admin_user, viewport=size)
    too_wide = []
    for address in addresses:
        page.emulate_media(color_scheme="light")
        page.goto(address)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
                too_wide.append((address, scheme))
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
