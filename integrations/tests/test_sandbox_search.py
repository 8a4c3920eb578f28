"""POST /contacts/search: paging, filters, and an index that is late."""

from collections.abc import Iterator
from typing import Any

import pytest

from integrations.sandbox.clock import iso
from integrations.tests.sandbox_cast import DANA, LOCATION, Caller, calling

START = 10**12


@pytest.fixture
def api() -> Iterator[Caller]:
    with calling() as caller:
        yield caller


def add(api: Caller, count: int) -> list[str]:
    """Contacts added one second apart; their ids, oldest first."""
    add_contact = api.sandbox.location.add_contact
    return [add_contact(date_added=START + number * 1000).id for number in range(count)]


def found(answer: dict[str, Any]) -> list[str]:
    return [contact["id"] for contact in answer["contacts"]]


def updated_from(ms: int) -> dict[str, Any]:
    return {"field": "dateUpdated", "operator": "range", "value": {"gte": iso(ms)}}


@pytest.mark.parametrize("missing", ["locationId", "pageLimit"])
def test_a_search_names_the_location_and_the_page_length(api: Caller, missing: str) -> None:
    body = {"locationId": LOCATION, "pageLimit": 10, missing: None}
    answer = api("POST", "/contacts/search", json=body)
    assert (answer.status_code, answer.json()["message"]) == (422, [f"{missing} should not be empty"])


def test_a_page_of_more_than_five_hundred_is_refused(api: Caller) -> None:
    assert api.search(pageLimit=501)["statusCode"] == 422


def test_the_last_contacts_cursor_leads_to_the_next_page(api: Caller) -> None:
    ids, seen, cursor = add(api, 7), [], None
    sort = [{"field": "dateAdded", "direction": "asc"}]
    while page := api.search(pageLimit=3, sort=sort, searchAfter=cursor)["contacts"]:
        seen += [contact["id"] for contact in page]
        cursor = page[-1]["searchAfter"]
    assert seen == ids


def test_the_cursor_holds_when_its_contact_is_deleted(api: Caller) -> None:
    ids = add(api, 4)
    cursor = api.search(pageLimit=2)["contacts"][-1]["searchAfter"]
    api.sandbox.location.remove_contact(ids[2])
    assert found(api.search(pageLimit=2, searchAfter=cursor)) == [ids[1], ids[0]]


def test_pages_by_number_give_the_same_contacts(api: Caller) -> None:
    ids = add(api, 5)
    assert found(api.search(pageLimit=2, page=2)) == [ids[2], ids[1]]


@pytest.mark.parametrize(("page", "status"), [(20, None), (21, 422)])
def test_pages_by_number_end_at_ten_thousand(api: Caller, page: int, status: int | None) -> None:
    assert api.search(pageLimit=500, page=page).get("statusCode") == status


def test_page_and_cursor_exclude_each_other(api: Caller) -> None:
    assert api.search(page=2, searchAfter=[START, "x"])["statusCode"] == 422


def test_a_range_on_date_updated_finds_what_changed_since(api: Caller) -> None:
    ids = add(api, 3)
    answer = api.search(filters=[updated_from(START + 2000)])
    assert (found(answer), answer["total"]) == ([ids[2]], 1)


def test_a_flat_comparison_is_an_invalid_operator(api: Caller) -> None:
    answer = api.search(filters=[{"field": "dateUpdated", "operator": "gte", "value": iso(START)}])
    assert (answer["statusCode"], answer["message"]) == (422, ["Invalid Operator"])


@pytest.mark.parametrize("value", [{"low": iso(START)}, {}, iso(START), {"gte": "yesterday"}])
def test_a_range_says_gte_and_lte_with_dates(api: Caller, value: Any) -> None:
    answer = api.search(filters=[{"field": "dateUpdated", "operator": "range", "value": value}])
    assert answer["statusCode"] == 422


@pytest.mark.parametrize("field", ["nickname", ["email"], None])
def test_a_field_that_cannot_be_filtered_is_refused(api: Caller, field: Any) -> None:
    assert api.search(filters=[{"field": field, "operator": "eq", "value": "x"}])["statusCode"] == 422


@pytest.mark.parametrize(("field", "value"), [("email", "DANA@whitfield.example"), ("phone", "+12025550143")])
def test_email_and_phone_are_filtered_by_eq(api: Caller, field: str, value: str) -> None:
    dana = api.sandbox.location.add_contact(**DANA).id
    add(api, 2)
    assert found(api.search(filters=[{"field": field, "operator": "eq", "value": value}])) == [dana]


def test_custom_fields_are_filtered_by_their_id(api: Caller) -> None:
    wanted = api.sandbox.location.add_contact(custom_fields=(("cf1", "Chicago"),)).id
    add(api, 1)
    assert found(api.search(filters=[{"field": "customFields.cf1", "operator": "eq", "value": "Chicago"}])) == [wanted]


def test_filters_are_joined_by_their_group(api: Caller) -> None:
    first, second, _ = add(api, 3)
    rules = [{"field": "id", "operator": "eq", "value": each} for each in (first, second)]
    assert len(found(api.search(filters=[{"group": "OR", "filters": rules}]))) == 2
    assert found(api.search(filters=[{"group": "AND", "filters": rules}])) == []


def test_the_query_looks_into_names(api: Caller) -> None:
    dana = api.sandbox.location.add_contact(**DANA).id
    add(api, 2)
    assert found(api.search(query="whitf")) == [dana]


def test_names_sort_in_both_directions(api: Caller) -> None:
    for name in ("ab", "a", "b"):
        api.sandbox.location.add_contact(first_name=name)
    sort = [{"field": "firstName", "direction": "desc"}]
    assert [contact["firstName"] for contact in api.search(sort=sort)["contacts"]] == ["b", "ab", "a"]


def test_the_search_keeps_the_case_of_names_and_says_address(api: Caller) -> None:
    api.sandbox.location.add_contact(**DANA, address1="12 Example Row")
    contact = api.search()["contacts"][0]
    assert (contact["firstName"], contact["firstNameLowerCase"], contact["address"]) == (
        "Dana",
        "dana",
        "12 Example Row",
    )


def test_a_new_contact_is_found_only_after_the_lag() -> None:
    with calling(index_lag=10) as api:
        api.create(firstName="Dana")
        assert api.search()["total"] == 0
        api.sandbox.clock.advance(11)
        assert api.search()["total"] == 1


def test_a_duplicate_is_looked_up_as_late_but_refused_at_once() -> None:
    with calling(index_lag=10) as api:
        api.create(email="dana@whitfield.example")
        looked_up = {"email": "dana@whitfield.example"}
        assert api.of_location("/contacts/search/duplicate", **looked_up)["contact"] is None
        assert api.create(**looked_up).status_code == 400
        api.sandbox.clock.advance(11)
        assert api.of_location("/contacts/search/duplicate", **looked_up)["contact"]


def test_after_a_change_come_the_old_copy_then_nothing_then_the_new_one() -> None:
    with calling(index_lag=10) as api:
        contact_id = api.sandbox.location.add_contact(first_name="Dana").id
        api.sandbox.clock.advance(11)
        api.sandbox.location.change_contact(contact_id, first_name="Daniela")
        seen = []
        for _ in range(3):
            seen.append([contact["firstName"] for contact in api.search()["contacts"]])
            api.sandbox.clock.advance(5.5)
    assert seen == [["Dana"], [], ["Daniela"]]


def test_a_deleted_contact_is_found_until_the_lag_is_over() -> None:
    with calling(index_lag=10) as api:
        (contact_id,) = add(api, 1)
        api.sandbox.clock.advance(11)
        api.sandbox.location.remove_contact(contact_id)
        assert found(api.search()) == [contact_id]
        api.sandbox.clock.advance(11)
        assert found(api.search()) == []
