"""What GHL is sent to create somebody, and who may be sent at all: pure rules."""

import pytest

from prospects.models import Contact, SalesProspect
from prospects.outbound.body import body_of
from prospects.outbound.eligibility import usable_email, usable_phone, why_not
from prospects.outbound.reasons import Reason

ADA = {
    "contact_first_name": "Ada", "contact_last_name": "Byron", "contact_email": "ada@byron.example",
    "contact_phone": "(212) 555-0143",
}  # fmt: skip


def someone(**columns):
    return SalesProspect(**{**ADA, **columns})


def test_what_is_empty_is_left_out():
    assert body_of(SalesProspect(contact_phone="212 555 0143"), {}) == {
        "phone": "+12125550143", "source": "Portal Sync",
    }  # fmt: skip


def test_a_field_that_the_mapping_lacks_is_left_out_and_never_sent_with_an_empty_id():
    body = body_of(someone(contact_title="Partner"), {"job_title": "", "linkedin_url": None, "dial_attempts": "d1"})
    assert body["customFields"] == [{"id": "d1", "field_value": 0}]


@pytest.mark.parametrize("mapping", [None, [], "x", {"job_title": ["not", "an", "id"]}])
def test_a_mapping_that_is_none_maps_nothing(mapping):
    assert "customFields" not in body_of(someone(contact_title="Partner"), mapping)


def test_an_empty_value_is_not_sent_to_its_field():
    assert "customFields" not in body_of(someone(), {"job_title": "j1", "market_name": "m1"})


def test_a_prospects_own_counts_go_out():
    counts = {"dial_attempts": 3, "cadence_stage": "paused"}
    body = body_of(someone(**counts), {"dial_attempts": "d1", "cadence_stage": "c1"})
    assert body["customFields"] == [{"id": "c1", "field_value": "paused"}, {"id": "d1", "field_value": 3}]


def test_a_contact_begins_as_everybody_does():
    body = body_of(Contact(**ADA), {"dial_attempts": "d1", "cadence_stage": "c1", "market_name": "m1"})
    assert body["customFields"] == [{"id": "c1", "field_value": "active"}, {"id": "d1", "field_value": 0}]


def test_tags_written_as_one_text_are_several():
    assert body_of(someone(tags="Warm; VIP"), {}, campaign="Boston")["tags"] == ["Warm", "VIP", "Boston"]


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("Ada@Byron.example", "ada@byron.example"),
        ("mailto:ada@byron.example", "ada@byron.example"),
        ("Ada Byron <ada+work@byron.example>; other@x.example", "ada+work@byron.example"),
        ("trial@example.com", "trial@example.com"),
        ("none@none.com", ""),
        ("n/a", ""),
        ("ada@byron", ""),
        ("", ""),
    ],
)
def test_the_email_that_is_sent(text, email):
    assert usable_email(text) == email


@pytest.mark.parametrize(
    ("text", "phone"),
    [("212.555.0143 x12", "+12125550143"), ("+44 20 7946 0958", "+442079460958"), ("000-000-0000", ""), ("12", "")],
)
def test_the_phone_that_is_sent(text, phone):
    assert usable_phone(text) == phone


@pytest.mark.parametrize(
    ("columns", "reason"),
    [
        ({}, None),
        ({"contact_email": ""}, None),
        ({"contact_phone": "12"}, None),
        ({"contact_email": "n/a", "contact_phone": "12"}, Reason.NOTHING_TO_REACH_BY),
        ({"do_not_call": True}, Reason.DO_NOT_CALL),
        ({"tags": ["Do Not Contact"]}, Reason.DO_NOT_CONTACT),
        ({"tags": ["dnc"]}, Reason.DO_NOT_CONTACT),
        ({"tags": "warm; Do-Not-Contact"}, Reason.DO_NOT_CONTACT),
        ({"cadence_stage": "do_not_contact"}, Reason.DO_NOT_CONTACT),
        ({"engagement_level": "Do Not Contact"}, Reason.DO_NOT_CONTACT),
        ({"tags": ["dnce"]}, None),
    ],
)
def test_who_may_be_pushed(columns, reason):
    assert why_not(someone(**columns), said_in_a_call=False) == reason


def test_what_was_said_in_a_call_counts():
    assert why_not(someone(), said_in_a_call=True) == Reason.DO_NOT_CONTACT
