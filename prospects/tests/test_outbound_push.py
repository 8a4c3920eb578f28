"""A push of people into GoHighLevel: what is sent, to which location, and what goes wrong in words."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone
from requests import Request

from conftest import LOCATION_ID
from integrations.fields import Secret
from integrations.models import Client, GHLIntegration
from integrations.tests.spec import faults_of
from prospects.models import Contact, OutboundPerson, SalesCampaign, SalesProspect
from prospects.outbound import runs
from prospects.outbound.retrying import retry
from prospects.outbound.states import MOST_TRIES, TRIES_IN_A_RUN
from prospects.tests.outbound_cast import (
    columns_of,
    creates,
    email_of,
    fault,
    prospect,
    pushed,
    row_of,
    standing_of,
    the_contact,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quick_search")]
State = OutboundPerson.State
NAMES = ("linkedin_url", "job_title", "person_number", "market_name", "cadence_stage", "dial_attempts",
         "no_answer_count", "voicemail_count", "callback_attempts")  # fmt: skip


# ---------------------------------------------------------------- what is sent


def test_a_prospect_is_created_with_everything_that_the_portal_knows(integration, ghl):
    ids = [field["id"] for field in ghl.location.custom_fields]
    integration.custom_field_mapping = dict(zip(NAMES, ids, strict=True))
    integration.save()
    prospect(
        7, campaign=SalesCampaign.objects.create(name="Boston IP"), tags=["Warm", "boston ip"], contact_title="Partner",
        contact_linkedin="https://linkedin.com/in/gia", contact_phone="(617) 555-0007 ext. 4", dial_attempts=2,
        person_number="CA 284417",
    )  # fmt: skip
    assert pushed(integration).created == 1
    body = json.loads(creates(ghl)[0].body)
    fields = {item["id"]: item["field_value"] for item in body.pop("customFields")}
    assert body == {
        "locationId": LOCATION_ID, "firstName": "Hugo", "lastName": "Surnameaa", "name": "Hugo Surnameaa",
        "email": "person7@firm7.example", "phone": "+16175550007", "companyName": "Firm 7", "source": "Portal Sync",
        "tags": ["Warm", "boston ip"],
    }  # fmt: skip
    said = ["https://linkedin.com/in/gia", "Partner", "CA 284417", "Boston IP", "active", 2, 0, 0, 0]
    assert fields == dict(zip(ids, said, strict=True))


def test_a_request_is_as_the_description_of_the_api_has_it(integration, ghl):
    ids = [field["id"] for field in ghl.location.custom_fields]
    integration.custom_field_mapping = dict(zip(NAMES, ids, strict=True))
    integration.save()
    prospect(campaign=SalesCampaign.objects.create(name="Boston IP"), contact_title="Partner")
    pushed(integration)
    body = json.loads(creates(ghl)[0].body)
    sent = Request("POST", f"{ghl.url}/contacts/", json=body, headers={"Version": "2021-07-28"}).prepare()
    assert faults_of(sent) == []


def test_a_field_that_ghl_no_longer_has_is_left_out(integration, ghl):
    title = next(field["id"] for field in ghl.location.custom_fields if "title" in field["name"].lower())
    integration.custom_field_mapping = {"job_title": title, "linkedin_url": "deletedField"}
    integration.save()
    prospect(contact_title="Partner", contact_linkedin="https://linkedin.com/in/ben")
    assert pushed(integration).created == 1
    assert json.loads(creates(ghl)[0].body)["customFields"] == [{"id": title, "field_value": "Partner"}]


def test_a_token_that_may_not_see_the_fields_still_writes_them(integration, ghl):
    ghl.faults.refuse("/locations/*", status=403)
    integration.custom_field_mapping = {"job_title": "field1"}
    integration.save()
    prospect(contact_title="Partner")
    assert pushed(integration).created == 1
    assert json.loads(creates(ghl)[0].body)["customFields"] == [{"id": "field1", "field_value": "Partner"}]


def test_a_created_prospect_is_linked_with_what_ghl_now_says(integration, ghl):
    someone = prospect(contact_phone="617 555 0001")
    pushed(integration)
    someone.refresh_from_db()
    contact = the_contact(ghl)
    assert (someone.ghl_contact_id, someone.ghl_location_id) == (contact.id, LOCATION_ID)
    assert timezone.now() - someone.ghl_synced_at < timedelta(minutes=1)
    assert someone.ghl_values["contact_phone"] == "+16175550001"
    assert someone.contact_phone == "617 555 0001"
    assert row_of(someone).state == State.DONE


def test_a_client_location_gets_its_clients_contacts_and_nobody_else(ghl):
    acme, bolt = Client.objects.create(name="Acme"), Client.objects.create(name="Bolt")
    location = GHLIntegration.objects.create(
        location_id=LOCATION_ID, integration_type="client", client=acme, api_token=Secret.of(ghl.token())
    )
    Contact.objects.create(client=acme, **columns_of(1))
    Contact.objects.create(client=bolt, **columns_of(2))
    prospect(3)
    assert pushed(location).created == 1
    assert the_contact(ghl).email == email_of(1)


def test_a_push_of_one_campaign_leaves_the_others(integration, ghl):
    boston, austin = SalesCampaign.objects.create(name="Boston"), SalesCampaign.objects.create(name="Austin")
    prospect(1, campaign=boston)
    prospect(2, campaign=austin)
    prospect(3)
    run = pushed(integration, campaign=boston)
    assert (run.total, run.created, the_contact(ghl).email) == (1, 1, email_of(1))
    assert standing_of(integration, austin).counts["waiting"] == 1


def test_a_second_push_has_nothing_to_send(integration, ghl):
    for number in range(30):
        prospect(number)
    assert pushed(integration).created == 30
    again = pushed(integration)
    assert (again.total, again.created, again.requests, again.status) == (0, 0, 0, "success")
    assert len(ghl.location.contacts) == 30


def test_somebody_of_another_location_is_not_pushed_to_this_one(integration, ghl):
    prospect(ghl_location_id="elsewhere")
    assert (pushed(integration).total, ghl.location.contacts) == (0, {})


def test_nobody_is_pushed_to_two_locations(integration, ghl):
    ghl.add_location("second", "second-token")
    second = GHLIntegration.objects.create(
        location_id="second", integration_type="internal", api_token=Secret.of("second-token")
    )
    someone = prospect()
    fault(ghl, status=500, times=TRIES_IN_A_RUN)
    assert pushed(integration).failed == 1
    assert (pushed(second).total, standing_of(second).total) == (0, 0)
    assert pushed(integration).created == 1
    assert row_of(someone).integration == integration
    assert ghl.locations["second"].contacts == {}


def test_who_was_never_sent_may_go_to_the_other_location(integration, ghl):
    ghl.add_location("second", "second-token")
    second = GHLIntegration.objects.create(
        location_id="second", integration_type="internal", api_token=Secret.of("second-token")
    )
    prospect()
    ghl.revoke(ghl.token(LOCATION_ID))
    assert pushed(integration).status == "failed"
    assert pushed(second).created == 1


# ---------------------------------------------------------------- what goes wrong


def test_a_refusal_for_good_is_told_and_not_tried_for_ever(integration, ghl):
    someone = prospect()
    fault(ghl, status=422, body={"statusCode": 422, "message": ["email must be an email"]}, times=None)
    run = pushed(integration)
    row = row_of(someone)
    assert (row.state, row.reason, row.sent_at) == (State.REFUSED, "refused_email", None)
    assert "email must be an email" in row.error
    assert (run.status, run.failures_by_reason) == ("failed", {"GoHighLevel refused the e-mail": 1})
    sent = len(creates(ghl))
    again = pushed(integration)
    assert (len(creates(ghl)), again.status, again.skipped) == (sent, "success", 1)
    assert again.skipped_by_reason == {"Before: GoHighLevel refused the e-mail": 1}


def test_who_was_refused_is_tried_again_once_they_were_changed(integration, ghl):
    someone = prospect()
    fault(ghl, status=422, body={"statusCode": 422, "message": ["email must be an email"]})
    pushed(integration)
    someone.contact_email = "right@firm.example"
    someone.save()
    assert pushed(integration).created == 1


def test_a_fault_that_stays_ends_in_a_failure_that_the_next_push_tries_again(integration, ghl):
    someone = prospect()
    fault(ghl, status=500, times=None)
    for push in range(1, 4):
        assert pushed(integration).failures_by_reason == {"GoHighLevel could not be reached or had a fault": 1}
        assert (row_of(someone).state, row_of(someone).attempts) == (State.FAILED, push * TRIES_IN_A_RUN)
    assert row_of(someone).attempts == MOST_TRIES
    assert "begins anew" in row_of(someone).error
    assert pushed(integration).total == 0
    ghl.faults.clear()
    assert retry([someone]) == 1
    assert pushed(integration).created == 1


def test_how_it_went_is_on_the_location(integration, ghl):
    prospect(1)
    someone = prospect(2)
    ghl.location.add_contact(first_name="Zoe", last_name="Other", email=email_of(2))
    pushed(integration)
    integration.refresh_from_db()
    assert integration.last_sync_status == "partial"
    assert timezone.now() - integration.last_synced_at < timedelta(minutes=1)
    assert integration.last_sync_error.startswith(f"{someone}: GoHighLevel takes")


def test_many_errors_are_joined_to_two_thousand_characters(integration, ghl):
    for number in range(30):
        prospect(number)
        ghl.location.add_contact(first_name="Zoe", last_name="Other", email=email_of(number))
    pushed(integration)
    integration.refresh_from_db()
    assert len(integration.last_sync_error) == 2000


def test_a_revoked_token_ends_the_push_and_the_rest_stay_waiting(integration, ghl):
    for number in range(40):
        prospect(number)
    ghl.revoke(ghl.token())
    run = pushed(integration)
    assert (run.status, run.created, run.failed) == ("failed", 0, 0)
    assert "did not accept the location's token" in run.error
    assert len(creates(ghl)) <= 12
    assert standing_of(integration).counts["waiting"] == 40
    assert not OutboundPerson.objects.exclude(sent_at=None).exists()


def test_a_spent_day_ends_the_push_and_the_rest_stay_waiting(integration, ghl):
    prospect()
    fault(ghl, status=429, times=None, headers={"X-RateLimit-Daily-Remaining": "0"})
    run = pushed(integration)
    assert "daily allowance" in run.error
    assert (run.status, standing_of(integration).counts["waiting"]) == ("failed", 1)


def test_a_location_that_is_switched_off_is_not_pushed_to(integration, ghl):
    integration.is_active = False
    integration.save()
    with pytest.raises(runs.CannotBePushedError, match="switched off"):
        runs.start(integration)


def test_a_location_switched_off_after_the_start_ends_the_push(integration, ghl):
    prospect()
    run = runs.start(integration)
    GHLIntegration.objects.update(is_active=False)
    run = runs.work_on(run.pk)
    assert (run.status, len(creates(ghl))) == ("failed", 0)
    assert "switched off" in run.error


def test_a_location_without_a_token_says_so(integration, ghl):
    GHLIntegration.objects.update(api_token=Secret.of(""))
    prospect()
    assert "no API token" in pushed(GHLIntegration.objects.get()).error


def test_a_push_that_is_stopped_leaves_the_rest_waiting(integration, ghl, impatient):
    for number in range(60):  # fewer than GHL allows at once, more than are in flight until the stop is seen
        prospect(number)
    run = runs.start(integration)
    run = runs.work_on(run.pk, on_progress=lambda current: current.created and runs.request_stop(current))
    assert (run.status, run.is_under_way) == ("partial", False)
    assert "Stopped by a person" in run.error
    assert standing_of(integration).counts["waiting"] == 60 - len(ghl.location.contacts) > 0
    assert not runs.request_stop(run)
    assert (pushed(integration).status, len(ghl.location.contacts)) == ("success", 60)


def test_a_second_push_of_a_location_is_told_of_the_first(integration):
    run = runs.start(integration)
    with pytest.raises(runs.PushUnderWayError) as told:
        runs.start(integration)
    assert told.value.run == run


def test_who_gets_another_link_while_being_sent_keeps_it_and_a_person_is_told(integration, holding, impatient):
    someone = prospect()
    holding.hold()

    def link_meanwhile(current):
        if holding.arrived.is_set():
            SalesProspect.objects.update(ghl_contact_id="other", ghl_location_id=LOCATION_ID)
            holding.let_go()

    run = runs.work_on(runs.start(integration).pk, on_progress=link_meanwhile)
    someone.refresh_from_db()
    row = row_of(someone)
    assert (someone.ghl_contact_id, row.state, row.reason) == ("other", State.CONFLICT, "linked_meanwhile")
    assert the_contact(holding).id in row.error
    assert run.failed == 1


def test_who_lost_their_link_is_pushed_anew_and_adopted(integration, ghl):
    prospect()
    pushed(integration)
    SalesProspect.objects.update(ghl_contact_id=None)
    run = pushed(integration)
    assert (run.created + run.adopted, len(creates(ghl))) == (1, 1)
    assert SalesProspect.objects.get().ghl_contact_id == the_contact(ghl).id
