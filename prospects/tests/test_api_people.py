"""Prospects, contacts and campaigns through the API: found, and changed so that GHL does not undo it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from integrations.ghl.deliveries import read_delivery
from integrations.models import Client
from integrations.tests.api_cast import Program
from prospects.following import follow
from prospects.models import Contact, OutboundPerson, SalesCampaign, SalesProspect
from prospects.tests.push_cast import a_prospect, refused, taken_up

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Operator")


@pytest.fixture
def quill(integration: Any) -> SalesProspect:
    """Somebody who came from GHL."""
    return a_prospect(
        contact_first_name="Dana", firm_name="Quill LLP", contact_phone="+1 (212) 555-0143", tags=["Texas"],
        ghl_contact_id="c1", ghl_location_id=integration.location_id,
        ghl_values={"firm_name": "Quill LLP", "contact_last_name": "Quill"},
    )  # fmt: skip


# ---------------------------------------------------------------- changed


def test_what_a_program_enters_is_kept_apart_from_what_ghl_said(program, quill):
    answer = program.patch(f"prospects/{quill.pk}/", firm_name="Quill & Partners", contact_title="Counsel")
    assert answer.status_code == 200
    assert (answer.json()["firm_name"], answer.json()["contact_title"]) == ("Quill & Partners", "Counsel")
    quill.refresh_from_db()
    assert quill.firm_name == "Quill & Partners"
    assert quill.ghl_values == {"firm_name": "Quill LLP", "contact_last_name": "Quill", "contact_title": ""}


def test_ghl_does_not_undo_it(program, quill, integration):
    program.patch(f"prospects/{quill.pk}/", contact_email="dana@partners.example")
    told = {"type": "ContactUpdate", "locationId": integration.location_id, "id": "c1", "email": "quill@example.com"}
    follow(integration, read_delivery(told, location_id=integration.location_id), timezone.now())
    quill.refresh_from_db()
    assert quill.contact_email == "dana@partners.example"


def test_only_what_differs_is_written_and_noted(program, quill):
    before = quill.updated_at
    program.patch(f"prospects/{quill.pk}/", firm_name="Quill LLP", tags=["Texas"])
    quill.refresh_from_db()
    assert (quill.updated_at, LogEntry.objects.count()) == (before, 0)
    program.patch(f"prospects/{quill.pk}/", firm_name="Quill & Partners", tags=["Texas", "Partner", "Texas"])
    quill.refresh_from_db()
    entry = LogEntry.objects.get()
    assert quill.tags == ["Texas", "Partner"]
    assert quill.updated_at > before
    assert (entry.user, entry.object_id) == (program.user, str(quill.pk))
    assert entry.change_message == "Changed through the API: firm, tags."


def test_somebody_who_must_not_be_called_says_since_when(program, quill):
    shown = program.patch(f"prospects/{quill.pk}/", do_not_call=True).json()
    assert shown["do_not_call_since"] is not None
    quill.refresh_from_db()
    assert quill.do_not_call_told_at == quill.do_not_call_since
    assert program.patch(f"prospects/{quill.pk}/", do_not_call=False).json()["do_not_call_since"] is None


def test_a_prospect_joins_and_leaves_a_campaign(program, quill):
    texas = SalesCampaign.objects.create(name="Texas")
    shown = program.patch(f"prospects/{quill.pk}/", campaign=str(texas.pk)).json()
    assert shown["campaign"] == {"id": str(texas.pk), "name": "Texas"}
    assert program.listed("prospects/", campaign=str(texas.pk)) == [str(quill.pk)]
    assert program.patch(f"prospects/{quill.pk}/", campaign=None).json()["campaign"] is None


@pytest.mark.parametrize(
    "body",
    [
        {"ghl_contact_id": "c2"}, {"dial_attempts": 9}, {"id": "x"}, {"do_not_call_since": None}, {"in_ghl": "yes"},
        {"firm_name": "x" * 501}, {"firm_name": None}, {"tags": "a, b"}, {"tags": [1, {}]}, {"campaign": "Texas"},
        {"do_not_call": "perhaps"}, {"notes": "a\0b"}, {"engagement_level": ""}, {"client": None},
    ],
)  # fmt: skip
def test_what_staff_cannot_enter_is_refused_and_nothing_changes(program, quill, body):
    answer = program.patch(f"prospects/{quill.pk}/", notes="would be new", **body) if "notes" not in body else (
        program.patch(f"prospects/{quill.pk}/", **body)
    )  # fmt: skip
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == list(body)
    quill.refresh_from_db()
    assert quill.notes == ""


def test_a_contact_stays_with_its_client(program):
    harbor, bay = (Client.objects.create(name=name) for name in ("Harbor", "Bay"))
    contact = Contact.objects.create(contact_last_name="Moss", client=harbor)
    assert program.patch(f"contacts/{contact.pk}/", client=str(bay.pk)).status_code == 400
    shown = program.patch(f"contacts/{contact.pk}/", contact_title="Partner").json()
    assert (shown["contact_title"], shown["client"]["name"]) == ("Partner", "Harbor")
    assert "campaign" not in shown


# ---------------------------------------------------------------- found


def test_people_are_found_by_what_staff_know(program, integration, quill):
    a_prospect("Ng", engagement_level="warm", do_not_call=True, source="Fair", cadence_stage="done")
    lost = a_prospect("Lost")
    refused(lost, integration)
    SalesProspect.objects.filter(pk=lost.pk).update(created_at=datetime(2020, 1, 1, tzinfo=UTC))

    def found(**query: Any) -> set[str]:
        return set(program.listed("prospects/", "contact_last_name", **query))

    assert found() == {"Quill", "Ng", "Lost"}
    assert found(search="dana quill") == found(search="212.555.0143") == found(search="c1") == {"Quill"}
    assert found(engagement_level="warm") == found(do_not_call="true") == found(source="Fair") == {"Ng"}
    assert found(cadence_stage="done") == found(in_ghl="not_allowed") == {"Ng"}
    assert found(in_ghl="yes") == found(ghl_contact_id="c1") == {"Quill"}
    assert found(ghl_location_id=integration.location_id) == {"Quill"}
    assert found(in_ghl="no") == {"Ng", "Lost"}
    assert found(in_ghl="failed") == {"Lost"}
    assert found(created_since="2021-01-01") == {"Quill", "Ng"}


def test_people_say_how_far_their_way_into_ghl_is(program, integration, quill):
    refused(lost := a_prospect("Lost"), integration)
    row = program.get(f"prospects/{lost.pk}/").json()
    assert (row["in_ghl"], row["in_ghl_why"]) == ("failed", "GoHighLevel refused the e-mail")
    row = program.get(f"prospects/{quill.pk}/").json()
    assert (row["in_ghl"], row["in_ghl_why"]) == ("yes", "")


def test_people_come_in_the_order_of_their_names(program):
    for first, last in (("B", "Lee"), ("A", "Lee"), ("", ""), ("Ann", "Åkesson"), ("A", "Lee"), ("Z", "Abt")):
        SalesProspect.objects.create(contact_first_name=first, contact_last_name=last)
    order = ("contact_last_name", "contact_first_name", "id")
    expected = [str(pk) for pk in SalesProspect.objects.order_by(*order).values_list("pk", flat=True)]
    for size in (1, 2, 6):
        assert program.through("prospects/", page_size=size) == expected


def test_tags_are_a_list_however_another_system_wrote_them(program):
    prospect = a_prospect(tags="Texas; Partner")
    assert program.get(f"prospects/{prospect.pk}/").json()["tags"] == ["Texas", "Partner"]


def test_more_people_ask_the_database_no_oftener(program, integration, django_assert_num_queries):
    program.get("prospects/")
    campaign = SalesCampaign.objects.create(name="Texas")
    for number in range(10):
        taken_up(a_prospect(f"Lee{number}", campaign=campaign), integration, OutboundPerson.State.WAITING)
    with django_assert_num_queries(4):  # the token, two for rights, the page
        assert len(program.listed("prospects/")) == 10


# ---------------------------------------------------------------- campaigns


def test_a_campaign_says_how_many_of_its_prospects_are_where(program, integration, quill):
    texas = SalesCampaign.objects.create(name="Texas")
    SalesProspect.objects.filter(pk=quill.pk).update(campaign=texas)
    refused(a_prospect("Lost", campaign=texas), integration)
    a_prospect("Ng", campaign=texas)
    a_prospect("Silent", campaign=texas, do_not_call=True)
    assert program.get(f"campaigns/{texas.pk}/").json()["counts"] == {
        "prospects": 4, "in_ghl": 1, "waiting": 1, "failed": 1, "look": 0, "not_allowed": 1,
    }  # fmt: skip


def test_a_campaign_is_made_and_changed(program):
    answer = program.post("campaigns/", name=" Texas litigation ")
    assert (answer.status_code, answer.json()["name"]) == (201, "Texas litigation")
    made = answer.json()["id"]
    assert answer.json()["counts"]["prospects"] == 0
    assert program.patch(f"campaigns/{made}/", notes="Partners only").json()["notes"] == "Partners only"
    messages = LogEntry.objects.order_by("pk").values_list("change_message", flat=True)
    assert list(messages) == ["Added through the API.", "Changed through the API: notes."]


def test_two_campaigns_have_two_names(program):
    program.post("campaigns/", name="Texas")
    answer = program.post("campaigns/", name="Texas")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["name"])
    other = program.post("campaigns/", name="Ohio").json()["id"]
    assert program.patch(f"campaigns/{other}/", name="Texas").status_code == 400
    assert program.listed("campaigns/", "name") == ["Ohio", "Texas"]


def test_more_campaigns_ask_the_database_no_oftener(program, django_assert_num_queries):
    program.get("campaigns/")
    for number in range(8):
        a_prospect(campaign=SalesCampaign.objects.create(name=f"Campaign {number}"))
    with django_assert_num_queries(5):  # the token, two for rights, the page, all counts
        assert len(program.listed("campaigns/")) == 8
