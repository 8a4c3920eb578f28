"""Bad input: a clear message where a person sees it, in a row that can be retried, and a pull that goes on."""

import json
from io import StringIO

import pytest
from django.core.management import call_command

from conftest import LOCATION_ID
from imports.models import ImportBatch, StagedRecord
from imports.tests.pull_cast import pulled
from integrations.fields import Secret

GOOD = {"id": "good00000000000001", "firstName": "Ada", "lastName": "Okafor", "email": "ada@okafor.example"}

UNREADABLE = {
    "nothing": (None, "not a contact"),
    "a text": ("contact", "not a contact"),
    "no id": ({"firstName": "Ida"}, "id"),
    "nobody": ({"id": "c1", "companyName": "Firm LLP"}, "no name, no e-mail, no phone"),
    "a first name without end": ({"id": "c2", "firstName": "x" * 10_000}, "10,000 characters"),
    "an e-mail without end": ({"id": "c3", "email": "x" * 10_000 + "@x.example"}, "e-mail is 10,010 characters"),
}
ODD = {
    "emoji": ({"firstName": "Ada 🦊", "lastName": "Okafor"}, "Ada 🦊"),
    "NUL": ({"firstName": "A\x00da", "lastName": "Okafor"}, "A\ufffdda"),
    "half a surrogate": ({"firstName": "A\ud800da", "lastName": "Okafor"}, "A\ufffdda"),
    "a number for a name": ({"firstName": 7, "lastName": "Okafor"}, "7"),
    "an unknown custom field": ({"firstName": "Ada", "customFields": [{"id": "nobody knows", "value": [1]}]}, "Ada"),
    "lists and objects where texts belong": (
        {"firstName": "Ada", "companyName": {"a": 1}, "tags": "x", "email": []},
        "Ada",
    ),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_record_that_cannot_be_read_says_why_and_the_pull_goes_on(ghl, location, what):
    raw, words = UNREADABLE[what]
    ghl.answers_searches_with(raw, GOOD)
    batch = pulled(location)
    bad = batch.records.get(status="error")
    assert words in bad.error_message
    assert batch.records.get(status="pending").contact_first_name == "Ada"
    assert (batch.status, batch.errors, batch.contacts_staged) == ("partial", 1, 2)


@pytest.mark.parametrize("what", UNREADABLE)
def test_a_record_that_cannot_be_read_is_kept_as_it_came(ghl, location, what):
    raw, _ = UNREADABLE[what]
    ghl.answers_searches_with(raw)
    pulled(location)
    assert StagedRecord.objects.get().raw_data == (raw if isinstance(raw, dict) else {"unreadable": raw})


def test_an_unreadable_record_that_was_mended_in_ghl_comes_back_readable(ghl, location):
    ghl.answers_searches_with({"id": "c1", "companyName": "Firm LLP"}, times=1)
    pulled(location)
    ghl.answers_searches_with({"id": "c1", "companyName": "Firm LLP", "firstName": "Ada"})
    assert pulled(location).records.get().status == "pending"


@pytest.mark.parametrize("what", ODD)
def test_an_odd_record_is_staged_as_well_as_can_be(ghl, location, what):
    raw, first_name = ODD[what]
    ghl.answers_searches_with({"id": "odd0000000000000001", **raw})
    batch = pulled(location)
    record = batch.records.get()
    assert (batch.status, record.status, record.contact_first_name) == ("success", "pending", first_name)


def test_characters_that_were_replaced_are_mentioned(ghl, location):
    ghl.answers_searches_with({**GOOD, "firstName": "A\x00da"})
    assert "replaced" in pulled(location).records.get().remarks[0]


def _command(location_id=LOCATION_ID, *options):
    out, err = StringIO(), StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("pull_from_ghl", location_id, "--json", *options, stdout=out, stderr=err)
    return ended.value.code, json.loads(out.getvalue().splitlines()[-1]), err.getvalue()


def test_an_unknown_location_is_named(db):
    code, result, words = _command("nobodyKnowsThisOne")
    assert (code, result["status"]) == (1, "failed")
    assert "no location nobodyKnowsThisOne" in words


def test_a_location_that_is_switched_off_is_not_asked(ghl, location):
    location.is_active = False
    location.save()
    code, result, words = _command()
    assert (code, result["status"], ghl.journal.total) == (1, "failed", 0)
    assert "switched off" in words


@pytest.mark.parametrize(
    ("token", "words"),
    [("", "no API token"), ("pit-of-somebody-else-entirely", "did not accept the location's token")],
)
def test_a_wrong_token_says_what_to_do(ghl, location, token, words):
    location.api_token = Secret.of(token)
    location.save()
    code, result, said = _command()
    assert (code, result["status"], result["contacts"]) == (1, "failed", 0)
    assert words in said
    assert not token or token not in said


def test_the_token_of_another_location_says_so(ghl, location):
    ghl.add_location("otherLocation0000001", "pit-token-of-the-other-one")
    location.api_token = Secret.of("pit-token-of-the-other-one")
    location.save()
    code, _, said = _command()
    assert code == 1
    assert "no access to this location" in said


def test_after_the_token_was_mended_a_plain_pull_goes_through(crowd, location):
    good = location.api_token
    location.api_token = Secret.of("pit-wrong-token-of-nobody")
    location.save()
    assert _command()[0] == 1
    location.api_token = good
    location.save()
    out = StringIO()
    call_command("pull_from_ghl", LOCATION_ID, "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue())["contacts"] == 60
    assert ImportBatch.objects.count() == 1


def test_a_storm_of_refusals_that_ends_is_sat_out(crowd, location):
    crowd.faults.storm(3)
    assert pulled(location).status == "success"
