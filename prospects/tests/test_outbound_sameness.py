"""Whether a contact that GHL has is one of our people."""

from datetime import UTC, datetime, timedelta

import pytest

from integrations.ghl.payloads import ContactRecord
from prospects.models import SalesProspect
from prospects.outbound.sameness import Sameness, compare, ours_among, was_made_by_us

SAME, OTHER_NAME, STRANGER = Sameness.SAME, Sameness.OTHER_NAME, Sameness.STRANGER
NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def person(first="Robert", last="Hale", email="rob@hale.example", phone="+12125550143"):
    return SalesProspect(
        contact_first_name=first, contact_last_name=last, contact_email=email, contact_phone=phone
    )  # fmt: skip


def contact(first="Robert", last="Hale", email="rob@hale.example", phone="", **more):
    return ContactRecord(id=more.pop("id", "c1"), first_name=first, last_name=last, email=email, phone=phone, **more)


@pytest.mark.parametrize(
    ("ours", "theirs", "verdict"),
    [
        ({}, {}, SAME),
        ({}, {"first": "Bob"}, SAME),
        ({}, {"first": "R."}, SAME),
        ({}, {"first": "", "last": ""}, SAME),
        ({}, {"first": "Hale", "last": "Robert"}, SAME),
        ({}, {"last": "Hale-Brown"}, SAME),
        ({}, {"first": "ROBERT", "last": "hale"}, SAME),
        ({}, {"first": "Susan"}, OTHER_NAME),
        ({}, {"last": "Nowak"}, OTHER_NAME),
        ({"last": "Hale Jr."}, {"last": "Hale Sr."}, OTHER_NAME),
        ({}, {"email": "x@y.example"}, STRANGER),
        ({}, {"email": "", "phone": "(212) 555-0143"}, SAME),
        ({}, {"email": "x@y.example", "phone": "+12125550143"}, SAME),
        ({}, {"email": "x@y.example", "phone": "+12125550143", "first": "Susan"}, OTHER_NAME),
        ({"first": "", "last": ""}, {"email": "x@y.example", "phone": "+12125550143"}, OTHER_NAME),
        ({"email": ""}, {"email": "x@y.example", "phone": "+12125550143", "last": ""}, SAME),
        ({}, {"email": "x@y.example", "additional_emails": ("rob@hale.example",)}, SAME),
        ({"email": "r.hale@gmail.com"}, {"email": "rhale@gmail.com"}, SAME),
    ],
)
def test_a_contact_is_the_person_a_namesake_or_a_stranger(ours, theirs, verdict):
    assert compare(person(**ours), contact(**theirs)) is verdict


def test_of_several_the_one_that_we_made_is_taken_then_the_oldest():
    old = contact(id="old", date_added=NOW - timedelta(days=9))
    older = contact(id="older", date_added=NOW - timedelta(days=10))
    made = contact(id="made", date_added=NOW, source="Portal Sync")
    assert ours_among(person(), [old, made, older], taken=()) is made
    assert ours_among(person(), [old, made, older], taken={"made"}) is older
    assert ours_among(person(), [contact(first="Susan")], taken=()) is None


def test_only_a_contact_of_ours_from_about_then_is_what_our_request_made():
    ours = contact(source="Portal Sync", date_added=NOW)
    assert was_made_by_us(ours, NOW + timedelta(seconds=30))
    assert not was_made_by_us(ours, NOW + timedelta(minutes=5))
    assert not was_made_by_us(ours, None)
    assert not was_made_by_us(contact(source="form", date_added=NOW), NOW)
