"""The client's contact methods against GHL's example answers."""

import re

import pytest
import responses
from responses.matchers import json_params_matcher, query_param_matcher

from integrations.ghl.errors import CalledOff, DuplicateContact, GarbledAnswer, NotFound, RequestRejected
from integrations.tests.ghl_cast import API, LOCATION, Clock, new_client, payload

DANA = "c9HtR4mVx2QpLs7KdZ1B"


@pytest.fixture
def client(tmp_path):
    with new_client(tmp_path, Clock()) as client:
        yield client


@pytest.fixture
def wire():
    with responses.RequestsMock() as wire:
        yield wire


def test_a_page_of_the_list_gives_items_cursor_and_total(client, wire):
    wire.get(f"{API}/contacts/", json=payload("contacts_list_page"))
    page = client.contacts_page(limit=2)
    assert page.items == payload("contacts_list_page")["contacts"]
    assert (page.cursor, page.total) == ([1790674893008, "d3WnY8kJf6TgAe5MuC0S"], 3)


def test_both_halves_of_the_cursor_go_back(client, wire):
    sent = {"locationId": LOCATION, "limit": 2, "startAfter": 1790674893008, "startAfterId": "d3WnY8kJf6TgAe5MuC0S"}
    wire.get(f"{API}/contacts/", json=payload("contacts_list_last_page"), match=[query_param_matcher(sent)])
    client.contacts_page(2, [1790674893008, "d3WnY8kJf6TgAe5MuC0S"])


@pytest.mark.parametrize("meta", [None, {}, {"startAfter": 1, "startAfterId": None}, "x"])
def test_half_a_cursor_is_none(client, wire, meta):
    wire.get(f"{API}/contacts/", json={"contacts": [{"id": "c1"}], "meta": meta})
    assert client.contacts_page().cursor is None


def test_the_first_search_asks_as_the_example_does(client, wire):
    body = payload("contacts_search_request_first")
    wire.post(f"{API}/contacts/search", json=payload("contacts_search_page"), match=[json_params_matcher(body)])
    page = client.search_contacts_page(100, page=1, sort=body["sort"], filters=body["filters"])
    assert (page.cursor, page.total) == ([1790780645120, DANA], 1)


def test_the_next_search_sends_the_cursor_and_no_page_number(client, wire):
    body = payload("contacts_search_request_next")
    wire.post(f"{API}/contacts/search", json=payload("contacts_search_empty"), match=[json_params_matcher(body)])
    page = client.search_contacts_page(
        100, search_after=[1790780645120, DANA], page=2, sort=body["sort"], filters=body["filters"]
    )
    assert (page.items, page.cursor, page.total) == ([], None, 0)


def test_a_broken_record_on_a_page_is_the_callers_to_judge(client, wire):
    wire.get(f"{API}/contacts/", json={"contacts": [None, 3, {"id": "c1"}]})
    wire.post(f"{API}/contacts/search", json={"contacts": [{"id": "c1"}, None]})
    assert client.contacts_page().items == [None, 3, {"id": "c1"}]
    assert client.search_contacts_page().items == [{"id": "c1"}, None]


@pytest.mark.parametrize("envelope", [{}, {"contacts": None}, {"contacts": {}}, []])
def test_a_page_without_a_list_of_contacts_is_garbled(client, wire, envelope):
    wire.get(f"{API}/contacts/", json=envelope)
    with pytest.raises(GarbledAnswer, match="no list of contacts|not an object"):
        client.contacts_page()


def test_a_contact_is_created(client, wire):
    wire.post(f"{API}/contacts/", json=payload("contact_create_201"), status=201)
    assert client.create_contact(payload("contact_create_request"))["id"] == DANA


def test_a_create_that_is_no_longer_wanted_when_its_turn_comes_is_not_sent(client, wire):
    with pytest.raises(CalledOff) as called_off:
        client.create_contact({"firstName": "Dana"}, still_wanted=lambda: False)
    assert called_off.value.nothing_was_done
    assert (len(wire.calls), client.requests_made) == (0, 0)


def test_a_contact_that_exists_is_named(client, wire):
    wire.post(f"{API}/contacts/", json=payload("contact_create_400_duplicate"), status=400)
    with pytest.raises(DuplicateContact) as caught:
        client.create_contact({})
    assert caught.value.contact_id == DANA


def test_an_unknown_property_is_rejected_once_and_named(client, wire):
    wire.post(f"{API}/contacts/", json=payload("contact_create_422_unknown_property"), status=422)
    with pytest.raises(RequestRejected, match="property additionalEmails should not exist"):
        client.create_contact({})
    assert client.requests_made == 1


@pytest.mark.parametrize("answer", [{}, {"contact": None}, {"contact": {"id": ""}}, []])
def test_success_without_a_contact_is_garbled_and_not_sent_again(client, wire, answer):
    wire.post(f"{API}/contacts/", json=answer, status=201)
    with pytest.raises(GarbledAnswer):
        client.create_contact({})
    assert client.requests_made == 1


@pytest.mark.parametrize("field", ["companyName", "gender", "locationId"])
def test_what_only_a_create_takes_is_never_sent_in_an_update(client, field):
    with pytest.raises(ValueError, match=field):
        client.update_contact(DANA, {field: "x"})
    assert client.requests_made == 0


def test_a_contact_is_fetched_and_a_missing_one_named(client, wire):
    wire.get(f"{API}/contacts/{DANA}", json=payload("contact_get"))
    wire.get(f"{API}/contacts/gone", json={"message": "Contact not found"}, status=404)
    assert client.get_contact(DANA)["lastName"] == "Whitfield"
    with pytest.raises(NotFound, match="GET /contacts/gone"):
        client.get_contact("gone")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ({"json": payload("contact_search_duplicate_found")}, DANA),
        ({"json": payload("contact_search_duplicate_none")}, None),
        ({"json": {}}, None),
        ({"json": {"message": "none"}, "status": 404}, None),
    ],
)
def test_a_duplicate_is_found_or_not(client, wire, answer, found):
    wire.get(f"{API}/contacts/search/duplicate", **answer)
    contact = client.find_duplicate(email="dana.whitfield@example.com")
    assert (contact and contact["id"]) == found


def test_nobody_is_looked_for_by_nothing(client):
    with pytest.raises(ValueError, match="neither was given"):
        client.find_duplicate()


@pytest.mark.parametrize(("method", "act"), [("POST", "add_tags"), ("DELETE", "remove_tags")])
def test_tags_are_added_and_taken_one_by_one(client, wire, method, act):
    matcher = json_params_matcher({"tags": ["batch 12"]})
    wire.add(method, f"{API}/contacts/{DANA}/tags", body="", match=[matcher])
    getattr(client, act)(DANA, ["batch 12", ""])
    getattr(client, act)(DANA, [])
    assert client.requests_made == 1


def test_custom_fields_are_read_and_those_without_an_id_left_out(client, wire):
    fields = [{"id": "f1", "name": "LinkedIn", "fieldKey": "contact.linkedin_url"}, {"name": "x"}, None]
    wire.get(re.compile(f"{API}/locations/{LOCATION}/customFields"), json={"customFields": fields})
    assert [field.key for field in client.custom_fields()] == ["contact.linkedin_url"]
