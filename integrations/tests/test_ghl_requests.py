"""What the client sends, held against the published OpenAPI description of GHL."""

import re
from datetime import UTC, datetime

import pytest
import responses
from requests import PreparedRequest, Request

from integrations.tests.ghl_cast import API, LOCATION, TOKEN, Clock, new_client, payload
from integrations.tests.spec import faults_of

MARCH = datetime(2026, 3, 27, tzinfo=UTC)
CONTACT = {"contact": {"id": "c1"}}
ASKED = {
    "GET /contacts/": (lambda client: client.contacts_page(), {"contacts": []}),
    "GET /contacts/ on": (lambda client: client.contacts_page(50, [1790780645120, "c1"]), {"contacts": []}),
    "POST /contacts/search": (
        lambda client: client.search_contacts_page(500, sort=[{"field": "dateAdded", "direction": "asc"}]),
        {"contacts": []},
    ),
    "POST /contacts/": (lambda client: client.create_contact(payload("contact_create_request")), CONTACT),
    "PUT /contacts/c1": (lambda client: client.update_contact("c1", {"phone": "+12025550143", "tags": ["a"]}), CONTACT),
    "GET /contacts/c1": (lambda client: client.get_contact("c1"), CONTACT),
    "GET duplicate": (lambda client: client.find_duplicate(email="a@example.com", phone="+12025550143"), {}),
    "GET /conversations/search": (lambda client: client.search_conversations("c1"), {"conversations": []}),
    "GET messages": (lambda client: client.messages_page("v1", "m1"), {"messages": {"messages": []}}),
    "GET export": (
        lambda client: client.export_calls_page(cursor="x", start=MARCH, end=MARCH),
        {"messages": []},
    ),
    "GET message": (lambda client: client.message("m1"), {"message": {"id": "m1"}}),
    "GET transcription": (lambda client: client.transcription("m1"), []),
    "GET transcription text": (lambda client: client.transcription_text("m1"), []),
}


@pytest.fixture
def client(tmp_path):
    with new_client(tmp_path, Clock()) as client:
        yield client


@pytest.fixture
def wire():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        yield wire


@pytest.mark.parametrize("name", ASKED)
def test_each_request_is_as_the_description_of_the_api_has_it(name, client, wire):
    act, answer = ASKED[name]
    for method in ("GET", "POST", "PUT"):
        wire.add(method, re.compile(API), json=answer)
    act(client)
    assert faults_of(wire.calls[0].request) == []


def test_a_recording_is_asked_for_as_described(client, wire):
    wire.add("GET", re.compile(API), body=b"RIFF", content_type="audio/x-wav")
    with client.recording("m1"):
        assert faults_of(wire.calls[0].request) == []


def test_the_referee_sees_faults():
    def sent(**request) -> PreparedRequest:
        return Request(**request, headers={"Version": "2021-07-28"}).prepare()

    assert faults_of(sent(method="GET", url=f"{API}/contacts/", params={"page": 1})) == [
        "locationId is missing",
        "page is unknown",
    ]
    assert faults_of(sent(method="PUT", url=f"{API}/contacts/c", json={"gender": 1})) == ["body.gender is unknown"]
    assert faults_of(sent(method="POST", url=f"{API}/contacts/", json={"phone": 1})) == [
        "body.locationId is missing",
        "body.phone is no string",
    ]


def test_a_plus_survives_in_a_query(client, wire):
    wire.add("GET", re.compile(API), json={})
    client.find_duplicate(phone="+12025550143")
    assert "number=%2B12025550143" in wire.calls[0].request.url


def test_an_id_cannot_leave_its_place_in_the_path(client, wire):
    wire.add("GET", re.compile(API), json=CONTACT)
    client.get_contact("../locations/x?y")
    assert wire.calls[0].request.path_url == "/contacts/..%2Flocations%2Fx%3Fy"


def test_the_token_goes_into_one_header_and_nowhere_else(client, wire):
    wire.add("GET", re.compile(API), json=CONTACT)
    client.get_contact("c1")
    request = wire.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert TOKEN not in request.url + repr(client) + repr(vars(client))


def test_a_netrc_of_the_machine_cannot_take_the_tokens_place(client, wire, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine ghl.test login somebody password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    wire.add("GET", re.compile(API), json=CONTACT)
    client.get_contact("c1")
    assert wire.calls[0].request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_contacts_follow_the_configured_version_and_conversations_their_own(tmp_path, wire):
    wire.add("GET", re.compile(API), json={"contacts": [], "conversations": []})
    with new_client(tmp_path, Clock(), version="2023-02-21") as client:
        client.contacts_page()
        client.search_conversations("c1")
    assert [call.request.headers["Version"] for call in wire.calls] == ["2023-02-21", "2021-04-15"]


def test_the_location_is_always_the_clients_own(client, wire):
    wire.add("POST", re.compile(API), json=CONTACT)
    client.create_contact({"firstName": "Dana"})
    assert f'"locationId": "{LOCATION}"' in wire.calls[0].request.body.decode()
