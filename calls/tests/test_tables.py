"""The rules of calls, the same on both sides, kept by the database whoever writes."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from calls.models import DISPOSITIONS, Call, SalesCall
from integrations.models import Client, GHLIntegration
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db
NINE = [
    "No Answer", "Voicemail", "Gatekeeper", "Incorrect Number", "Not Interested", "Callback Requested",
    "Future Potential", "Meeting Booked", "Do Not Contact",
]  # fmt: skip


@pytest.fixture
def location() -> GHLIntegration:
    return GHLIntegration.objects.create(location_id="loc1", integration_type="internal")


@pytest.fixture(params=[SalesCall, Call])
def table(request, location) -> Any:
    """Writes a call past all validation, and tells whether the database refused it."""

    def refused(**values: Any) -> bool:
        row = request.param(**{"integration": location, "external_call_id": "m1", **values})
        try:
            with transaction.atomic():
                request.param.objects.bulk_create([row])
        except IntegrityError:
            return True
        return False

    return refused


def test_there_are_nine_dispositions():
    assert list(DISPOSITIONS) == NINE


def test_a_ghl_message_is_one_call_of_its_location(table):
    other = GHLIntegration.objects.create(location_id="loc2", integration_type="internal")
    assert not table()
    assert table()
    assert not table(integration=other)


def test_a_call_names_its_ghl_message(table):
    assert table(external_call_id="")


@pytest.mark.parametrize("source", ["bdr", "ai", "inferred"])
@pytest.mark.parametrize("disposition", NINE)
def test_each_of_the_nine_is_taken_with_its_source(table, disposition, source):
    assert not table(disposition=disposition, disposition_source=source)


@pytest.mark.parametrize(
    ("disposition", "source"),
    [
        ("Voicemail", None),
        ("Voicemail", "guess"),
        ("Voicemail", ""),
        (None, "bdr"),
        ("voicemail", "bdr"),
        ("Maybe", "bdr"),
        ("", ""),
        ("", "bdr"),
    ],
)
def test_a_disposition_without_a_source_or_beyond_the_nine_is_refused(table, disposition, source):
    assert table(disposition=disposition, disposition_source=source)


def test_a_call_without_a_disposition_has_no_source(table):
    assert not table(disposition=None, disposition_source=None)


@pytest.mark.parametrize(
    ("direction", "taken"), [("inbound", True), ("outbound", True), ("", True), ("in", False), ("Inbound", False)]
)
def test_a_call_comes_in_or_goes_out(table, direction, taken):
    assert table(direction=direction) is not taken


def test_no_call_is_shorter_than_nothing(table):
    assert table(duration=-1)
    assert not table(duration=0)


def test_calls_outlive_their_people(location):
    acme = Client.objects.create(name="Acme")
    sold = SalesCall.objects.create(
        integration=location, external_call_id="m1", prospect=SalesProspect.objects.create()
    )
    held = Call.objects.create(integration=location, external_call_id="m1", contact=Contact.objects.create(client=acme))
    SalesProspect.objects.all().delete()
    Contact.objects.all().delete()
    sold.refresh_from_db()
    held.refresh_from_db()
    assert (sold.prospect_id, held.contact_id) == (None, None)


@pytest.mark.parametrize("status", ["", "later"])
def test_what_is_to_be_fetched_from_ghl_has_one_of_the_known_states(table, status):
    assert table(enrichment_status=status)
    assert not table()
