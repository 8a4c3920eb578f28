"""Who gets into the API: with a token that works, or with a session; and everybody else is told the same."""

import logging
import pickle
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import serializers
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from integrations import api_tokens
from integrations.models import ApiToken
from integrations.tests.api_cast import Program, staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Operator")


def called_with(header: str) -> tuple[int, object]:
    answer = Client().get("/api/locations/", headers={"Authorization": header})
    return answer.status_code, answer.json()


@pytest.mark.parametrize("keyword", ["Bearer", "Token", "bearer"])
def test_a_token_opens_the_api_under_either_keyword(program, keyword):
    assert called_with(f"{keyword} {program.plain}")[0] == 200


def test_a_token_is_256_random_bits_behind_a_prefix_that_scanners_know(program):
    assert program.plain.startswith("ghlportal_")
    assert len(program.plain) == len("ghlportal_") + 43
    assert api_tokens.new_secret() != api_tokens.new_secret()


def test_nothing_that_is_kept_is_the_token(program):
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM api_tokens")
        kept = str(cursor.fetchall())
    assert program.plain.removeprefix("ghlportal_") not in kept
    assert program.token.digest in kept


def test_no_repr_dump_or_pickle_shows_the_token(program):
    token = ApiToken.objects.get()
    shown = f"{token!r} {token} {vars(token)} {pickle.dumps(token)!r} {serializers.serialize('json', [token])}"
    assert program.plain.removeprefix("ghlportal_") not in shown


def spoilt(program: Program, how: str) -> str:
    """The header that the program sends after something happened to its token or its user."""
    token, user, plain = program.token, program.user, program.plain
    match how:
        case "revoked":
            api_tokens.revoke(token)
        case "expired":
            ApiToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        case "user switched off":
            User.objects.filter(pk=user.pk).update(is_active=False)
        case "user no longer staff":
            User.objects.filter(pk=user.pk).update(is_staff=False)
        case "unknown":
            plain = api_tokens.new_secret()
        case "cut off":
            plain = plain[:-1]
        case "its digest":
            plain = token.digest
        case "its digest with the prefix":
            plain = f"ghlportal_{token.digest}"
        case "empty":
            plain = ""
        case "strange":
            plain = "ghlportal_\xff\xfe \t"
        case "endless":
            plain = "ghlportal_" + "x" * 5000
    return f"Bearer {plain}"


WAYS = (
    "revoked", "expired", "user switched off", "user no longer staff", "unknown", "cut off", "its digest",
    "its digest with the prefix", "empty", "strange", "endless",
)  # fmt: skip


@pytest.mark.parametrize("how", WAYS)
def test_a_token_that_does_not_work_gets_the_same_vague_answer_whatever_is_wrong(program, how):
    answer = called_with(spoilt(program, how))
    assert answer == (401, {"detail": "This token is not accepted.", "code": "authentication_failed"})


def test_a_refused_token_is_not_followed_by_a_look_at_the_session(program):
    browser = Client()
    browser.force_login(program.user)
    assert browser.get("/api/locations/").status_code == 200
    assert browser.get("/api/locations/", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_somebody_without_token_or_session_is_told_how_to_come_in(db):
    answer = Client().get("/api/locations/")
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="api"'
    assert answer.json()["code"] == "not_authenticated"


def test_a_token_in_the_address_opens_nothing(program):
    assert Client().get("/api/locations/", {"token": program.plain}).status_code == 401


def test_a_session_opens_the_api_and_changes_nothing_without_the_csrf_token():
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(staff("Operator"))
    assert browser.get("/api/locations/").status_code == 200
    answer = browser.post("/api/campaigns/", {"name": "Texas"}, content_type="application/json")
    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"
    browser.get("/admin/password_change/")  # a page with a form gives the cookie
    answer = browser.post(
        "/api/campaigns/",
        {"name": "Texas"},
        content_type="application/json",
        headers={"X-CSRFToken": browser.cookies["csrftoken"].value},
    )
    assert answer.status_code == 201


def test_a_token_needs_no_csrf_token(program):
    strict = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {program.plain}"})
    assert strict.post("/api/campaigns/", {"name": "Texas"}, content_type="application/json").status_code == 201


def test_its_last_use_is_noted_once_a_minute(program):
    assert ApiToken.objects.get().last_used_at is None
    program.get("locations/")
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    program.get("locations/")
    assert ApiToken.objects.get().last_used_at == first
    earlier = first - timedelta(minutes=2)
    ApiToken.objects.update(last_used_at=earlier)
    program.get("locations/")
    assert ApiToken.objects.get().last_used_at > first - timedelta(seconds=1)


def test_a_refused_token_is_not_noted_as_used(program):
    api_tokens.revoke(program.token)
    program.get("locations/")
    assert ApiToken.objects.get().last_used_at is None


def test_a_token_is_revoked_once(program):
    assert api_tokens.revoke(program.token)
    first = ApiToken.objects.get().revoked_at
    assert not api_tokens.revoke(program.token)
    assert ApiToken.objects.get().revoked_at == first


def test_a_user_has_one_token_of_a_name_that_works(program):
    with pytest.raises(IntegrityError), transaction.atomic():
        api_tokens.make(program.user, "a script")
    api_tokens.revoke(program.token)
    api_tokens.make(program.user, "a script")


def test_no_log_line_has_the_token(program, caplog):
    caplog.set_level(logging.DEBUG)
    program.get("locations/")
    program.get("nowhere/")
    called_with(f"Bearer {program.plain}x")
    assert program.plain not in caplog.text
