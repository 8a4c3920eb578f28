"""Faults that tests can order from the sandbox."""

from collections.abc import Iterator

import pytest
import requests

from integrations.tests.sandbox_cast import LOCATION, Caller, calling, payload


@pytest.fixture
def api() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


def listing(api: Caller) -> requests.Response:
    return api("GET", "/contacts/", params={"locationId": LOCATION})


def names(api: Caller) -> list[str | None]:
    return [contact.first_name for contact in api.sandbox.location.contacts.values()]


def test_a_fault_happens_as_often_as_ordered(api: Caller) -> None:
    api.sandbox.faults.add("/contacts/", times=2, status=503)
    assert [listing(api).status_code for _ in range(3)] == [503, 503, 200]


def test_a_fault_waits_for_its_turn(api: Caller) -> None:
    api.sandbox.faults.add("/contacts/", after=1, status=500)
    assert [listing(api).status_code for _ in range(3)] == [200, 500, 200]


def test_a_fault_may_hit_a_share_of_the_requests_by_chance(api: Caller) -> None:
    api.sandbox.faults.add("/contacts/", times=None, status=500, share=0.3)
    hit = sum(listing(api).status_code == 500 for _ in range(100))
    assert 15 < hit < 45


def test_a_fault_keeps_to_its_path_and_method(api: Caller) -> None:
    api.sandbox.faults.add("/contacts/search", method="POST", status=500)
    assert api.of_location("/contacts/search/duplicate", email="x@y.example")["contact"] is None
    assert listing(api).status_code == 200
    assert api.search()["statusCode"] == 500


def test_a_pattern_fits_many_paths(api: Caller) -> None:
    api.sandbox.faults.add("/conversations/*/messages", status=500)
    assert api("GET", "/conversations/any/messages").status_code == 500


def test_a_fault_answers_with_the_body_it_is_given(api: Caller) -> None:
    api.sandbox.faults.add(status=502, body={"message": "bad gateway"})
    assert (listing(api).json(), listing(api).status_code) == ({"message": "bad gateway"}, 200)


def test_html_comes_with_a_200(api: Caller) -> None:
    api.sandbox.faults.add(kind="html")
    answer = listing(api)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_truncated_answer_breaks_off(api: Caller) -> None:
    api.sandbox.faults.add(kind="truncated")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        listing(api)


def test_a_malformed_answer_is_no_json(api: Caller) -> None:
    api.sandbox.faults.add(kind="malformed")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        listing(api).json()


def test_a_hanging_answer_outlasts_the_callers_patience(api: Caller) -> None:
    api.sandbox.faults.add(kind="hang", seconds=30)
    with pytest.raises(requests.exceptions.ReadTimeout):
        api("GET", "/contacts/", timeout=0.2)


def test_a_connection_closed_before_the_answer_leaves_nothing_done(api: Caller) -> None:
    api.sandbox.faults.add(kind="close")
    with pytest.raises(requests.exceptions.ConnectionError):
        api.create(firstName="Dana")
    assert names(api) == []


def test_a_lost_answer_leaves_the_work_done(api: Caller) -> None:
    api.sandbox.faults.add(kind="lost_answer")
    with pytest.raises(requests.exceptions.ConnectionError):
        api.create(firstName="Dana")
    assert names(api) == ["Dana"]


def test_a_422_may_have_created_the_contact_all_the_same(api: Caller) -> None:
    api.sandbox.faults.add("/contacts/", method="POST", kind="created_422")
    answer = api.create(firstName="Dana")
    assert (answer.status_code, isinstance(answer.json()["message"], list), names(api)) == (422, True, ["Dana"])


def test_a_storm_of_429s_ends(api: Caller) -> None:
    api.sandbox.faults.storm(3)
    answers = [listing(api) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [429, 429, 429, 200]
    assert (answers[0].json(), answers[0].headers["X-RateLimit-Remaining"]) == (payload("error_429")["body"], "0")


@pytest.mark.parametrize("status", [403, 404])
def test_an_endpoint_can_be_refused_for_good(api: Caller, status: int) -> None:
    api.sandbox.faults.refuse("/contacts/search", status=status, method="POST")
    assert {api.search()["statusCode"] for _ in range(5)} == {status}


def test_cleared_faults_are_forgotten(api: Caller) -> None:
    api.sandbox.faults.refuse("/contacts/")
    api.sandbox.faults.clear()
    assert listing(api).status_code == 200


def test_an_answer_that_was_never_sent_is_in_the_journal_as_such(api: Caller) -> None:
    api.sandbox.faults.add(kind="close")
    with pytest.raises(requests.exceptions.ConnectionError):
        listing(api)
    assert [entry.status for entry in api.sandbox.journal.entries()] == [0]
