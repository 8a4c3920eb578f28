"""The sandbox's people and calls: seeded, believable, doubled in many ways."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from integrations.sandbox import noise
from integrations.sandbox.dialogues import DIALOGUES
from integrations.sandbox.identities import person, source_of_chance, telephone
from integrations.sandbox.loading import UnreadableData
from integrations.sandbox.people import contact_person, known_people
from integrations.sandbox.server import Sandbox
from integrations.sandbox.store import Location

NINE = {
    "No Answer", "Voicemail", "Gatekeeper", "Incorrect Number", "Not Interested", "Callback Requested",
    "Future Potential", "Meeting Booked", "Do Not Contact",
}  # fmt: skip
CONTACT = {
    "locationId": "locData", "firstName": "Zoë", "dateAdded": "2025-01-01T05:50:00.000Z",
    "customFields": [{"id": "cf1", "value": "Partner"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def location() -> Location:
    return Sandbox({"loc": "pit"}, contacts=1500, calls=1800).location


def records(location: Location) -> list[Any]:
    return [*location.contacts.values(), *location.messages.values()]


def folder(path: Path, content: Any) -> Path:
    (path / "contacts.json").write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_seed_gives_the_same_people_and_calls_every_time() -> None:
    first, second = (Sandbox({"loc": "pit"}, contacts=60, seed=4).location for _ in range(2))
    assert records(first) == records(second)


def test_another_seed_gives_other_people() -> None:
    first, second = (Sandbox({"loc": "pit"}, contacts=20, seed=seed).location for seed in (1, 2))
    assert not first.contacts.keys() & second.contacts.keys()


def test_a_person_does_not_depend_on_how_many_there_are() -> None:
    few, many = (Sandbox({"loc": "pit"}, contacts=count).location for count in (40, 80))
    names = [[contact.full_name for contact in location.contacts.values()][:40] for location in (few, many)]
    assert names[0] == names[1]


def test_as_many_contacts_and_calls_are_made_as_ordered(location: Location) -> None:
    assert (len(location.contacts), sum(message.is_call for message in location.messages.values())) == (1500, 1800)


def test_without_a_number_there_are_1_2_calls_for_each_contact() -> None:
    location = Sandbox({"loc": "pit"}, contacts=100).location
    assert sum(message.is_call for message in location.messages.values()) == 120


def test_calls_are_spread_unevenly(location: Location) -> None:
    shares = Counter(message.contact_id for message in location.messages.values() if message.is_call)
    assert len(shares) < 1200
    assert max(shares.values()) > 12


def test_only_connected_calls_have_a_duration(location: Location) -> None:
    calls = [message for message in location.messages.values() if message.is_call]
    assert {call.status for call in calls if call.duration is not None} == {"completed"}
    assert {call.status for call in calls} == {"completed", "no-answer", "voicemail", "busy", "failed", "canceled"}


def test_every_call_has_a_carriers_id_and_no_inbound_call_an_agent(location: Location) -> None:
    calls = [message for message in location.messages.values() if message.is_call]
    assert all(re.fullmatch("CA[0-9a-f]{32}", call.alt_id or "") for call in calls)
    assert not any(call.user_id for call in calls if call.direction == "inbound")


def test_about_half_of_the_connected_calls_have_a_transcript_of_any_of_the_nine_kinds(location: Location) -> None:
    connected = [message for message in location.messages.values() if message.duration]
    told = [call for call in connected if call.transcript]
    assert 0.4 < len(told) / len(connected) < 0.6
    assert {call.disposition for call in told} == {disposition for disposition, _ in DIALOGUES} == NINE


def test_conversations_have_texts_and_activities_too(location: Location) -> None:
    kinds = {message.kind for message in location.messages.values()}
    assert {"TYPE_CALL", "TYPE_SMS", "TYPE_ACTIVITY_CONTACT", "TYPE_ACTIVITY_OPPORTUNITY"} <= kinds


def test_the_counters_of_a_contact_fit_its_calls(location: Location) -> None:
    dials = next(field["id"] for field in location.custom_fields if field["name"] == "Dial Attempts")
    made = Counter(m.contact_id for m in location.messages.values() if m.is_call and m.direction == "outbound")
    assert all(dict(each.custom_fields)[dials] == made[each.id] for each in location.contacts.values())


def test_no_two_numbers_of_the_sandbox_are_the_same_telephone() -> None:
    assert len({telephone(number) for number in range(0, 590_000, 10)}) == 59_000
    assert all(re.fullmatch(r"\+1\d{3}555\d{4}", telephone(number)) for number in range(100))


def test_there_are_shared_inboxes_shared_switchboards_and_doubled_people(location: Location) -> None:
    contacts = list(location.contacts.values())
    phones = Counter(contact.phone for contact in contacts if contact.phone)
    emails = Counter((contact.email or "").lower() for contact in contacts if contact.email)
    assert max(phones.values()) > 3
    assert any(email.startswith("info@") and count > 3 for email, count in emails.items())
    assert any(count > 1 for email, count in emails.items() if not email.startswith("info@"))


def test_there_are_people_without_email_without_phone_with_emoji_and_accents(location: Location) -> None:
    contacts = list(location.contacts.values())
    assert any(contact.email is None for contact in contacts)
    assert any(contact.phone is None for contact in contacts)
    assert any("🚀" in contact.full_name for contact in contacts)
    assert any("ñ" in contact.full_name or "é" in contact.full_name for contact in contacts)


@pytest.mark.parametrize(("kind", "place"), noise.SAME_PERSON)
def test_a_person_entered_twice_keeps_something_of_themselves(kind: noise.Noise, place: int) -> None:
    one, other = person(1, place), person(1, 1000)
    again = kind(one, other, source_of_chance(1))
    kept = [getattr(one, name) == getattr(again, name) for name in ("first", "last", "linkedin", "phone")]
    assert any(kept) or {one.first, one.last} == {again.first, again.last}


@pytest.mark.parametrize(("kind", "place"), noise.LOOK_ALIKES)
def test_a_look_alike_is_somebody_else_who_shares_one_thing(kind: noise.Noise, place: int) -> None:
    one, other = person(1, place), person(1, 1000)
    like = kind(one, other, source_of_chance(1))
    assert like.linkedin == other.linkedin != one.linkedin
    shared = {(one.first, one.last), one.phone, one.email} & {(like.first, like.last), like.phone, like.email}
    assert shared


def test_three_hundred_contacts_have_every_kind_of_double_and_oddity() -> None:
    people = [contact_person(1, number) for number in range(300)]
    assert any(re.search(r", Esq\.|J\.D\.| III|PhD", one.last or "") for one in people)
    assert any(one.first is None for one in people)
    assert any(one.first and one.last is None for one in people)
    assert any("+crm@gmail.com" in (one.email or "") for one in people)


def test_half_of_the_known_people_are_among_the_contacts() -> None:
    location = Sandbox({"loc": "pit"}, contacts=160, calls=0, seed=3).location
    values = {str(value) for contact in location.contacts.values() for _, value in contact.custom_fields}
    emails = {contact.email.lower() for contact in location.contacts.values() if contact.email}
    known = known_people(3, 200)
    shared = [one for one in known if one["contact_linkedin"] in values or one["contact_email"].lower() in emails]
    assert 60 <= len(shared) <= 100


def test_known_people_are_prospect_columns() -> None:
    columns = {"firm_name", "contact_first_name", "contact_last_name", "contact_title", "contact_email",
               "contact_phone", "contact_linkedin", "tags"}  # fmt: skip
    assert all(set(one) == columns for one in known_people(1, 50))


def test_known_people_write_their_telephones_as_people_do() -> None:
    shapes = {re.sub(r"\d", "0", one["contact_phone"]) for one in known_people(1, 100)}
    assert len(shapes) > 4


def test_a_folders_contacts_are_served_as_they_are(tmp_path: Path) -> None:
    fields = [{"id": "cf1", "name": "Job Title"}]
    sandbox = Sandbox(data=folder(tmp_path, {"customFields": fields, "contacts": [CONTACT, CONTACT]}), calls=7)
    location = sandbox.locations["locData"]
    assert (len(location.contacts), len(location.messages) >= 7, location.custom_fields) == (2, True, fields)
    assert {contact.first_name for contact in location.contacts.values()} == {"Zoë"}


@pytest.mark.parametrize("content", [[], {"contacts": []}, {"contacts": [{"firstName": "Dana"}]}])
def test_a_folder_without_usable_contacts_is_refused_in_words(tmp_path: Path, content: Any) -> None:
    with pytest.raises(UnreadableData, match=r"contacts\.json"):
        Sandbox(data=folder(tmp_path, content))


def test_a_folder_without_a_file_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UnreadableData, match="Cannot read"):
        Sandbox(data=tmp_path)
