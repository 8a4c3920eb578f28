"""A push against a GoHighLevel that loses answers, refuses, and has people already: each once, nothing overwritten."""

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
from prospects.outbound import runs, where
from prospects.outbound.eligibility import people_of
from prospects.outbound.retrying import retry
from prospects.outbound.states import MOST_TRIES, TRIES_IN_A_RUN
from prospects.tests.outbound_cast import CREATE, columns_of, email_of, prospect, pushed, row_of

pytestmark = pytest.mark.django_db
State = OutboundPerson.State
NAMES = ("linkedin_url", "job_title", "person_number", "market_name", "cadence_stage", "dial_attempts",
         "no_answer_count", "voicemail_count", "callback_attempts")  # fmt: skip


@pytest.fixture(autouse=True)
def _patience_of_tests(settings):
    settings.GHL_SEARCH_LAG_SECONDS = 0.02
    settings.GHL_TIMEOUT_SECONDS = 5.0


@pytest.fixture
def ghl(sandbox):
    return sandbox


def standing_of(integration, campaign=None):
    return where.standing_of(people_of(integration, campaign.pk if campaign else None))


def creates(ghl):
    return ghl.journal.entries(CREATE, "POST")


def fault(ghl, kind="status", times=1, **about):
    ghl.faults.add("/contacts", method="POST", kind=kind, times=times, **about)


def the_contact(ghl):
    (contact,) = ghl.location.contacts.values()
    return contact


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


# ---------------------------------------------------------------- exactly once


@pytest.mark.parametrize("kind", ["lost_answer", "created_422", "malformed", "truncated"])
@pytest.mark.parametrize("allows_duplicates", [False, True])
def test_a_contact_that_was_made_though_the_answer_did_not_say_so_is_found(integration, ghl, kind, allows_duplicates):
    ghl.location.allow_duplicates = allows_duplicates
    someone = prospect()
    fault(ghl, kind)
    run = pushed(integration)
    someone.refresh_from_db()
    assert (someone.ghl_contact_id, len(creates(ghl))) == (the_contact(ghl).id, 1)
    assert (run.status, run.created, run.adopted) == ("success", 1, 0)


@pytest.mark.parametrize("about", [{"status": 500}, {"status": 503}, {"kind": "close"}, {"kind": "html"}])
def test_what_ghl_did_not_do_is_sent_again_after_a_look(integration, ghl, about):
    prospect()
    fault(ghl, **about)
    assert (pushed(integration).created, len(creates(ghl))) == (1, 2)
    asked = [entry.path for entry in ghl.journal.entries()]
    first, second = (at for at, path in enumerate(asked) if path == CREATE)
    assert "/contacts/search/duplicate" in asked[first:second]


def test_nobody_is_looked_up_before_ghls_search_must_show_them(integration, ghl, settings):
    settings.GHL_SEARCH_LAG_SECONDS = 60.0
    someone = prospect()
    fault(ghl, "lost_answer")
    run = runs.start(integration)
    runs.work_on(run.pk, seconds=30)
    waits = (row_of(someone).next_try_at - timezone.now()).total_seconds()
    assert 50 < waits <= 60
    assert 50 < runs.due_in(run) <= 60
    assert len(ghl.journal.entries()) == 1


def test_a_search_that_lags_is_waited_for(integration, ghl, settings):
    settings.GHL_SEARCH_LAG_SECONDS = 0.6
    ghl.location.allow_duplicates = True
    ghl.location.index.lag = 0.4
    prospect()
    fault(ghl, "lost_answer")
    assert pushed(integration).created == 1
    assert the_contact(ghl)


def test_a_colleague_with_the_same_phone_does_not_hide_who_was_made(integration, ghl):
    ghl.location.allow_duplicates = True
    colleague = ghl.location.add_contact(first_name="Zoe", last_name="Other", phone="+16175550001")
    someone = prospect(1)
    fault(ghl, "lost_answer")
    pushed(integration)
    someone.refresh_from_db()
    assert len(creates(ghl)) == 1
    assert someone.ghl_contact_id not in (None, colleague.id)


def test_without_any_look_nothing_is_sent_again(integration, ghl):
    someone = prospect()
    fault(ghl, "lost_answer")
    ghl.faults.refuse("/contacts/search", status=403)
    ghl.faults.refuse("/contacts/search/duplicate", status=403)
    run = pushed(integration)
    assert (run.status, len(creates(ghl))) == ("failed", 1)
    assert row_of(someone).sent_at is not None
    ghl.faults.clear()
    assert (pushed(integration).created, len(creates(ghl))) == (1, 1)


def test_a_search_that_is_refused_leaves_the_look_up_of_duplicates(integration, ghl):
    prospect()
    fault(ghl, "lost_answer")
    ghl.faults.refuse("/contacts/search", status=403)
    assert (pushed(integration).created, len(creates(ghl))) == (1, 1)


# ---------------------------------------------------------------- who is in GHL already


def test_a_contact_that_is_the_same_person_is_adopted_and_keeps_its_email_and_phone(integration, ghl):
    there = ghl.location.add_contact(
        first_name="Benjamin", last_name="Surnameaa", email=email_of(1), phone="+12125550199", source="web form"
    )
    someone = prospect(1, contact_phone="+16175550001")
    run = pushed(integration)
    someone.refresh_from_db()
    assert (run.adopted, run.created, run.status) == (1, 0, "success")
    assert someone.ghl_contact_id == there.id
    assert the_contact(ghl) == there
    assert someone.contact_phone == "+16175550001"
    assert someone.ghl_values["contact_phone"] == "+12125550199"


@pytest.mark.parametrize("shared", [{"email": email_of(1)}, {"phone": "+16175550001"}])
def test_a_contact_with_another_name_is_for_a_person_to_judge(integration, ghl, shared):
    there = ghl.location.add_contact(first_name="Zoe", last_name="Quite Other", **shared)
    someone = prospect(1)
    run = pushed(integration)
    row = row_of(someone)
    assert (run.status, run.failed, row.state) == ("failed", 1, State.CONFLICT)
    assert "Zoe Quite Other" in row.error
    assert the_contact(ghl) == there
    someone.refresh_from_db()
    assert someone.ghl_contact_id is None
    assert pushed(integration).total == 0
    assert standing_of(integration).why["look"] == {"GoHighLevel has somebody else with this e-mail or phone": 1}


def test_a_contact_that_is_somebody_elses_in_the_portal_is_not_taken(integration, ghl):
    there = ghl.location.add_contact(first_name="Ben", last_name="Surnameaa", email=email_of(1))
    holder = prospect(2, ghl_contact_id=there.id, ghl_location_id=LOCATION_ID)
    someone = prospect(1)
    assert pushed(integration).failed == 1
    row = row_of(someone)
    assert (row.state, row.reason) == (State.CONFLICT, "linked_to_another")
    assert str(holder) in row.error


def test_of_two_rows_for_one_person_one_is_linked_and_the_other_told(integration, ghl):
    twins = [prospect(1), prospect(1)]
    run = pushed(integration)
    assert (run.created + run.adopted, run.failed) == (1, 1)
    assert the_contact(ghl)
    assert sorted(row_of(twin).state for twin in twins) == [State.CONFLICT, State.DONE]


def test_an_adopted_contact_that_may_not_be_called_is_noted(integration, ghl):
    ghl.location.add_contact(first_name="Ben", last_name="Surnameaa", email=email_of(1), dnd=True)
    someone = prospect(1)
    pushed(integration)
    someone.refresh_from_db()
    assert someone.do_not_call


def test_a_duplicate_that_was_deleted_meanwhile_is_sent_again(integration, ghl):
    prospect()
    body = {"statusCode": 400, "message": "This location does not allow duplicated contacts.",
            "meta": {"contactId": "gone", "matchingField": "email"}}  # fmt: skip
    fault(ghl, status=400, body=body)
    assert pushed(integration).created == 1


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


def test_a_push_that_is_stopped_leaves_the_rest_waiting(integration, ghl):
    for number in range(150):
        prospect(number)
    run = runs.start(integration)
    ghl.latency = 0.5
    run = runs.work_on(run.pk, on_progress=lambda current: current.created and runs.request_stop(current))
    assert (run.status, run.is_under_way) == ("partial", False)
    assert "Stopped by a person" in run.error
    assert standing_of(integration).counts["waiting"] == 150 - len(ghl.location.contacts) > 0
    assert not runs.request_stop(run)
    ghl.latency = 0
    assert (pushed(integration).status, len(ghl.location.contacts)) == ("success", 150)


def test_a_second_push_of_a_location_is_told_of_the_first(integration):
    run = runs.start(integration)
    with pytest.raises(runs.PushUnderWayError) as told:
        runs.start(integration)
    assert told.value.run == run


def test_who_gets_another_link_while_being_sent_keeps_it_and_a_person_is_told(integration, ghl):
    someone = prospect()
    ghl.latency = 2.0

    def link_meanwhile(current):
        if OutboundPerson.objects.filter(state=State.SENDING):
            SalesProspect.objects.update(ghl_contact_id="other", ghl_location_id=LOCATION_ID)

    run = runs.work_on(runs.start(integration).pk, on_progress=link_meanwhile)
    someone.refresh_from_db()
    row = row_of(someone)
    assert (someone.ghl_contact_id, row.state, row.reason) == ("other", State.CONFLICT, "linked_meanwhile")
    assert the_contact(ghl).id in row.error
    assert run.failed == 1


def test_who_lost_their_link_is_pushed_anew_and_adopted(integration, ghl):
    prospect()
    pushed(integration)
    SalesProspect.objects.update(ghl_contact_id=None)
    run = pushed(integration)
    assert (run.created + run.adopted, len(creates(ghl))) == (1, 1)
    assert SalesProspect.objects.get().ghl_contact_id == the_contact(ghl).id
