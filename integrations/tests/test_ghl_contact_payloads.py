"""Contacts as GHL really sends them, and as nobody should send them."""

import copy
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.ghl.errors import UnexpectedPayload
from integrations.ghl.payloads import ContactRecord, CustomField
from integrations.tests.ghl_cast import payload

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
CONTACT_KEYS = sorted(
    {*payload("contacts_list_page")["contacts"][0], *payload("contact_get")["contact"], "customField"}
)


def contact(**changes):
    return ContactRecord.parse({"id": "c1", **changes})


def three_shapes():
    """The same person by list, by search and alone; only what those answers say in common."""
    same = {"source": "prospecting", "dateUpdated": "2026-10-01T08:00:00.000Z"}
    office = [{"email": "Office@whitfield.example.com"}]
    listed = payload("contacts_list_page")["contacts"][0] | same | {"additionalEmails": office}
    searched = payload("contacts_search_page")["contacts"][0] | same | {"additionalEmails": office}
    alone = payload("contact_get")["contact"] | same
    return [listed, searched, alone]


def test_a_contact_is_the_same_by_list_by_search_and_alone():
    listed, searched, alone = (ContactRecord.parse(raw) for raw in three_shapes())
    assert listed == searched == alone
    assert (listed.first_name, listed.name) == ("Dana", "Dana Whitfield")


def test_its_digest_is_the_same_too_even_where_only_lower_case_is_left():
    listed, searched, alone = three_shapes()
    del listed["firstNameRaw"], listed["lastNameRaw"]
    assert len({ContactRecord.parse(raw).content_digest() for raw in (listed, searched, alone)}) == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("firstNameRaw", "Dina"),
        ("companyName", "Other Ltd"),
        ("email", "new@example.com"),
        ("phone", "+12025550199"),
        ("additionalEmails", ["x@example.com"]),
        ("tags", ["prospect"]),
        ("customFields", [{"id": "Q7mZr2KxVb9LcTn4HpSd", "value": "other"}]),
        ("dnd", True),
        ("source", "csv"),
        ("country", "CA"),
        ("website", "https://example.com"),
    ],
)
def test_a_change_of_meaning_changes_the_digest(field, value):
    raw = payload("contacts_list_page")["contacts"][0]
    assert ContactRecord.parse(raw).content_digest() != ContactRecord.parse({**raw, field: value}).content_digest()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("dateUpdated", "2027-01-01T00:00:00.000Z"),
        ("tags", ["batch 12", "prospect"]),
        ("phone", "+1 202-555-0143"),
        ("additionalPhones", ["+12025550111"]),  # the list never shows them
        ("someNewKey", 1),
    ],
)
def test_what_means_nothing_new_does_not(field, value):
    raw = payload("contacts_list_page")["contacts"][0]
    assert ContactRecord.parse(raw).content_digest() == ContactRecord.parse({**raw, field: value}).content_digest()


def test_dates_are_instants_in_utc():
    record = contact(dateAdded="2026-09-30T15:04:05.120Z", dateUpdated=1790780645120)
    assert record.date_added == datetime(2026, 9, 30, 15, 4, 5, 120000, tzinfo=UTC)
    assert record.date_updated == datetime(2026, 9, 30, 15, 4, 5, 120000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("settings", "forbidden"),
    [
        ({"dndSettings": {"Call": {"status": "active"}}}, True),
        ({"dndSettings": {"Call": {"status": "permanent"}}}, True),
        ({"dndSettings": {"call": {"status": "Active"}}}, True),
        ({"dndSettings": {"Call": {"status": "inactive"}}}, False),
        ({"dndSettings": {"SMS": {"status": "active"}}}, False),
        ({"dndSettings": {}, "dnd": True}, True),
        ({"dndSettings": {"Call": None}, "dnd": "true"}, True),
        ({}, False),
    ],
)
def test_do_not_call_is_seen_wherever_it_is_said(settings, forbidden):
    assert contact(**settings).dnd_call is forbidden


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ({"customFields": [{"id": "a", "value": "x"}]}, {"a": "x"}),
        ({"customFields": [{"id": "a", "fieldValue": "x"}]}, {"a": "x"}),
        ({"customFields": [{"id": "a", "field_value": ["x", "y"]}]}, {"a": ["x", "y"]}),
        ({"customField": [{"id": "a", "value": 5}]}, {"a": "5"}),
        ({"customField": {"a": "x"}}, {"a": "x"}),
        ({"customFields": [{"id": "a", "value": 2.5}, {"id": "b", "value": True}]}, {"a": "2.5", "b": "true"}),
        ({"customFields": [{"id": "a", "value": None}, {"id": "b", "value": ""}, {"id": "c"}]}, {}),
    ],
)
def test_custom_values_are_found_in_every_dialect(fields, values):
    assert contact(**fields).custom_values == values


@pytest.mark.parametrize(
    ("odd", "attribute", "taken", "named"),
    [
        ({"phone": 12025550143}, "phone", "12025550143", "phone"),
        ({"email": ["A@example.com"]}, "email", "a@example.com", "email"),
        ({"companyName": {"name": "x"}}, "company", "", "companyName"),
        ({"tags": "prospect, Batch 12"}, "tags", ("prospect", "Batch 12"), "tags"),
        ({"tags": {"a": 1}}, "tags", (), "tags"),
        ({"additionalEmails": [{"oops": 1}]}, "additional_emails", (), "additionalEmails"),
        ({"dnd": []}, "dnd_call", False, "dnd"),
        ({"dndSettings": "all"}, "dnd_call", False, "dndSettings"),
        ({"customFields": "x"}, "custom_values", {}, "customFields"),
        ({"customFields": [{"value": "x"}]}, "custom_values", {}, "customFields"),
        ({"dateAdded": "yesterday"}, "date_added", None, "dateAdded"),
        ({"dateAdded": 10**30}, "date_added", None, "dateAdded"),
    ],
)
def test_an_odd_field_is_survived_and_named(odd, attribute, taken, named):
    record = contact(**odd)
    assert getattr(record, attribute) == taken
    assert [remark.split(":")[0] for remark in record.remarks] == [named]


def test_an_empty_field_draws_no_remark():
    record = ContactRecord.parse(payload("contacts_list_last_page")["contacts"][0])
    assert record.remarks == ()
    assert (record.company, record.email, record.dnd_call) == ("", "", True)


def test_remarks_never_quote_the_value():
    assert "secret" not in str(contact(email={"secret": "secret"}, dnd="secret", dateAdded="secret").remarks)


@pytest.mark.parametrize("raw", [None, [], "x", 3, {}, {"id": None}, {"id": ""}, {"id": " "}, {"id": {}}, {"id": True}])
def test_without_an_id_it_is_no_contact(raw):
    with pytest.raises(UnexpectedPayload, match="contact"):
        ContactRecord.parse(raw)


def test_what_no_database_can_keep_is_taken_out():
    record = contact(companyName="A\x00cme \ud800", tags=["\x00"])
    assert (record.company, record.tags) == ("Acme", ())


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(CONTACT_KEYS), JSON) | JSON)
def test_whatever_comes_is_read_or_refused_by_name(raw):
    before = copy.deepcopy(raw)
    try:
        record = ContactRecord.parse(raw)
    except UnexpectedPayload:
        return
    record.content_digest().encode()
    assert repr(raw) == repr(before)


def test_a_custom_field_has_a_key_and_a_label():
    raw = {"id": "f1", "name": "LinkedIn", "fieldKey": "contact.linkedin_url", "dataType": "TEXT"}
    assert CustomField.parse(raw) == CustomField("f1", "LinkedIn", "contact.linkedin_url", "TEXT")
