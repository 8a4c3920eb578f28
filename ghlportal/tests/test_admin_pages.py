"""Every page of the admin: it opens, shows no secret, runs nobody's script, and needs nothing that is forbidden."""

import re
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from django.urls import reverse

from conftest import TOKEN, an_integration
from ghlportal.tests.admin_cast import SCRIPT, Portal

pytestmark = pytest.mark.django_db
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


@dataclass(frozen=True)
class Seen:
    """A portal with one of everything, and the HTML of its every page by address, as the superuser sees it."""

    portal: Portal
    pages: dict[str, str]


@pytest.fixture
def portal(integration: Any) -> Portal:
    return Portal.fill(integration)


@pytest.fixture(scope="module")
def seen(django_db_setup: Any, django_db_blocker: Any) -> Seen:
    """Rendered once for all the tests that read them, in a transaction that is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        portal = Portal.fill(an_integration())
        browser = Client()
        browser.force_login(User.objects.create_superuser("superuser"))
        answers = {url: browser.get(url) for url in portal.urls()}
        transaction.set_rollback(True)
    assert {url: answer.status_code for url, answer in answers.items() if answer.status_code != 200} == {}
    return Seen(portal, {url: answer.content.decode() for url, answer in answers.items()})


@pytest.fixture
def pages(seen: Seen) -> dict[str, str]:
    return seen.pages


def test_no_page_shows_a_token_or_what_it_is_encrypted_to(seen, pages):
    integration = seen.portal.integration
    ciphertexts = (integration.api_token.ciphertext, integration.webhook_secret.ciphertext)
    shown = [url for url, html in pages.items() for secret in (TOKEN, *ciphertexts) if secret in html]
    assert shown == []


def test_the_webhook_address_is_on_its_locations_page_only(seen, pages):
    integration = seen.portal.integration
    secret = integration.webhook_secret.reveal()
    location = reverse("admin:integrations_ghlintegration_change", args=[integration.pk])
    assert [url for url, html in pages.items() if secret in html] == [location]


def test_what_people_wrote_is_shown_as_text_and_never_run(pages):
    assert [url for url, html in pages.items() if SCRIPT in html] == []
    assert sum("&lt;script&gt;alert(1)&lt;/script&gt;" in html for html in pages.values()) > 20


def test_no_page_of_ours_holds_an_inline_script_or_style(pages):
    assert {
        url: INLINE.findall(html) for url, html in pages.items() if "celery" not in url and INLINE.search(html)
    } == {}


def test_nothing_comes_from_another_address(pages):
    resources = re.compile(r'(?:src|href)="(https?:)?//[^"]*\.(?:css|js|png|svg|woff2?)"')
    assert [url for url, html in pages.items() if resources.search(html)] == []


def test_times_are_shown_in_the_readers_own_zone(portal, admin_client):
    portal.batch.created_at = "2026-07-01T12:00Z"
    portal.batch.save()
    url = reverse("admin:imports_importbatch_change", args=[portal.batch.pk])
    admin_client.cookies["portal_zone"] = "America/New_York"
    assert "Jul 1, 2026 08:00" in admin_client.get(url).content.decode()
    admin_client.cookies["portal_zone"] = "Nowhere/Nothing"
    assert "Jul 1, 2026 12:00" in admin_client.get(url).content.decode()
