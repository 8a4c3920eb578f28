"""People follow their GHL contacts: what GHL changed arrives, what staff changed stays, and nobody is deleted."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from conftest import LOCATION_ID
from integrations.events import Handled, Outcome
from integrations.ghl.deliveries import read_delivery
from integrations.models import Client, GHLIntegration
from prospects.events import contact_changed
from prospects.models import Contact, SalesCampaign, SalesProspect

pytestmark = pytest.mark.django_db
RECEIVED_AT = datetime(2026, 9, 30, 10, 0, 5, tzinfo=UTC)
CALLS_FORBIDDEN = {"Call": {"status": "active"}, "SMS": {"status": "inactive"}}
COLUMNS = {
    "contact_first_name": "Dana", "contact_last_name": "Whitfield", "contact_email": "dana@whitfield.example",
    "contact_phone": "+12025550143", "firm_name": "Whitfield LLP",
}  # fmt: skip
TOLD = {
    "firstName": "Dana", "lastName": "Whitfield", "email": "dana@whitfield.example", "phone": "+12025550143",
    "companyName": "Whitfield LLP", "tags": ["prospect"], "dnd": False,
}  # fmt: skip


def event(kind: str = "ContactUpdate", at: str = "10:00", **changes: Any) -> dict[str, Any]:
    """As a marketplace app is told."""
    about = {"type": kind, "locationId": LOCATION_ID, "id": "c1", "timestamp": f"2026-09-30T{at}:00.000Z"}
    return about | TOLD | changes


def told(integration: GHLIntegration, payload: dict[str, Any]) -> Handled:
    return contact_changed(integration, read_delivery(payload), RECEIVED_AT)


@pytest.fixture
def dana(integration) -> SalesProspect:
    return SalesProspect.objects.create(ghl_contact_id="c1", ghl_location_id=LOCATION_ID, tags=["prospect"], **COLUMNS)


def now(person: Any) -> Any:
    person.refresh_from_db()
    return person


# ---------------------------------------------------------------- what GHL changed, and what staff did


@pytest.mark.parametrize(
    ("key", "column", "value"),
    [
        ("firstName", "contact_first_name", "Diana"),
        ("lastName", "contact_last_name", "Whitfield-Ross"),
        ("email", "contact_email", "dana@ross.example"),
        ("phone", "contact_phone", "+12025550199"),
        ("companyName", "firm_name", "Ross LLP"),
        ("website", "contact_linkedin", "https://www.linkedin.com/in/dana-whitfield"),
    ],
)
def test_what_changed_in_ghl_changes_here(integration, dana, key, column, value):
    handled = told(integration, event(**{key: value}))
    assert getattr(now(dana), column) == value
    assert (handled.outcome, handled.row) == (Outcome.DONE, ("sales_prospects", dana.pk))


def test_mapped_custom_fields_are_followed_too(integration, dana):
    integration.custom_field_mapping = {"job_title": "f1", "linkedin_url": "f2"}
    told(integration, event(customFields=[{"id": "f1", "value": "Partner"}, {"id": "f2", "value": "in/dana"}]))
    assert (now(dana).contact_title, dana.contact_linkedin) == ("Partner", "in/dana")


def test_a_bar_number_is_followed_where_it_is_mapped(integration, dana):
    numbered = event(customFields=[{"id": "f1", "value": "CA 284417"}])
    told(integration, numbered)
    assert now(dana).person_number == ""
    integration.custom_field_mapping = {"person_number": "f1"}
    told(integration, numbered)
    assert now(dana).person_number == "CA 284417"


@pytest.mark.parametrize("same", ["284-417", "Bar No. 284417", "0284417"])
def test_a_bar_number_in_another_form_is_no_change(integration, dana, same):
    SalesProspect.objects.update(person_number="284417")
    integration.custom_field_mapping = {"person_number": "f1"}
    told(integration, event(customFields=[{"id": "f1", "value": same}]))
    assert now(dana).person_number == "284417"


def test_what_staff_changed_stays_and_is_flagged(integration, dana):
    told(integration, event())
    SalesProspect.objects.update(contact_phone="+12025550188")
    handled = told(integration, event(at="10:05", phone="+12025550199", companyName="Ross LLP"))
    assert (now(dana).contact_phone, dana.firm_name) == ("+12025550188", "Ross LLP")
    assert handled.flags == ("The phone was changed in the portal, so GHL’s was not taken over.",)


def test_what_staff_entered_on_the_page_stays_though_ghl_never_spoke_before(integration, dana, client):
    operator = User.objects.create_user("operator", is_staff=True)
    operator.groups.add(Group.objects.get(name="Operator"))
    client.force_login(operator)
    page = f"/admin/prospects/salesprospect/{dana.pk}/change/"
    form = {**COLUMNS, "contact_phone": "+12025550188", "engagement_level": "new", "cadence_stage": "active"}
    assert client.post(page, form).status_code == 302
    told(integration, event(phone="+12025550199"))
    assert now(dana).contact_phone == "+12025550188"


def test_once_staff_agree_with_ghl_the_column_follows_again(integration, dana):
    told(integration, event())
    SalesProspect.objects.update(contact_phone="+12025550188")
    told(integration, event(at="10:05", phone="+12025550188"))
    told(integration, event(at="10:10", phone="+12025550199"))
    assert now(dana).contact_phone == "+12025550199"


@pytest.mark.parametrize("key", ["firstName", "email", "phone", "companyName"])
@pytest.mark.parametrize("nothing", ["", None])
def test_what_ghl_leaves_out_is_not_emptied(integration, dana, key, nothing):
    told(integration, event(**{key: nothing}))
    assert {column: getattr(now(dana), column) for column in COLUMNS} == COLUMNS


def test_an_empty_column_is_filled_even_after_staff_emptied_it_once(integration, dana):
    told(integration, event())
    SalesProspect.objects.update(contact_phone="")
    told(integration, event(at="10:05"))
    assert now(dana).contact_phone == "+12025550143"


@pytest.mark.parametrize(
    ("key", "value"), [("firstName", "dana"), ("phone", "(202) 555-0143"), ("email", "DANA@Whitfield.example")]
)
def test_another_spelling_is_no_change(integration, dana, key, value):
    told(integration, event(**{key: value}))
    assert {column: getattr(now(dana), column) for column in COLUMNS} == COLUMNS


def test_a_value_that_no_column_holds_is_flagged(integration, dana):
    handled = told(integration, event(lastName="W" * 300))
    assert (now(dana).contact_last_name, handled.flags) == ("Whitfield", ("GHL’s last name is too long to be kept.",))


def test_a_repeat_changes_nothing(integration, dana):
    told(integration, event(phone="+12025550199"))
    before = SalesProspect.objects.values().get()
    assert told(integration, event(phone="+12025550199")).outcome == Outcome.DONE
    assert SalesProspect.objects.values().get() == before


# ---------------------------------------------------------------- order


def test_what_is_older_than_what_is_held_is_left(integration, dana):
    told(integration, event(at="10:05", phone="+12025550199"))
    handled = told(integration, event(at="10:00", phone="+12025550111", tags=["old"]))
    assert (handled.outcome, now(dana).contact_phone, dana.tags) == (Outcome.IGNORED, "+12025550199", ["prospect"])


@pytest.mark.parametrize("first", ["10:00", "10:05"])
def test_a_ban_on_calls_counts_in_either_order(integration, dana, first):
    ban = event("ContactDndUpdate", "10:00", dndSettings=CALLS_FORBIDDEN)
    update = event(at="10:05", phone="+12025550199")
    for payload in (ban, update) if first == "10:00" else (update, ban):
        told(integration, payload)
    assert (now(dana).do_not_call, dana.contact_phone) == (True, "+12025550199")


def test_a_ban_that_was_lifted_does_not_come_back(integration, dana):
    told(integration, event("ContactDndUpdate", "10:05", dndSettings={"Call": {"status": "inactive"}}))
    told(integration, event("ContactDndUpdate", "10:00", dndSettings=CALLS_FORBIDDEN))
    assert now(dana).do_not_call is False


# ---------------------------------------------------------------- do not call


@pytest.mark.parametrize(
    ("settings", "forbidden"),
    [
        ({"dnd": True}, True),
        ({"dndSettings": CALLS_FORBIDDEN}, True),
        ({"dndSettings": {"Call": {"status": "permanent"}}}, True),
        ({"dndSettings": {"Call": {"status": "inactive"}, "SMS": {"status": "active"}}}, False),
    ],
)
def test_do_not_disturb_on_calls_is_kept_with_the_person(integration, dana, settings, forbidden):
    told(integration, event("ContactDndUpdate", **settings))
    assert (now(dana).do_not_call, dana.do_not_call_since is not None) == (forbidden, forbidden)


def test_only_ghl_s_own_event_about_it_lifts_a_ban(integration, dana):
    told(integration, event("ContactDndUpdate", dndSettings=CALLS_FORBIDDEN))
    told(integration, event("ContactUpdate", "10:05", dnd=False))
    assert now(dana).do_not_call is True
    told(integration, event("ContactDndUpdate", "10:10", dndSettings={"Call": {"status": "inactive"}}))
    assert (now(dana).do_not_call, dana.do_not_call_since) == (False, None)


def test_it_is_shown_where_the_person_is(integration, dana, client, reviewer):
    told(integration, event("ContactDndUpdate", dndSettings=CALLS_FORBIDDEN))
    client.force_login(reviewer)
    listed = client.get("/admin/prospects/salesprospect/", {"do_not_call__exact": "1"}).content.decode()
    assert "Do not call</span>" in listed


# ---------------------------------------------------------------- tags


def test_tags_are_ghl_s_list(integration, dana):
    told(integration, event("ContactTagUpdate", tags=["texas", "batch 12"]))
    assert now(dana).tags == ["texas", "batch 12"]


def test_the_campaign_s_own_tag_stays(integration, dana):
    SalesProspect.objects.update(campaign=SalesCampaign.objects.create(name="Texas Litigation"))
    SalesProspect.objects.update(tags=["Texas Litigation", "old"])
    told(integration, event("ContactTagUpdate", tags=["hot"]))
    assert now(dana).tags == ["hot", "Texas Litigation"]


def test_a_tag_keeps_the_portal_s_spelling(integration, dana):
    SalesProspect.objects.update(tags=["VIP"])
    told(integration, event("ContactTagUpdate", tags=["vip", "hot"]))
    assert now(dana).tags == ["VIP", "hot"]


@pytest.mark.parametrize(("kind", "left"), [("ContactTagUpdate", []), ("ContactUpdate", ["prospect"])])
def test_no_tags_at_all_are_believed_of_an_event_about_tags_only(integration, dana, kind, left):
    told(integration, event(kind, tags=[]))
    assert now(dana).tags == left


# ---------------------------------------------------------------- deleted, unknown, elsewhere


def test_nobody_is_deleted_but_it_is_noted(integration, dana):
    handled = told(integration, event("ContactDelete"))
    assert (now(dana).ghl_contact_id, dana.ghl_deleted_at is not None) == ("c1", True)
    assert "was deleted in GHL" in handled.flags[0]


def test_what_a_delivery_does_not_date_happened_when_it_was_received(integration, dana):
    told(integration, event("ContactDelete", timestamp="", dnd=True))
    assert (now(dana).ghl_deleted_at, dana.do_not_call_since) == (RECEIVED_AT, RECEIVED_AT)


def test_a_contact_that_is_there_again_is_no_longer_deleted(integration, dana):
    told(integration, event("ContactDelete"))
    told(integration, event("ContactCreate", "10:05"))
    assert now(dana).ghl_deleted_at is None


def test_an_unknown_contact_is_left_for_the_next_pull(integration):
    handled = told(integration, event("ContactCreate"))
    assert (handled.outcome, "New contacts come with a pull" in handled.words) == (Outcome.IGNORED, True)
    assert not SalesProspect.objects.exists()


def test_the_same_contact_id_in_another_location_is_somebody_else(integration, dana):
    SalesProspect.objects.update(ghl_location_id="anotherLocation00001")
    assert told(integration, event(phone="+12025550199")).outcome == Outcome.IGNORED
    assert now(dana).contact_phone == "+12025550143"


def test_a_client_s_contact_is_followed_and_the_other_side_left_alone(integration, dana):
    acme = Client.objects.create(name="Acme Search")
    location = GHLIntegration.objects.create(location_id="loc2", integration_type="client", client=acme)
    theirs = Contact.objects.create(client=acme, ghl_contact_id="c1", ghl_location_id="loc2", **COLUMNS)
    told(location, event(locationId="loc2", phone="+12025550199"))
    assert (now(theirs).contact_phone, now(dana).contact_phone) == ("+12025550199", "+12025550143")
