"""From a contact of GHL's to the columns that staff see: pure, and stopped by nothing."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imports.models import ImportBatch, StagedRecord
from imports.pulling.staging import stage_contacts
from imports.reading import LONGEST, FieldMap, complaint, digest_key, read_contact, shortened
from integrations.ghl.payloads import CustomField
from prospects.models import SalesProspect

LINKEDIN = CustomField(id="F1", name="LinkedIn Profile", key="contact.linkedin_profile")
TITLE = CustomField(id="F2", name="Stelle", key="contact.job_title")
OTHER = CustomField(id="F3", name="Shoe size", key="contact.shoe_size")


def read(fields: FieldMap = FieldMap(), **contact: Any) -> Any:  # noqa: B008  frozen
    return read_contact({"id": "c1", **contact}, fields)


def columns(fields: FieldMap = FieldMap(), **contact: Any) -> Any:  # noqa: B008
    return read(fields, **contact).columns


# ---------------------------------------------------------------- which field is which


def test_the_location_s_own_mapping_comes_first():
    fields = FieldMap.of({"linkedin_url": "M1", "job_title": "M2"}, [LINKEDIN, TITLE])
    assert (fields.linkedin_id, fields.title_id) == ("M1", "M2")


def test_what_the_mapping_leaves_out_is_found_by_label_or_key():
    fields = FieldMap.of({"linkedin_url": ""}, [OTHER, TITLE, LINKEDIN])
    assert (fields.linkedin_id, fields.title_id) == ("F1", "F2")


@pytest.mark.parametrize("label", ["LinkedIn", " linkedin url ", "LINKEDIN_URL", "LinkedIn Profile URL"])
def test_a_label_s_case_and_blanks_do_not_matter(label):
    assert FieldMap.of({}, [CustomField(id="F9", name=label)]).linkedin_id == "F9"


def test_a_location_without_such_fields_has_none():
    assert FieldMap.of({}, [OTHER]) == FieldMap("", "")


@pytest.mark.parametrize("mapping", [None, [], "x", {"linkedin_url": None}])
def test_a_mapping_that_is_none_is_no_obstacle(mapping):
    assert FieldMap.of(mapping, [LINKEDIN]).linkedin_id == "F1"


# ---------------------------------------------------------------- columns


def test_custom_fields_fill_title_and_linkedin():
    values = [{"id": "F1", "value": "linkedin.com/in/dana"}, {"id": "F2", "value": ["Partner", "Chair"]}]
    told = columns(FieldMap("F1", "F2"), customFields=values, firstName="Dana")
    assert (told["contact_linkedin"], told["contact_title"]) == ("linkedin.com/in/dana", "Partner, Chair")


def test_a_linkedin_profile_is_found_without_a_mapping():
    values = [{"id": "X1", "value": "blue"}, {"id": "X2", "value": "https://www.LinkedIn.com/in/dana"}]
    assert columns(customFields=values)["contact_linkedin"] == "https://www.LinkedIn.com/in/dana"
    assert columns(website="https://linkedin.com/in/dana")["contact_linkedin"] == "https://linkedin.com/in/dana"
    assert columns(website="https://linkedin.com/company/w")["contact_linkedin"] == ""


def test_a_mapped_field_counts_more_than_a_profile_found():
    values = [{"id": "F1", "value": "linkedin.com/in/right"}]
    told = columns(FieldMap("F1", ""), customFields=values, website="linkedin.com/in/wrong")
    assert told["contact_linkedin"] == "linkedin.com/in/right"


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("Dana Whitfield", "Dana", "Whitfield"),
        ("Dana", "Dana", ""),
        ("whitfield, dana", "dana", "whitfield"),
        ("Ludwig van der Berg", "Ludwig", "van der Berg"),
    ],
)
def test_a_name_given_only_as_a_whole_is_taken_apart(name, first, last):
    told = columns(contactName=name)
    assert (told["contact_first_name"], told["contact_last_name"]) == (first, last)


def test_a_last_name_alone_stays_one():
    told = columns(lastName="Whitfield", contactName="Somebody Else")
    assert (told["contact_first_name"], told["contact_last_name"]) == ("", "Whitfield")


# ---------------------------------------------------------------- what cannot be reviewed


@pytest.mark.parametrize("person", [{"firstName": "Dana"}, {"email": "d@w.example"}, {"phone": "1"}, {"lastName": "W"}])
def test_anything_that_tells_people_apart_is_enough(person):
    assert read(**person).error == ""


def test_a_linkedin_profile_alone_is_enough():
    assert read(website="linkedin.com/in/dana").error == ""


def test_a_contact_of_nobody_says_what_is_missing_and_where_to_mend_it():
    record = read(companyName="W LLP")
    assert record.error.startswith("Nothing to tell this person by")
    assert "in GHL" in record.error
    assert record.columns["firm_name"] == "W LLP"


@pytest.mark.parametrize("name", LONGEST)
def test_a_value_is_cut_to_its_column_and_complained_of(name):
    kept, too_long = shortened({name: "x" * (LONGEST[name] + 1)})
    assert (len(kept[name]), too_long) == (LONGEST[name], [name])
    assert f"{LONGEST[name] + 1:,} characters" in complaint({name: "x" * (LONGEST[name] + 1)}, too_long)


def test_a_value_that_just_fits_is_no_complaint():
    assert shortened({"contact_email": "x" * 320}) == ({"contact_email": "x" * 320}, [])


def test_the_columns_are_as_long_as_the_tables_say():
    lengths = {name: SalesProspect._meta.get_field(name).max_length for name in LONGEST}
    assert lengths == LONGEST


@pytest.mark.parametrize("raw", [None, 5, "x", [], {}, {"id": ""}, {"id": None}, {"name": "Dana"}])
def test_what_is_no_contact_is_kept_with_the_reason(raw):
    record = read_contact(raw, FieldMap())
    assert record.error.startswith("GHL sent something that is not a contact")
    kept = raw if isinstance(raw, dict) else {"unreadable": raw}
    assert (record.raw_data.value, json.loads(record.raw_data.text)) == (kept, kept)
    assert (record.ghl_contact_id, record.columns) == ("", {})
    assert len(record.record_key) <= 80


def test_an_id_longer_than_any_id_is_no_contact():
    record = read(id="x" * 65)
    assert (record.ghl_contact_id, "65 characters" in record.error) == ("", True)
    assert len(record.record_key) <= 80


def test_what_has_no_id_has_a_stable_key_by_its_content():
    assert digest_key({"a": 1, "b": 2}) == digest_key({"b": 2, "a": 1}) != digest_key({"a": 1})


def test_a_contact_with_replaced_characters_says_so():
    record = read(firstName="Da\x00na")
    assert record.remarks[0].startswith("Characters that no database can keep")
    assert record.raw_data.value["firstName"] == "Da\ufffdna"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_read_as_a_contact_or_refused_with_a_reason(raw):
    record = read_contact(raw, FieldMap("F1", "F2"))
    assert record.error or record.ghl_contact_id


@given(st.dictionaries(st.sampled_from(["firstName", "contactName", "email", "customFields", "tags", "phone"]), JSON))
def test_a_contact_with_any_values_is_read(contact):
    assert read(**contact).columns.keys() == LONGEST.keys()


@pytest.mark.django_db
def test_the_oddest_contact_reaches_the_table(integration):
    odd = {"id": "c1", "firstName": "Da\x00\ud83dna", "odd": float("nan"), "k\x00": "🦊"}
    batch = ImportBatch.objects.create(integration=integration, source="ghl")
    stage_contacts(batch, [odd, {"id": "x" * 5000}, None], FieldMap(), first_position=1)
    assert sorted(StagedRecord.objects.values_list("status", flat=True)) == ["error", "error", "pending"]
