"""The pages of pushes: what can be pushed, how far a push is, who could not be brought in, and trying again."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from calls.models import SalesCall
from conftest import LOCATION_ID
from integrations import admin_pages
from integrations.fields import Secret
from integrations.models import Client, GHLIntegration, SyncRun
from prospects.models import Contact, SalesCampaign, SalesProspect
from prospects.outbound.reasons import Reason
from prospects.tests.push_cast import State, a_prospect, a_run, refused, taken_up

RUNS = reverse("admin:integrations_syncrun_changelist")
PROSPECTS = reverse("admin:prospects_salesprospect_changelist")
CAMPAIGNS = reverse("admin:prospects_salescampaign_changelist")


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def html_of(browser: Browser, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def tiles_in(html: str) -> dict[str, int]:
    """The figures on a page, by their words."""
    parts = html.split("<strong>")[1:]
    found = (part.split("</a>")[0].split("</strong>") for part in parts if "</strong>" in part.split("</a>")[0])
    return {words.strip(): int(count.replace(",", "")) for count, words in found if count.replace(",", "").isdigit()}


@pytest.fixture
def campaign(db: None) -> SalesCampaign:
    return SalesCampaign.objects.create(name="Texas")


@pytest.fixture
def five(integration: GHLIntegration, campaign: SalesCampaign) -> dict[str, SalesProspect]:
    """One prospect of the campaign at each place on the way into GHL."""
    people = {
        "yes": a_prospect("Inside", ghl_contact_id="c1", ghl_location_id=LOCATION_ID, campaign=campaign),
        "waiting": a_prospect("Waiting", campaign=campaign),
        "failed": a_prospect("Failed", campaign=campaign),
        "look": a_prospect("Double", campaign=campaign),
        "not_allowed": a_prospect("Silent", campaign=campaign, do_not_call=True),
    }
    refused(people["failed"], integration)
    error = "GHL has Dana Quill with this phone."
    taken_up(people["look"], integration, State.CONFLICT, reason=Reason.OTHER_NAME, error=error)
    return people


# ---------------------------------------------------------------- one run


def test_a_push_under_way_shows_how_far_it_is_and_refreshes_itself(admin_client, integration):
    begun = timezone.now() - timezone.timedelta(minutes=2)
    run = a_run(integration, is_under_way=True, total=400, created=90, adopted=10, started_at=begun, requests=104)
    html = html_of(admin_client, page_of(run))
    assert "100 of 400 people, 50 a minute, about 6 minutes left" in html
    assert 'data-under-way="yes"' in html
    assert reverse("admin:integrations_syncrun_progress", args=[run.pk]) in html
    assert '<progress value="25"' in html
    assert ">Stop<" in html
    part = html_of(admin_client, reverse("admin:integrations_syncrun_progress", args=[run.pk]))
    assert "100 of 400 people" in part
    assert "<html" not in part


def test_a_push_that_no_worker_was_heard_of_says_so(admin_client, integration):
    run = a_run(integration, is_under_way=True, total=5, heartbeat_at=timezone.now() - timezone.timedelta(minutes=9))
    assert "No worker has been heard of" in html_of(admin_client, page_of(run))


def test_a_finished_push_says_how_it_went_and_cannot_be_stopped(admin_client, integration):
    run = a_run(
        integration, total=9, created=7, failed=2, skipped=1, error="It was asked to stop.",
        failures_by_reason={"no_answer": 2}, skipped_by_reason={"do_not_call": 1},
    )  # fmt: skip
    html = html_of(admin_client, page_of(run))
    assert "GoHighLevel could not be reached or had a fault: 2" in html
    assert "Do not disturb: no calls: 1" in html
    assert "It was asked to stop." in html
    assert 'data-under-way="no"' in html
    assert ">Stop<" not in html


def test_each_person_who_was_not_brought_in_is_shown_with_their_own_error_and_a_retry(admin_client, integration, five):
    run = a_run(integration, total=2, failed=2)
    for name in ("failed", "look"):
        five[name].outbound.run = run
        five[name].outbound.save()
    html = html_of(admin_client, page_of(run))
    assert "GoHighLevel says: “email must be an email”." in html
    assert "GHL has Dana Quill with this phone." in html
    assert page_of(five["failed"]) in html
    assert html.count(">Try again<") == 2
    assert "Try all 2 again" in html


def test_the_list_of_pushes_tells_failures_by_reason(admin_client, integration):
    a_run(integration, campaign_name="Texas", failed=1_204, failures_by_reason={"refused_email": 1_204})
    html = html_of(admin_client, RUNS)
    assert "1,204 × GoHighLevel refused the e-mail" in html
    assert "Campaign Texas" in html


@pytest.mark.parametrize("unknown", ["nothing", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_push_leads_back_to_the_list(admin_client, unknown):
    assert admin_client.get(reverse("admin:integrations_syncrun_change", args=[unknown])).url == RUNS


# ---------------------------------------------------------------- where people are


@pytest.mark.parametrize("where", ["yes", "waiting", "failed", "look", "not_allowed"])
def test_prospects_are_filtered_by_where_they_are_on_the_way_into_ghl(admin_client, five, where):
    rows = admin_client.get(PROSPECTS, {"in_ghl": where}).context["cl"].result_list
    assert [row.pk for row in rows] == [five[where].pk]


@pytest.mark.parametrize(
    "barred",
    [
        {"tags": ["DNC"]}, {"tags": ["x", "do-not-contact"]}, {"engagement_level": "Do Not Contact"},
        {"cadence_stage": "DO_NOT_CONTACT"}, {"do_not_call": True}, {"contact_email": "", "contact_phone": ""},
    ],
)  # fmt: skip
def test_who_may_not_be_pushed_is_not_waiting_for_a_push(admin_client, barred):
    person = a_prospect("Quill", **barred)
    found = {
        where: [row.pk for row in admin_client.get(PROSPECTS, {"in_ghl": where}).context["cl"].result_list]
        for where in ("waiting", "not_allowed")
    }
    assert found == {"waiting": [], "not_allowed": [person.pk]}


def test_who_said_do_not_contact_in_a_call_is_not_waiting_for_a_push(admin_client, integration):
    person = a_prospect("Quill")
    SalesCall.objects.create(
        integration=integration,
        prospect=person,
        external_call_id="c1",
        disposition="Do Not Contact",
        disposition_source="bdr",
    )
    assert not admin_client.get(PROSPECTS, {"in_ghl": "waiting"}).context["cl"].result_list


def test_a_list_that_has_to_look_into_people_counts_no_further_than_anybody_pages(admin_client, monkeypatch):
    monkeypatch.setattr(admin_pages, "MOST_FOUND", 2)
    for name in ("Ames", "Boyd", "Cole"):
        a_prospect(name)
    assert str(admin_client.get(PROSPECTS, {"in_ghl": "waiting"}).context["cl"].result_count) == "more than 2"
    assert str(admin_client.get(PROSPECTS, {"in_ghl": "no"}).context["cl"].result_count) == "3"


def test_who_a_push_found_may_not_be_pushed_is_not_counted_as_failed(admin_client, integration, campaign):
    person = a_prospect("Quill", contact_email="", contact_phone="ext. 12", campaign=campaign)
    refused(person, integration, reason=Reason.NOTHING_TO_REACH_BY)
    assert tiles_in(html_of(admin_client, page_of(campaign)))["May not be pushed"] == 1
    rows = admin_client.get(PROSPECTS, {"in_ghl": "not_allowed"}).context["cl"].result_list
    assert [row.pk for row in rows] == [person.pk]


def test_prospects_are_filtered_by_campaign_and_by_not_being_in_ghl(admin_client, five, campaign):
    a_prospect("Elsewhere")
    rows = admin_client.get(PROSPECTS, {"in_ghl": "no", "campaign__id__exact": campaign.pk}).context["cl"].result_list
    assert {row.pk for row in rows} == {person.pk for where, person in five.items() if where != "yes"}


def test_the_campaigns_list_counts_where_its_prospects_are(admin_client, five, campaign):
    other = SalesCampaign.objects.create(name="Ohio")
    rows = {row.pk: row.standing for row in admin_client.get(CAMPAIGNS).context["cl"].result_list}
    assert dict(rows[campaign.pk].counts) == dict.fromkeys(five, 1)
    assert rows[other.pk].total == 0
    html = html_of(admin_client, CAMPAIGNS)
    assert "Do not disturb: no calls" in html
    assert f"?campaign__id__exact={campaign.pk}&amp;in_ghl=failed" in html


def test_a_campaigns_page_counts_the_same_says_why_and_leads_to_them(admin_client, five, campaign):
    html = html_of(admin_client, page_of(campaign))
    assert tiles_in(html) == {
        "In GHL": 1, "Waiting for a push": 1, "Failed": 1, "A person must look": 1, "May not be pushed": 1,
    }  # fmt: skip
    for words in ("GoHighLevel refused the e-mail: 1", "Do not disturb: no calls: 1"):
        assert words in html
    link = f"{PROSPECTS}?campaign__id__exact={campaign.pk}&amp;in_ghl=look"
    assert link in html
    rows = admin_client.get(link.replace("&amp;", "&")).context["cl"].result_list
    assert [row.pk for row in rows] == [five["look"].pk]


def test_a_locations_page_counts_everybody_who_belongs_to_it(admin_client, integration, five):
    a_prospect("Faraway", ghl_location_id="another")
    html = html_of(admin_client, page_of(integration))
    assert sum(tiles_in(html).values()) == 5
    assert "Push 1 now" in html


def test_a_client_locations_page_counts_its_clients_contacts(admin_client, five):
    client = Client.objects.create(name="Harbor")
    location = GHLIntegration.objects.create(
        location_id="harbor", integration_type="client", client=client, api_token=Secret.of("pit-x")
    )
    Contact.objects.create(client=client, contact_email="dana@example.com")
    html = html_of(admin_client, page_of(location))
    assert tiles_in(html) == {"In GHL": 0, "Waiting for a push": 1}
    assert f"{reverse('admin:prospects_contact_changelist')}?client__id__exact={client.pk}" in html


def test_a_campaign_can_be_pushed_to_each_location_of_ours_that_is_switched_on(admin_client, five, campaign):
    GHLIntegration.objects.create(name="Second", location_id="second", integration_type="internal")
    GHLIntegration.objects.create(name="Off", location_id="off", integration_type="internal", is_active=False)
    html = html_of(admin_client, page_of(campaign))
    assert "Push 1 to Our own prospecting" in html
    assert "Push 1 to Second" in html
    assert "to Off" not in html


def test_a_push_under_way_is_shown_on_the_campaigns_and_the_locations_page(admin_client, integration, five, campaign):
    run = a_run(integration, is_under_way=True, total=2, created=1, campaign_id=campaign.pk, campaign_name="Texas")
    for page in (page_of(campaign), page_of(integration)):
        html = html_of(admin_client, page)
        assert "1 of 2 people" in html
        assert page_of(run) in html
        assert "Push 1" not in html
        assert "portal/progress.js" in html


def test_the_push_of_another_campaign_is_only_linked(admin_client, integration, five, campaign):
    other = SalesCampaign.objects.create(name="Ohio")
    run = a_run(integration, is_under_way=True, total=2, campaign_id=other.pk, campaign_name="Ohio")
    html = html_of(admin_client, page_of(campaign))
    assert "Watch the push to Our own prospecting" in html
    assert page_of(run) in html
    assert "data-under-way" not in html


def test_a_persons_page_says_where_they_are_and_why_and_offers_a_retry_to_operators_only(
    admin_client, client, reviewer, five
):
    html = html_of(admin_client, page_of(five["failed"]))
    assert "GoHighLevel says: “email must be an email”." in html
    assert reverse("admin:integrations_syncrun_retry_prospect", args=[five["failed"].pk]) in html
    assert "Do not disturb: no calls" in html_of(admin_client, page_of(five["not_allowed"]))
    client.force_login(reviewer)
    html = html_of(client, page_of(five["failed"]))
    assert "GoHighLevel says: “email must be an email”." in html
    assert ">Try again<" not in html


# ---------------------------------------------------------------- who may


@pytest.fixture
def operator(db: None) -> Browser:
    user = User.objects.create_user("olga", is_staff=True)
    user.groups.add(Group.objects.get(name="Operator"))
    browser = Browser()
    browser.force_login(user)
    return browser


def test_reviewers_neither_see_pushes_nor_begin_stop_or_repeat_them(
    client, reviewer, admin_client, integration, campaign, five
):
    run = a_run(integration, is_under_way=True)
    name = "admin:integrations_syncrun"
    addresses = [
        reverse(f"{name}_push", args=[integration.pk]), reverse(f"{name}_stop", args=[run.pk]),
        reverse(f"{name}_push_campaign", args=[integration.pk, campaign.pk]),
        reverse(f"{name}_retry", args=[run.pk]),
        reverse(f"{name}_retry_prospect", args=[five["failed"].pk]),
    ]  # fmt: skip
    client.force_login(reviewer)
    for address in addresses:
        assert client.post(address).status_code == 403
        assert admin_client.get(address).status_code == 405
    for address in (RUNS, page_of(run), reverse(f"{name}_progress", args=[run.pk])):
        assert client.get(address).status_code == 403
    run.refresh_from_db()
    assert not run.stop_requested
    assert SyncRun.objects.count() == 1
    five["failed"].outbound.refresh_from_db()
    assert five["failed"].outbound.state == State.REFUSED
