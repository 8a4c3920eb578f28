"""The sandbox's answers have the keys of the example payloads: no more, no fewer, in the same nesting."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.sandbox.records import Contact
from integrations.tests.sandbox_cast import LOCATION, Caller, calling, outline, payload

FULL = {
    "first_name": "Dana", "last_name": "Whitfield", "email": "dana.whitfield@example.com", "phone": "+12025550143",
    "company_name": "Whitfield Roofing", "country": "US", "source": "prospecting", "tags": ("prospect",),
    "custom_fields": (("Q7mZr2KxVb9LcTn4HpSd", "vd-000123"),), "additional_emails": ("office@whitfield.example",),
}  # fmt: skip
EXPORT = "/conversations/messages/export"


@pytest.fixture
def api() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.fixture
def contact(api: Caller) -> Contact:
    return api.sandbox.location.add_contact(**FULL)


def same(answer: Any, name: str) -> bool:
    """Whether an answer has the example's keys; lists of strings and of extra e-mails may be empty in either."""
    return flat(outline(answer)) == flat(outline(payload(name)))


def flat(keys: Any) -> Any:
    """An outline in which every empty or scalar list is just a list."""
    if isinstance(keys, dict):
        return {key: flat(inner) for key, inner in keys.items() if key not in ("additionalEmails", "dndSettings")}
    return [flat(keys[0])] if isinstance(keys, list) and keys and keys[0] else ([] if isinstance(keys, list) else keys)


def test_a_page_of_the_list(api: Caller, contact: Contact) -> None:
    assert same(api.of_location("/contacts/"), "contacts_list_page")


def test_the_last_page_of_the_list(api: Caller) -> None:
    dnd = {"Call": {"status": "active", "message": "Asked not to be called", "code": "DND_CALL"}}
    api.sandbox.location.add_contact(first_name="Ines", phone="+442079460018", dnd=True, dnd_settings=dnd)
    assert same(api.of_location("/contacts/"), "contacts_list_last_page")


def test_a_page_of_a_search(api: Caller, contact: Contact) -> None:
    assert same(api.search(), "contacts_search_page")


def test_a_search_without_hits(api: Caller) -> None:
    assert same(api.search(), "contacts_search_empty")


def test_one_contact(api: Caller, contact: Contact) -> None:
    assert same(api.get(f"/contacts/{contact.id}"), "contact_get")


def test_a_created_contact(api: Caller) -> None:
    answer = api.create(**payload("contact_create_request") | {"locationId": LOCATION})
    assert same(answer.json(), "contact_create_201")


def test_a_duplicate(api: Caller, contact: Contact) -> None:
    assert same(api.create(phone="+12025550143").json(), "contact_create_400_duplicate")


@pytest.mark.parametrize(
    ("body", "name"), [({"additionalEmails": []}, "unknown_property"), ({"email": "x"}, "bad_email")]
)
def test_a_422_says_the_same(api: Caller, body: dict[str, Any], name: str) -> None:
    answer, example = api.create(**body).json(), payload(f"contact_create_422_{name}")
    assert {**answer, "traceId": None} == {**example, "traceId": None}


def test_a_duplicate_that_is_found(api: Caller, contact: Contact) -> None:
    answer = api.of_location("/contacts/search/duplicate", email=contact.email)
    assert same(answer, "contact_search_duplicate_found")


def test_a_duplicate_that_is_not_found(api: Caller) -> None:
    answer = api.of_location("/contacts/search/duplicate", email="nobody@example.com")
    assert same(answer, "contact_search_duplicate_none")


def test_conversations(api: Caller, contact: Contact) -> None:
    api.sandbox.location.add_call(contact.id)
    assert same(api.of_location("/conversations/search"), "conversations_search")


def test_the_messages_of_a_conversation(api: Caller, contact: Contact) -> None:
    call = api.sandbox.location.add_call(contact.id, duration=214, user_id="u2MsF6yKc4VjPa9XeQ8D")
    assert same(api.get(f"/conversations/{call.conversation_id}/messages"), "conversation_messages_page")
    assert same(api.get(f"/conversations/messages/{call.id}"), "message_get_call")


def test_an_export_of_calls(api: Caller, contact: Contact) -> None:
    assert same(api.of_location(EXPORT, channel="Call"), "messages_export_last_page")
    api.sandbox.location.add_call(contact.id, duration=214, user_id="u2MsF6yKc4VjPa9XeQ8D")
    assert same(api.of_location(EXPORT, channel="Call"), "messages_export_calls")


def test_a_transcript(api: Caller, contact: Contact) -> None:
    call = api.sandbox.location.add_call(contact.id, transcript=((1, "Hello?"),))
    path = f"/conversations/locations/{LOCATION}/messages/{call.id}/transcription"
    assert same(api.get(path), "transcription_200")


def test_no_transcript(api: Caller, contact: Contact) -> None:
    call = api.sandbox.location.add_call(contact.id)
    answer = api.get(f"/conversations/locations/{LOCATION}/messages/{call.id}/transcription")
    assert {**answer, "traceId": None} == {**payload("transcription_400_none"), "traceId": None}
