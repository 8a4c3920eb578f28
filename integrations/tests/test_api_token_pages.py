"""Tokens on their admin pages: made by administrators, shown once, revoked."""

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from integrations import api_tokens
from integrations.models import ApiToken
from integrations.tests.api_cast import Program, staff

pytestmark = pytest.mark.django_db
ADD, LIST = "/admin/integrations/apitoken/add/", "/admin/integrations/apitoken/"


@pytest.fixture
def chief() -> User:
    return staff("Administrator", username="chief")


@pytest.fixture
def browser(chief: User) -> Client:
    client = Client()
    client.force_login(chief)
    return client


def made_for(browser: Client, user: User, name: str = "Nightly report", **about: Any) -> Any:
    return browser.post(ADD, {"user": user.pk, "name": name, **about})


def test_a_token_is_shown_once_and_opens_the_api(browser):
    olga = staff("Operator", username="olga")
    answer = made_for(browser, olga)
    plain = answer.context["plain"]
    html = answer.content.decode()
    assert answer.status_code == 200
    assert html.count(plain) == 1
    assert "It is not shown again" in html
    assert "no-store" in answer.headers["Cache-Control"]
    assert Client().get("/api/locations/", headers={"Authorization": f"Bearer {plain}"}).status_code == 200
    token = ApiToken.objects.get()
    kept = [browser.get(f"{LIST}{token.pk}/{page}").content.decode() for page in ("change/", "history/")]
    kept += [
        browser.get(LIST).content.decode(),
        str(LogEntry.objects.values()),
        str(Session.objects.get().get_decoded()),
    ]
    assert not [text for text in kept if plain in text or token.digest in text]


def test_sending_the_form_again_makes_no_second_token(browser):
    olga = staff("Operator", username="olga")
    made_for(browser, olga)
    answer = made_for(browser, olga)
    assert "This user has a token of that name" in answer.content.decode()
    assert ApiToken.objects.count() == 1


def test_a_token_belongs_to_staff_who_may_log_in(browser):
    for number, about in enumerate(({"is_staff": False}, {"is_active": False, "is_staff": True})):
        outsider = User.objects.create_user(f"outsider{number}", **about)
        assert made_for(browser, outsider).status_code == 200
    assert not ApiToken.objects.exists()


def test_nobody_makes_a_token_that_may_more_than_they_do(browser, admin_user):
    assert "may do more than you" in made_for(browser, admin_user).content.decode()
    clerk = staff(username="clerk")
    clerk.user_permissions.add(*Permission.objects.filter(codename__in=["add_apitoken", "view_apitoken"]))
    desk = Client()
    desk.force_login(clerk)
    assert "may do more than you" in made_for(desk, staff("Operator", username="olga")).content.decode()
    assert not ApiToken.objects.exists()
    assert "plain" in made_for(desk, staff(username="newcomer")).context


def test_a_token_cannot_end_before_it_begins(browser, chief):
    past = timezone.now() - timedelta(days=1)
    answer = made_for(browser, chief, expires_at_0=past.date().isoformat(), expires_at_1="00:00")
    assert "This is in the past" in answer.content.decode()
    soon = timezone.now() + timedelta(days=2)
    made_for(browser, chief, expires_at_0=soon.date().isoformat(), expires_at_1="00:00")
    assert ApiToken.objects.get().expires_at.date() == soon.date()


@pytest.mark.parametrize("role", ["Reviewer", "Operator"])
def test_other_roles_see_and_make_no_tokens(role, chief):
    token, _ = api_tokens.make(chief, "script")
    desk = Client()
    desk.force_login(staff(role))
    assert desk.get(LIST).status_code == 403
    assert desk.get(ADD).status_code == 403
    assert desk.post(f"{LIST}{token.pk}/revoke/").status_code == 403
    token.refresh_from_db()
    assert token.works


def test_a_token_is_revoked_on_its_page_and_from_then_on_refused(browser):
    program = Program(staff("Operator", username="olga"))
    page = f"{LIST}{program.token.pk}/change/"
    assert "Revoke it" in browser.get(page).content.decode()
    assert browser.get(f"{LIST}{program.token.pk}/revoke/").status_code == 405
    assert program.get("locations/").status_code == 200
    answer = browser.post(f"{LIST}{program.token.pk}/revoke/", follow=True).content.decode()
    assert "1 token revoked" in answer
    assert "Revoke it" not in answer
    assert program.get("locations/").status_code == 401
    assert LogEntry.objects.get().change_message == "Revoked."


def test_many_are_revoked_from_the_list(browser, chief):
    tokens = [api_tokens.make(chief, name)[0] for name in ("one", "two", "three")]
    chosen = {"action": "revoke_chosen", "_selected_action": [tokens[0].pk, tokens[1].pk]}
    assert "2 tokens revoked" in browser.post(LIST, chosen, follow=True).content.decode()
    assert [token.works for token in ApiToken.objects.order_by("created_at")] == [False, False, True]


def test_the_list_says_which_tokens_open_nothing(browser, chief):
    assert "No token yet" in browser.get(LIST).content.decode()
    olga = staff("Operator", username="olga")
    api_tokens.revoke(api_tokens.make(chief, "revoked one")[0])
    api_tokens.make(chief, "old one", timezone.now() - timedelta(days=1))
    api_tokens.make(olga, "hers")
    User.objects.filter(pk=olga.pk).update(is_active=False)
    html = browser.get(LIST).content.decode()
    assert all(words in html for words in ("Revoked", "Expired", "User may not log in"))
    assert ">Works<" not in html


def test_a_token_goes_with_its_user(chief):
    Program(chief)
    Group.objects.all().delete()
    chief.delete()
    assert not ApiToken.objects.exists()
