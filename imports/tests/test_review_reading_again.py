"""Reading a record again after it was mended in GHL: against a real server that answers like GHL."""

from typing import Any

import pytest
from django.urls import reverse

from imports.deciding import review
from imports.deciding.rereading import read_again
from imports.models import StagedRecord
from imports.tests.review_cast import a_batch, an_error
from integrations.credentials import LocationNotReadyError
from integrations.ghl.errors import RequestRejected
from prospects.models import SalesProspect

ANN = {"first_name": "Ann", "last_name": "Quill", "email": "ann@quill.example"}
EMPTY = {"contact_first_name": "", "contact_last_name": "", "contact_email": "", "contact_phone": ""}


@pytest.fixture
def unread(sandbox: Any, integration: Any) -> StagedRecord:
    """The record of a contact that had nothing to tell it by, and by now has in GHL."""
    return an_error(a_batch(integration), ghl_contact_id=sandbox.location.add_contact(**ANN).id, **EMPTY)


def test_a_record_that_was_mended_in_ghl_waits_for_review(unread, reviewer):
    record = read_again(unread.pk, reviewer)
    assert (record.status, record.error_message) == ("pending", "")
    assert (record.contact_first_name, record.contact_email) == ("Ann", "ann@quill.example")


def test_a_record_that_was_mended_is_compared_with_the_portal(unread, reviewer):
    known = SalesProspect.objects.create(
        contact_first_name="Ann", contact_last_name="Quill", contact_email="ann@quill.example"
    )
    read_again(unread.pk, reviewer)
    unread.refresh_from_db()
    assert unread.matched_prospect == known


def test_a_record_that_was_not_mended_says_so_on_its_page(sandbox, integration, client, reviewer):
    record = an_error(a_batch(integration), ghl_contact_id=sandbox.location.add_contact().id, **EMPTY)
    client.force_login(reviewer)
    url = reverse("admin:imports_stagedrecord_decide", args=[record.pk])
    html = client.post(url, {"decision": "read_again"}, follow=True).content.decode()
    assert "Read again, and still" in html
    record.refresh_from_db()
    assert record.status == "error"


def test_a_contact_that_is_gone_from_ghl_leaves_the_record_as_it_was(sandbox, integration, reviewer):
    record = an_error(a_batch(integration), ghl_contact_id="goneFromGHL000000001")
    with pytest.raises(RequestRejected):
        read_again(record.pk, reviewer)
    record.refresh_from_db()
    assert record.status == "error"


def test_a_row_of_a_file_and_a_decided_record_are_not_read_again(integration, reviewer):
    row = an_error(a_batch(integration, source="csv", source_digest="d"), ghl_contact_id="")
    with pytest.raises(review.DecisionRefusedError, match="file"):
        read_again(row.pk, reviewer)
    review.skip(row.pk, reviewer)
    with pytest.raises(review.DecisionRefusedError, match="cannot be read"):
        read_again(row.pk, reviewer)


def test_a_location_without_a_token_is_told_of_in_words(integration, reviewer, client):
    integration.api_token = ""
    integration.save()
    record = an_error(a_batch(integration))
    with pytest.raises(LocationNotReadyError):
        read_again(record.pk, reviewer)
    client.force_login(reviewer)
    url = reverse("admin:imports_stagedrecord_decide", args=[record.pk])
    assert "no API token" in client.post(url, {"decision": "read_again"}, follow=True).content.decode()
