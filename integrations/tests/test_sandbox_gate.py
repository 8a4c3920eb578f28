"""Tokens, versions, locations and limits: what comes before an endpoint."""

import json
from collections.abc import Iterator

import pytest

from integrations.tests.sandbox_cast import LOCATION, TOKEN, Caller, calling, payload


@pytest.fixture
def api() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.fixture
def limited() -> Iterator[Caller]:
    with calling(rate_limit=100) as caller:
        yield caller


def status(api: Caller, token: str = TOKEN, location_id: str = LOCATION) -> int:
    return api("GET", "/contacts/", params={"locationId": location_id}, token=token).status_code


@pytest.mark.parametrize("token", [None, "pit-somebody-else"])
def test_a_token_that_is_not_known_is_a_401(api: Caller, token: str | None) -> None:
    answer = api("GET", "/contacts/", token=token)
    assert (answer.status_code, answer.json()) == (401, payload("error_401_token"))


@pytest.mark.parametrize(("version", "name"), [(None, "missing"), ("2020-01-01", "invalid")])
def test_without_a_known_version_the_answer_looks_like_an_auth_failure(
    api: Caller, version: str | None, name: str
) -> None:
    answer = api("GET", "/contacts/", version=version)
    assert (answer.status_code, answer.json()) == (401, payload(f"error_401_version_{name}"))


@pytest.mark.parametrize("version", ["2021-07-28", "2021-04-15", "2023-02-21", "v3"])
def test_all_published_versions_are_served(api: Caller, version: str) -> None:
    assert api("GET", "/contacts/", params={"locationId": LOCATION}, version=version).status_code == 200


def test_another_locations_token_is_a_403(api: Caller) -> None:
    api.sandbox.add_location("elsewhere", "pit-elsewhere")
    answer = api("GET", "/contacts/", params={"locationId": LOCATION}, token="pit-elsewhere")
    assert (answer.status_code, answer.json()) == (403, payload("error_403_location"))


def test_another_locations_contact_is_a_403(api: Caller) -> None:
    api.sandbox.add_location("elsewhere", "pit-elsewhere")
    contact_id = api.sandbox.location.add_contact().id
    assert api("GET", f"/contacts/{contact_id}", token="pit-elsewhere").status_code == 403


def test_a_revoked_token_is_a_401_from_then_on(api: Caller) -> None:
    assert status(api) == 200
    api.sandbox.revoke(TOKEN)
    assert status(api) == 401


def test_a_path_that_ghl_does_not_have_is_a_404(api: Caller) -> None:
    assert api.get("/opportunities/")["message"] == "Cannot GET /opportunities/"


def test_every_answer_carries_the_limits_headers(limited: Caller) -> None:
    headers = limited("GET", "/contacts/nobody").headers
    expected = {
        **payload("error_429")["_headers"],
        "X-RateLimit-Remaining": "99",
        "X-RateLimit-Daily-Remaining": "199999",
    }
    assert {name: headers[name] for name in expected} == expected


def test_the_hundred_and_first_request_in_ten_seconds_is_refused(limited: Caller) -> None:
    assert [status(limited) for _ in range(101)] == [200] * 100 + [429]
    assert limited.sandbox.allowance().rejected == 1


def test_a_refused_request_does_not_count_against_the_window(limited: Caller) -> None:
    assert [status(limited) for _ in range(150)].count(429) == 50
    limited.sandbox.clock.advance(10.1)
    assert [status(limited) for _ in range(100)] == [200] * 100


def test_the_window_slides(limited: Caller) -> None:
    assert {status(limited) for _ in range(60)} == {200}
    limited.sandbox.clock.advance(6)
    assert [status(limited) for _ in range(50)].count(429) == 10
    limited.sandbox.clock.advance(4.5)
    assert [status(limited) for _ in range(70)].count(429) == 10


def test_two_tokens_of_a_location_share_its_window(limited: Caller) -> None:
    limited.sandbox.tokens["pit-second"] = {LOCATION}
    answers = [status(limited, token) for _ in range(60) for token in (TOKEN, "pit-second")]
    assert answers.count(429) == 20


def test_two_locations_have_a_window_each(limited: Caller) -> None:
    limited.sandbox.add_location("elsewhere", "pit-elsewhere")
    assert {status(limited) for _ in range(100)} == {200}
    assert status(limited, "pit-elsewhere", "elsewhere") == 200


def test_other_apps_use_up_a_part_of_the_window() -> None:
    with calling(rate_limit=100, other_users=90) as api:
        assert [status(api) for _ in range(11)].count(429) == 1


def test_the_day_has_a_limit_of_its_own_and_says_so() -> None:
    with calling(rate_limit=100, daily_limit=3) as api:
        assert [status(api) for _ in range(4)] == [200, 200, 200, 429]
        assert api("GET", "/contacts/").headers["X-RateLimit-Daily-Remaining"] == "0"
        api.sandbox.clock.advance(86_400)
        assert status(api) == 200


def test_the_journal_keeps_what_was_written_but_no_token(api: Caller) -> None:
    api.create(firstName="Dana")
    (entry,) = api.sandbox.journal.entries("/contacts", "POST")
    assert json.loads(entry.body) == {"locationId": LOCATION, "firstName": "Dana"}
    assert TOKEN not in repr(entry)


def test_the_journal_knows_every_request_and_the_peak(limited: Caller) -> None:
    assert {status(limited) for _ in range(3)} == {200}
    entry = limited.sandbox.journal.entries("/contacts")[-1]
    assert (entry.method, entry.status, entry.location_id) == ("GET", 200, LOCATION)
    assert limited.sandbox.journal.peak() == limited.sandbox.journal.statuses[200] == 3
