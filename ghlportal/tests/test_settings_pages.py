"""What every page gets: a content policy, the reader's zone, and errors that show no values."""

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils import timezone
from django.views.debug import ExceptionReporter

from integrations.models import GHLIntegration

TOKEN = "pit-5f0c1a77-very-secret-9d21"


def hour(request: HttpRequest) -> HttpResponse:
    return HttpResponse(timezone.localtime(datetime(2026, 7, 1, 12, tzinfo=UTC)).strftime("%H"))


def own_policy(request: HttpRequest) -> HttpResponse:
    return HttpResponse(headers={"Content-Security-Policy": "default-src 'none'"})


def breaking(request: HttpRequest) -> HttpResponse:
    plain = request.POST.get("new_token", TOKEN)
    headers = {"Authorization": f"Bearer {plain}"}
    integration = GHLIntegration(location_id="loc1", api_token=plain)
    raise RuntimeError(f"{integration!r} {integration.api_token} {len(headers)}")


urlpatterns = [
    path("hour", hour),
    path("own", own_policy),
    path("breaking", breaking),
    path("", include("ghlportal.urls")),
]


@pytest.fixture
def browser(db: None) -> Client:
    return Client(raise_request_exception=False)


# ---------------------------------------------------------------- content policy


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("page", ["/", "/admin/login/", "/admin/", "/healthz", "/readyz", "/nowhere", "/breaking"])
def test_every_page_has_a_content_policy(browser, page):
    policy = browser.get(page).headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.urls(__name__)
def test_a_page_with_a_policy_of_its_own_keeps_it(browser):
    assert browser.get("/own").headers["Content-Security-Policy"] == "default-src 'none'"


# ---------------------------------------------------------------- the reader's zone


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("zone", "expected"),
    [("America/New_York", "08"), ("Asia/Tokyo", "21"), ("America%2FNew_York", "08"), ("UTC", "12")],
)
def test_times_are_in_the_zone_that_the_browser_named(browser, zone, expected):
    browser.cookies["portal_zone"] = zone
    assert browser.get("/hour").content.decode() == expected


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    "zone",
    [
        "",
        "Mars/Olympus",
        "../../../etc/passwd",
        "/etc/passwd",
        "Europe",
        "zone.tab",
        "x" * 3000,
        "a b",
        "é",
        "%00",
        ".",
    ],
)
def test_a_zone_that_nobody_knows_leaves_the_installation_s_own(browser, zone):
    browser.cookies["portal_zone"] = zone
    answer = browser.get("/hour")
    assert (answer.status_code, answer.content.decode()) == (200, "12")


@pytest.mark.urls(__name__)
def test_one_reader_s_zone_is_not_the_next_one_s(browser):
    browser.cookies["portal_zone"] = "Asia/Tokyo"
    browser.get("/hour")
    assert Client().get("/hour").content.decode() == "12"


# ---------------------------------------------------------------- errors


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("accept", ["text/html", "text/plain"])
def test_the_debug_page_says_where_and_shows_no_value(browser, settings, accept):
    settings.DEBUG = True
    page = browser.post("/breaking", {"new_token": TOKEN}, headers={"accept": accept, "authorization": TOKEN})
    text = page.content.decode()
    assert page.status_code == 500
    assert "RuntimeError" in text
    assert "in breaking" in text or ", breaking" in text
    assert TOKEN not in text


@pytest.mark.urls(__name__)
def test_the_debug_page_shows_no_credentials_of_the_installation(browser, settings):
    settings.DEBUG = True
    settings.DATABASE_URL = settings.REDIS_URL = settings.CELERY_BROKER_URL = f"redis://:{TOKEN}@r.example"
    settings.FIELD_ENCRYPTION_KEYS = settings.ANTHROPIC_API_KEY = TOKEN
    assert TOKEN not in browser.get("/breaking?x=1", SANDBOX_PASS_ON=TOKEN, CREDENTIAL=TOKEN).content.decode()


@pytest.mark.urls(__name__)
def test_production_shows_nothing_and_logs_no_value(browser, caplog):
    with caplog.at_level(logging.DEBUG):
        page = browser.post("/breaking", {"new_token": TOKEN})
    assert (page.status_code, TOKEN in page.content.decode()) == (500, False)
    assert "RuntimeError" in caplog.text
    assert TOKEN not in caplog.text


def test_a_report_outside_a_request_shows_no_value_either():
    def fails(api_token: str) -> None:
        raise RuntimeError("outside")

    with pytest.raises(RuntimeError) as caught:
        fails(TOKEN)
    report: Any = ExceptionReporter(None, *caught._excinfo)
    assert "outside" in report.get_traceback_text()
    assert TOKEN not in report.get_traceback_html() + report.get_traceback_text()
