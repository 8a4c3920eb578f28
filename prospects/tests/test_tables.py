"""The rules of campaigns, prospects and contacts, kept by the database whoever writes."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from integrations.models import Client
from integrations.tests.plain_sql import insert, stored
from prospects.models import Contact, SalesCampaign, SalesProspect

pytestmark = pytest.mark.django_db
IN_GHL = {"ghl_location_id": "loc1", "ghl_contact_id": "c1"}


@pytest.fixture
def acme() -> Client:
    return Client.objects.create(name="Acme Search")


def refused(model: Any, **values: Any) -> bool:
    try:
        with transaction.atomic():
            model.objects.bulk_create([model(**values)])
    except IntegrityError:
        return True
    return False


def test_a_ghl_contact_is_one_prospect():
    SalesProspect.objects.create(**IN_GHL)
    assert refused(SalesProspect, **IN_GHL)
    assert not refused(SalesProspect, **IN_GHL | {"ghl_location_id": "loc2"})


def test_a_ghl_contact_is_one_contact_of_a_client(acme):
    Contact.objects.create(client=acme, **IN_GHL)
    assert refused(Contact, client=acme, **IN_GHL)
    assert not refused(Contact, client=Client.objects.create(name="Bolt"), **IN_GHL)


@pytest.mark.parametrize("nothing", [None, ""])
def test_many_people_are_not_in_ghl_yet(acme, nothing):
    for _ in range(2):
        assert not refused(SalesProspect, ghl_location_id="loc1", ghl_contact_id=nothing)
        assert not refused(Contact, client=acme, ghl_location_id="loc1", ghl_contact_id=nothing)


def test_an_update_cannot_give_two_prospects_one_ghl_contact():
    SalesProspect.objects.create(**IN_GHL)
    other = SalesProspect.objects.create()
    with pytest.raises(IntegrityError), transaction.atomic():
        SalesProspect.objects.filter(pk=other.pk).update(**IN_GHL)


def test_a_contact_has_a_client():
    assert refused(Contact)


def test_a_contact_s_client_exists():
    def create_with_an_unknown_client() -> None:
        with transaction.atomic():
            Contact.objects.bulk_create([Contact(client_id=uuid.uuid4())])
            connection.check_constraints()

    with pytest.raises(IntegrityError):
        create_with_an_unknown_client()


def test_a_campaign_s_name_is_there_once():
    SalesCampaign.objects.create(name="Texas")
    assert refused(SalesCampaign, name="Texas")


@pytest.mark.parametrize("column", ["dial_attempts", "no_answer_count", "voicemail_count", "callback_attempts"])
def test_nobody_was_called_a_negative_number_of_times(column):
    assert refused(SalesProspect, **{column: -1})


def test_another_system_inserts_a_prospect_by_whatever_it_knows():
    insert("sales_prospects", contact_first_name="Dana", contact_email="dana@whitfield.example")
    prospect = SalesProspect.objects.get()
    assert isinstance(prospect.pk, uuid.UUID)
    assert (prospect.engagement_level, prospect.cadence_stage, prospect.dial_attempts) == ("new", "active", 0)
    assert (prospect.tags, prospect.ghl_contact_id, prospect.ghl_synced_at, prospect.source) == ([], None, None, "")
    assert prospect.created_at is not None
    assert prospect.updated_at is not None


def test_another_system_inserts_a_contact_by_its_client_alone(acme):
    insert("contacts", client_id=str(acme.pk) if connection.vendor == "postgresql" else acme.pk.hex)
    contact = Contact.objects.get()
    assert (contact.client, contact.tags, contact.engagement_level) == (acme, [], "new")


def test_another_system_inserts_a_campaign_by_name_alone():
    insert("sales_campaigns", name="Texas")
    assert (SalesCampaign.objects.get().name, SalesCampaign.objects.get().notes) == ("Texas", "")


def test_a_row_of_another_system_needs_its_lookup_keys_made():
    insert("sales_prospects", contact_first_name="Dana")
    assert [person.contact_first_name for person in SalesProspect.objects.needing_keys()] == ["Dana"]


def test_tags_that_another_system_wrote_as_one_text_are_a_list_too():
    insert("sales_prospects", tags='"hot; texas ;"')
    assert SalesProspect.objects.get().tag_list == ["hot", "texas"]
    assert len(stored("sales_prospects", "tags")) == 1


def test_a_person_is_called_by_what_there_is_of_them():
    assert str(SalesProspect(contact_first_name="Dana", firm_name="Whitfield LLP")) == "Dana, Whitfield LLP"
    assert str(SalesProspect(contact_phone="+12025550143")) == "+12025550143"
    assert str(Contact()) == "Somebody without a name"
