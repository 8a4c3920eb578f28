"""GET, POST and PUT /contacts as GHL really answers them."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.tests.sandbox_cast import DANA, LOCATION, Caller, calling


@pytest.fixture
def api() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


@pytest.fixture
def dana(api: Caller) -> str:
    return api.sandbox.location.add_contact(**DANA).id


def add(api: Caller, count: int) -> list[str]:
    """Contacts added one second apart; their ids, oldest first."""
    add_contact = api.sandbox.location.add_contact
    return [add_contact(first_name=f"N{number}", date_added=10**12 + number * 1000).id for number in range(count)]


def listed_ids(page: dict[str, Any]) -> list[str]:
    return [contact["id"] for contact in page["contacts"]]


def test_the_list_is_newest_first_and_twenty_long_unless_told(api: Caller) -> None:
    ids = add(api, 25)
    assert listed_ids(api.of_location("/contacts/")) == ids[:4:-1]


def test_both_halves_of_the_cursor_lead_to_the_next_page(api: Caller) -> None:
    ids = add(api, 5)
    meta = api.of_location("/contacts/", limit=2)["meta"]
    second = api.of_location("/contacts/", limit=2, startAfter=meta["startAfter"], startAfterId=meta["startAfterId"])
    assert listed_ids(second) == [ids[2], ids[1]]


@pytest.mark.parametrize("half", ["startAfter", "startAfterId"])
def test_half_a_cursor_gives_the_first_page_again(api: Caller, half: str) -> None:
    add(api, 5)
    first = api.of_location("/contacts/", limit=2)
    assert listed_ids(api.of_location("/contacts/", limit=2, **{half: first["meta"][half]})) == listed_ids(first)


def test_the_last_page_still_promises_a_next_one(api: Caller) -> None:
    add(api, 3)
    meta = api.of_location("/contacts/", limit=100)["meta"]
    assert (meta["currentPage"], meta["nextPage"], meta["prevPage"], meta["total"]) == (1, 2, None, 3)
    assert "startAfterId" in meta["nextPageUrl"]


def test_past_the_last_page_the_list_is_empty_and_the_cursor_repeats(api: Caller) -> None:
    oldest = add(api, 3)[0]
    page = api.of_location("/contacts/", startAfter=10**12, startAfterId=oldest)
    assert (page["contacts"], page["meta"]["startAfterId"]) == ([], oldest)


def test_contacts_added_in_the_same_millisecond_are_all_listed_once(api: Caller) -> None:
    ids = [api.sandbox.location.add_contact(date_added=10**12).id for _ in range(7)]
    seen, cursor = [], {}
    while page := api.of_location("/contacts/", limit=2, **cursor):
        if not page["contacts"]:
            break
        seen += listed_ids(page)
        cursor = {key: page["meta"][key] for key in ("startAfter", "startAfterId")}
    assert sorted(seen) == sorted(ids)


def test_the_list_lower_cases_names_and_keeps_the_spelling_in_raw(api: Caller, dana: str) -> None:
    contact = api.of_location("/contacts/")["contacts"][0]
    names = [contact[key] for key in ("contactName", "firstName", "lastName", "firstNameRaw", "lastNameRaw")]
    assert names == ["dana whitfield", "dana", "whitfield", "Dana", "Whitfield"]


def test_the_list_has_null_for_what_is_empty(api: Caller, dana: str) -> None:
    contact = api.of_location("/contacts/")["contacts"][0]
    assert (contact["companyName"], contact["tags"], contact["dndSettings"]) == (None, [], {})


def test_a_single_contact_keeps_its_case_and_leaves_out_what_is_empty(api: Caller, dana: str) -> None:
    contact = api.get(f"/contacts/{dana}")["contact"]
    assert (contact["firstName"], contact["firstNameLowerCase"]) == ("Dana", "dana")
    assert "companyName" not in contact


def test_a_page_of_more_than_a_hundred_is_refused(api: Caller) -> None:
    answer = api("GET", "/contacts/", params={"locationId": LOCATION, "limit": 101})
    assert (answer.status_code, answer.json()["message"]) == (422, ["limit must not be greater than 100"])


def test_an_unknown_contact_is_a_400(api: Caller) -> None:
    assert api("GET", "/contacts/nobody").status_code == 400


def test_a_created_contact_can_be_read_at_once(api: Caller) -> None:
    created = api.create(firstName="Dana", lastName="Whitfield", email="dana@whitfield.example", tags=["Batch 12"])
    contact = api.get(f"/contacts/{created.json()['contact']['id']}")["contact"]
    assert (created.status_code, contact["lastName"], contact["tags"]) == (201, "Whitfield", ["batch 12"])


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"email": "DANA@whitfield.example", "phone": "+13125550000"}, "email"),
        ({"email": "else@where.example", "phone": "(202) 555-0143"}, "phone"),
    ],
)
def test_a_duplicate_is_refused_with_the_contact_that_is_there(
    api: Caller, dana: str, body: dict[str, str], field: str
) -> None:
    answer = api.create(**body)
    assert answer.status_code == 400
    assert answer.json()["meta"] == {"contactId": dana, "contactName": "dana whitfield", "matchingField": field}


def test_an_email_that_was_given_up_may_be_used_again(api: Caller, dana: str) -> None:
    api("PUT", f"/contacts/{dana}", json={"email": "moved@whitfield.example"})
    assert api.create(email="dana@whitfield.example").status_code == 201


def test_a_deleted_contacts_email_may_be_used_again(api: Caller, dana: str) -> None:
    api.sandbox.location.remove_contact(dana)
    assert api.create(email="dana@whitfield.example").status_code == 201


def test_an_update_may_repeat_the_contacts_own_email_but_not_take_anothers(api: Caller, dana: str) -> None:
    other = api.create(email="omar@reyes.example").json()["contact"]["id"]
    own, taken = ({"email": email} for email in ("omar@reyes.example", "dana@whitfield.example"))
    assert [api("PUT", f"/contacts/{other}", json=body).status_code for body in (own, taken)] == [200, 400]


def test_of_many_creates_at_once_with_one_email_only_one_creates(api: Caller) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: api.create(email="dana@whitfield.example").status_code, range(8))
    assert Counter(answers) == {201: 1, 400: 7}


def test_a_location_may_allow_duplicates(api: Caller, dana: str) -> None:
    api.sandbox.location.allow_duplicates = True
    assert api.create(email="dana@whitfield.example").status_code == 201


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"additionalEmails": []}, "property additionalEmails should not exist"),
        ({"email": "not an address"}, "email must be an email"),
        ({"email": ""}, "email must be an email"),
        ({"customFields": [{"id": "", "field_value": "x"}]}, "customFields.0.id should not be empty"),
    ],
)
def test_a_create_that_is_not_right_is_a_422_with_a_list(api: Caller, body: dict[str, Any], message: str) -> None:
    answer = api.create(**body)
    assert (answer.status_code, answer.json()["message"]) == (422, [message])
    assert api.sandbox.location.contacts == {}


def test_a_custom_field_is_sent_as_field_value_and_read_as_value(api: Caller) -> None:
    created = api.create(firstName="Dana", customFields=[{"id": "cf1", "field_value": "https://linkedin.example"}])
    assert created.json()["contact"]["customFields"] == [{"id": "cf1", "value": "https://linkedin.example"}]


def test_an_update_answers_with_the_vendors_spelling(api: Caller, dana: str) -> None:
    answer = api("PUT", f"/contacts/{dana}", json={"firstName": "Daniela"}).json()
    assert (answer["succeded"], answer["contact"]["firstName"]) == (True, "Daniela")


@pytest.mark.parametrize("name", ["gender", "locationId", "companyName"])
def test_an_update_refuses_what_only_a_create_accepts(api: Caller, dana: str, name: str) -> None:
    answer = api("PUT", f"/contacts/{dana}", json={name: "x"})
    assert (answer.status_code, answer.json()["message"]) == (422, [f"property {name} should not exist"])


def test_an_update_replaces_all_tags_but_only_the_custom_fields_it_names(api: Caller) -> None:
    contact_id = api.sandbox.location.add_contact(tags=("old",), custom_fields=(("a", 1), ("b", 2))).id
    api("PUT", f"/contacts/{contact_id}", json={"tags": ["new"], "customFields": [{"id": "b", "field_value": 3}]})
    contact = api.sandbox.location.contacts[contact_id]
    assert (contact.tags, contact.custom_fields) == (("new",), (("a", 1), ("b", 3)))


def test_tags_are_added_and_removed_one_by_one(api: Caller) -> None:
    contact_id = api.sandbox.location.add_contact(tags=("kept",)).id
    added = api("POST", f"/contacts/{contact_id}/tags", json={"tags": ["New", "kept"]})
    removed = api("DELETE", f"/contacts/{contact_id}/tags", json={"tags": ["kept"]})
    assert (added.status_code, added.json()["tags"], removed.json()["tags"]) == (201, ["kept", "new"], ["new"])


@pytest.mark.parametrize("query", [{"email": "Dana@Whitfield.example"}, {"number": "+12025550143"}])
def test_a_duplicate_is_looked_up_by_email_or_number(api: Caller, dana: str, query: dict[str, str]) -> None:
    assert api.of_location("/contacts/search/duplicate", **query)["contact"]["id"] == dana


def test_a_plus_that_was_not_encoded_finds_nobody(api: Caller, dana: str) -> None:
    path = f"/contacts/search/duplicate?locationId={LOCATION}&number=+12025550143"
    assert api.get(path)["contact"] is None


def test_custom_fields_are_named_under_the_locations_own_ids(api: Caller) -> None:
    fields = api.get(f"/locations/{LOCATION}/customFields")["customFields"]
    assert [field["name"] for field in fields][:2] == ["LinkedIn URL", "Job Title"]
    assert set(fields[0]) == {"id", "name", "fieldKey", "dataType", "position", "model"}


def test_contacts_changed_while_serving_are_seen_by_the_next_request(api: Caller, dana: str) -> None:
    api.sandbox.location.change_contact(dana, first_name="Daniela")
    assert api.of_location("/contacts/")["contacts"][0]["firstNameRaw"] == "Daniela"
    api.sandbox.location.remove_contact(dana)
    assert api.of_location("/contacts/")["contacts"] == []
