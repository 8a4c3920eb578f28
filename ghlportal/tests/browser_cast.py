"""Headless Chromium at the portal's pages: a server like an installation's, and somebody who is logged in."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer
from django.test import Client
from django.test.testcases import LiveServerThread
from django.urls import reverse

from imports.models import ImportBatch, StagedRecord
from imports.tests.review_cast import a_batch

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
# A page that looks every few seconds whether something has changed looks many times a second.
HURRIED = "const later = setTimeout; window.setTimeout = (then, wait, ...about) => later(then, wait / 20, ...about)"
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


class _Server(ThreadedWSGIServer):
    def serve_forever(self, poll_interval: float = 0.02) -> None:
        """Notices at once that it is to end, rather than within half a second."""
        super().serve_forever(poll_interval)


class _ServerThread(LiveServerThread):
    server_class = _Server


@pytest.fixture
def portal(shared_database: None, settings: Any) -> Iterator[str]:
    """The address of a running portal. Each request has a connection of its own: pages ask for several at once."""
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    server = _ServerThread("localhost", StaticFilesHandler)
    server.daemon = True
    server.start()
    server.is_ready.wait()
    yield f"http://localhost:{server.port}"
    server.terminate()


@pytest.fixture
def visit(browser: Any, portal: str) -> Iterator[Any]:
    """Opens an address of the portal as somebody. Gives the page and what the browser complained of.

    `is_hurried` is for a page that is to follow something by itself.
    """
    contexts = []

    def open_page(path: str, user: User, *, is_hurried: bool = False, **options: Any) -> tuple[Any, list[str]]:
        client = Client()  # its own for each: a second login would end the first
        client.force_login(user)
        context = browser.new_context(**{"viewport": LAPTOP, "base_url": portal, **options})
        contexts.append(context)
        if is_hurried:
            context.add_init_script(HURRIED)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": portal}])
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


# ---------------------------------------------------------------- at the review desk


def at_record(page: Any, record: StagedRecord) -> None:
    """Waits until the page shows this record and takes a decision about it."""
    page.get_by_role("heading", name=record.full_name, exact=True).wait_for()
    page.locator("#decision:not([inert], [data-just-came])").wait_for(state="attached")


def says(page: Any) -> str:
    """What the page says of the last decision."""
    return str(page.get_by_role("status").inner_text())


def not_done(page: Any) -> str:
    """What it says of those that did not arrive or were refused."""
    return str(page.locator("#desk-unsent").inner_text())
