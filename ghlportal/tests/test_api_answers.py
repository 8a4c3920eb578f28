"""What every part of the API has in common: errors of one shape, no secrets, a pace, no page that needs scripts."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client, RequestFactory

from ghlportal.api import RESOURCES
from ghlportal.error_reports import NoSecrets
from ghlportal.tests.admin_cast import Portal
from imports.deciding import review
from imports.tests.review_cast import a_record
from integrations.api.access import Pace
from integrations.tests.api_cast import Program, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(integration: Any) -> Portal:
    return Portal.fill(integration)


@pytest.fixture
def admin() -> Program:
    return Program.of("Administrator")


# ---------------------------------------------------------------- secrets


def test_no_answer_has_a_token_a_webhook_address_or_a_digest(portal, admin, settings):
    settings.ANTHROPIC_API_KEY = "sk-of-the-installation"
    review.skip(a_record(portal.batch).pk, admin.user)
    integration = portal.integration
    secrets = {
        integration.api_token.reveal(), integration.webhook_secret.reveal(), integration.webhook_secret_digest,
        integration.api_token.stored, integration.webhook_secret.stored, admin.plain, admin.token.digest,
        settings.SECRET_KEY, settings.ANTHROPIC_API_KEY, admin.user.password,
    }  # fmt: skip
    answers = [admin.get("schema/")]
    for resource in RESOURCES:
        listed = admin.get(f"{resource}/")
        rows = listed.json()["results"]
        assert rows or resource == "clients"
        answers += [listed, *(admin.get(f"{resource}/{row['id']}/") for row in rows)]
        answers += [admin.get(f"{resource}/", cursor="x"), admin.patch(f"{resource}/{integration.pk}/")]
    answers += [admin.post("batches/", location=integration.location_id), admin.post("sync-runs/", location="nowhere")]
    for answer in answers:
        text = f"{answer.content.decode()} {dict(answer.headers)}"
        assert not [secret for secret in secrets if secret and secret in text]


def test_locations_say_that_there_is_a_token_and_nothing_of_it(portal, admin):
    row = admin.get(f"locations/{portal.integration.pk}/").json()
    assert row["has_token"] is True
    assert not [name for name in row if "secret" in name or "webhook" in name or name == "api_token"]


def test_an_error_report_hides_the_header_with_the_token(admin):
    request = RequestFactory().get("/api/prospects/", headers={"Authorization": f"Bearer {admin.plain}"})
    meta = NoSecrets().get_safe_request_meta(request)
    assert "HTTP_AUTHORIZATION" in meta
    assert admin.plain not in str(meta)


# ---------------------------------------------------------------- errors


def shape(answer: Any) -> tuple[int, str]:
    said = answer.json()
    assert set(said) <= {"detail", "code", "fields"}
    assert said["detail"]
    assert answer.headers["Content-Type"] == "application/json"
    return answer.status_code, said["code"]


def test_errors_of_every_kind_have_one_shape(portal, admin):
    nobody = "00000000-0000-0000-0000-000000000000"
    assert shape(Client().get("/api/prospects/")) == (401, "not_authenticated")
    assert shape(Program.of("").get("prospects/")) == (403, "permission_denied")
    assert shape(admin.get(f"prospects/{nobody}/")) == (404, "not_found")
    assert shape(admin.get("prospects/not-an-id/")) == (404, "not_found")
    assert shape(admin.get("nothing-of-that-name/")) == (404, "not_found")
    assert shape(admin.http.post("/api/campaigns/", "{", content_type="application/json")) == (400, "parse_error")
    assert shape(admin.http.post("/api/campaigns/", "a=b", content_type="text/plain"))[0] == 415
    assert shape(admin.http.post("/api/campaigns/", "[1]", content_type="application/json")) == (400, "invalid")
    assert shape(admin.post("campaigns/", name="")) == (400, "invalid")
    assert shape(admin.get("prospects/", cursor="nonsense")) == (400, "invalid")
    assert shape(admin.post(f"batches/{portal.batch.pk}/stop/")) == (409, "not_under_way")


def test_each_field_has_its_own_words(admin):
    said = admin.post("campaigns/", name="x" * 300, notes=["no text"], colour="blue").json()
    assert said["fields"] == {"colour": ["This cannot be set here. What can: name, notes."]}
    said = admin.post("campaigns/", name="x" * 300, notes=["no text"]).json()
    assert set(said["fields"]) == {"name", "notes"}


@pytest.mark.parametrize("resource", RESOURCES)
def test_a_filter_that_does_not_exist_is_an_error_and_not_everybody(resource, portal, admin):
    answer = admin.get(f"{resource}/", colour="blue")
    assert shape(answer) == (400, "invalid")
    assert "There are: " in answer.json()["fields"]["colour"][0]


STRANGE = ("\0", "x" * 5000, "%", "🦉", "-1", "1e999", "null", "2026-13-45", "9999-12-31T23:59:59+99:99", ",", "'")


@pytest.mark.slow
@pytest.mark.parametrize("resource", RESOURCES)
def test_no_value_of_a_filter_is_too_strange_to_be_answered(resource, portal, admin):
    """What all resources have from one place, cursor and page size, is asked for at one of them."""
    views = RESOURCES[resource][1]
    shared = ["cursor", "page_size", "with_count"] if resource == "prospects" else []
    for name in [*views.filters, "search", *shared]:
        for value in STRANGE:
            assert admin.get(f"{resource}/", **{name: value}).status_code in (200, 400), (name, value)


def test_strange_cursors_are_refused(portal, admin):
    import base64

    for place in (None, 1, [], ["a"], [None, None, None], ["a", "b", "c"], ["a", "\0", str(portal.prospect.pk)],
                  [["a"], "b", str(portal.prospect.pk)], [{}, "b", str(portal.prospect.pk)]):  # fmt: skip
        cursor = base64.urlsafe_b64encode(json.dumps(place).encode()).decode()
        assert shape(admin.get("prospects/", cursor=cursor)) == (400, "invalid"), place


# ---------------------------------------------------------------- pace


@pytest.fixture
def two_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Pace.THROTTLE_RATES, "caller", "2/min")
    cache.clear()


def test_a_program_that_asks_too_often_is_told_when_to_try_again(two_a_minute, admin):
    assert [admin.get("campaigns/").status_code for _ in range(2)] == [200, 200]
    answer = admin.get("prospects/")
    assert shape(answer) == (429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 60


def test_each_token_has_its_own_pace_and_a_session_has_one(two_a_minute, admin):
    for _ in range(3):
        admin.get("campaigns/")
    other, browser = Program(admin.user, "another script"), Client()
    browser.force_login(admin.user)
    assert other.get("campaigns/").status_code == 200
    assert browser.get("/api/campaigns/").status_code == 200
    assert admin.get("campaigns/").status_code == 429


def test_what_ghl_delivers_has_no_pace(two_a_minute, integration):
    answers = [
        Client().post(integration.webhook_path, {"n": n}, content_type="application/json").status_code for n in range(4)
    ]
    assert answers == [200] * 4


# ---------------------------------------------------------------- pages


def test_no_answer_is_kept_on_the_way(admin, portal):
    for answer in (admin.get("prospects/"), admin.get(f"prospects/{portal.prospect.pk}/"), Client().get("/api/calls/")):
        assert answer.headers["Cache-Control"] == "no-store"


def test_there_is_no_page_that_a_strict_policy_would_break(admin):
    browser = Client()
    browser.force_login(staff("Operator", username="reader"))
    for path in ("/api/campaigns/", "/api/schema/"):
        answer = browser.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert answer.status_code == 200
        assert "json" in answer.headers["Content-Type"]
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
