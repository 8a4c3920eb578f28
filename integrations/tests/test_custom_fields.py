"""Which of a location's custom fields holds what: by label, by kind, and what is wrong with a mapping."""

import pytest

from integrations.custom_fields import (
    MAPPED_FIELDS,
    OUR_FIELDS,
    labelled,
    mapping_problems,
    proposed,
    usable,
    why_unfit,
)
from integrations.ghl.payloads import CustomField
from integrations.sandbox.store import default_custom_fields

OURS = {field.name: field for field in OUR_FIELDS}


def field(name: str, kind: str = "TEXT", id: str = "F1", key: str = "") -> CustomField:
    return CustomField(id=id, name=name, key=key, data_type=kind)


def problems(mapping: dict, *fields: CustomField) -> list[tuple[str, bool]]:
    return [(problem.text, problem.stops) for problem in mapping_problems(mapping, fields)]


def test_the_fields_of_a_location_that_names_them_as_we_do_are_all_proposed():
    fields = [CustomField.parse(raw) for raw in default_custom_fields("loc")]
    assert proposed(fields) == dict(zip(MAPPED_FIELDS, [each.id for each in fields], strict=True))


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("LinkedIn Profile", "linkedin_url"), ("LINKEDIN-URL", "linkedin_url"), ("linked in", "linkedin_url"),
        ("Job Title", "job_title"), (" job_title: ", "job_title"), ("Position", "job_title"),
        ("State Bar No.", "person_number"), ("Candidate ID", "person_number"),
        ("Registration Number", "person_number"), ("SSN", "person_number"),
        ("Market", "market_name"), ("Campaign Name", "market_name"), ("Market / Campaign", "market_name"),
        ("Cadence-Stage", "cadence_stage"), ("Number of dials", "dial_attempts"),
        ("No-Answer Count", "no_answer_count"), ("Voice mail count", "voicemail_count"),
        ("Call Back Attempts", "callback_attempts"),
    ],
)  # fmt: skip
def test_labels_differ_in_case_in_punctuation_and_in_words(label, name):
    assert proposed([field("Birthday"), field(label, id="F2")]) == {name: "F2"}


@pytest.mark.parametrize(
    "label",
    ["Company LinkedIn", "Spouse’s job title", "Bar exam", "Phone number", "Number", "Dial tone", "", "Market value"],
)
def test_a_label_that_only_sounds_like_ours_is_not_proposed(label):
    assert proposed([field(label)]) == {}


def test_a_key_says_what_a_field_is_when_its_label_was_changed():
    assert proposed([field("Where they post", key="contact.linkedin_url")]) == {"linkedin_url": "F1"}


def test_the_best_label_is_proposed_and_of_equal_ones_the_first():
    fields = [field("Role", id="F1"), field("Job Title", id="F2"), field("job title", id="F3")]
    assert [each.id for each in labelled("job_title", fields)] == ["F2", "F3", "F1"]
    assert proposed(fields) == {"job_title": "F2"}


def test_a_field_that_cannot_hold_the_value_is_passed_over_for_one_that_can():
    fields = [field("Dial Attempts", "DATE", "F1"), field("Dials", "NUMERICAL", "F2")]
    assert proposed(fields) == {"dial_attempts": "F2"}


def test_one_field_is_not_proposed_twice():
    both = field("Job title", key="contact.linkedin_url")
    assert proposed([both]) == {"linkedin_url": "F1"}


def test_fields_of_opportunities_are_not_those_of_contacts():
    assert proposed([field("Market", key="opportunity.market")]) == {}
    said = problems({"market_name": "F1"}, field("Market", key="opportunity.market"))
    assert said == [("“Market” is a field of opportunities, not of contacts.", True)]


@pytest.mark.parametrize("kind", ["NUMERICAL", "FLOAT", "TEXT", "LARGE_TEXT", "numerical", "", "SOMETHING_NEW"])
def test_numbers_go_into_number_and_text_fields(kind):
    assert why_unfit(OURS["dial_attempts"], field("Dials", kind)) == ""


@pytest.mark.parametrize("kind", ["DATE", "CHECKBOX", "MONETORY", "SINGLE_OPTIONS", "PHONE", "FILE_UPLOAD"])
def test_numbers_go_into_no_other_field(kind):
    assert "but dial attempts needs a number or text field." in why_unfit(OURS["dial_attempts"], field("Dials", kind))


@pytest.mark.parametrize("kind", ["NUMERICAL", "DATE", "CHECKBOX", "MULTIPLE_OPTIONS", "EMAIL"])
def test_texts_go_into_text_fields_only(kind):
    assert "but job title needs a text field." in why_unfit(OURS["job_title"], field("Role", kind))


def test_the_kind_is_said_in_words():
    assert (
        why_unfit(OURS["job_title"], field("Born", "DATE")) == "“Born” holds a date, but job title needs a text field."
    )


def test_a_sound_mapping_has_no_problems_and_names_of_other_systems_are_left_alone():
    assert problems({"job_title": "F1", "market_name": "", "theirs": "gone"}, field("Role")) == []


def test_a_field_that_ghl_no_longer_has_is_a_problem():
    assert problems({"job_title": "F9"}, field("Role")) == [
        ("Job title is mapped to the field F9, which GHL no longer has.", True)
    ]


def test_two_names_for_one_field_are_a_problem():
    said = problems({"job_title": "F1", "market_name": "F1"}, field("Role"))
    assert said == [("Market or campaign is mapped to “Role”, which job title is mapped to already.", True)]


def test_a_list_may_hold_a_text_with_a_word_of_caution():
    [(text, stops)] = problems({"cadence_stage": "F1"}, field("Stage", "SINGLE_OPTIONS"))
    assert "every cadence stage is among its options" in text
    assert not stops


@pytest.mark.parametrize("kind", ["NUMERICAL", "FLOAT"])
def test_a_number_field_is_read_for_a_bar_number_but_not_written_into(kind):
    bar = field("Bar number", kind)
    assert proposed([bar]) == {"person_number": "F1"}
    [(text, stops)] = problems({"person_number": "F1"}, bar)
    assert "it is read, but not written into" in text
    assert not stops
    assert usable({"person_number": "F1"}, [bar]) == {}
    assert usable({"person_number": "F1"}, [field("Bar number")]) == {"person_number": "F1"}


def test_what_can_be_written_is_the_mapping_without_its_problems():
    mapping = {"job_title": "F1", "linkedin_url": "gone", "dial_attempts": "F2", "cadence_stage": "F3", "theirs": "x"}
    fields = [field("Role"), field("Born", "DATE", "F2"), field("Stage", "RADIO", "F3")]
    assert usable(mapping, fields) == {"job_title": "F1", "cadence_stage": "F3"}
