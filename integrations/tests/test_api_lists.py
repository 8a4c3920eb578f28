"""Going through lists and narrowing them down: nothing twice, nothing left out, whatever comes in meanwhile."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from integrations.models import Client, WebhookEvent
from integrations.tests.api_cast import Program

pytestmark = pytest.mark.django_db


@pytest.fixture
def program() -> Program:
    return Program.of("Operator")


def a_delivery(integration: Any, number: int = 0, **about: Any) -> WebhookEvent:
    given = {"delivery_key": f"d{number}-{timezone.now().timestamp()}", "source": "workflow", "payload": {}, **about}
    return WebhookEvent.objects.create(integration=integration, **given)


def test_a_list_is_gone_through_page_by_page(program, integration):
    for number in range(11):
        a_delivery(integration, number)
    newest_first = [str(pk) for pk in WebhookEvent.objects.order_by("-received_at", "id").values_list("pk", flat=True)]
    for size in (1, 3, 10, 11, 12):
        assert program.through("deliveries/", page_size=size) == newest_first


def test_rows_of_one_moment_are_told_apart(program, integration):
    """Those that another system put in with one statement have the same time."""
    now = timezone.now()
    for number in range(7):
        a_delivery(integration, number, received_at=now)
    found = program.through("deliveries/", page_size=2)
    assert len(found) == len(set(found)) == 7


def test_what_comes_in_meanwhile_moves_no_page(program, integration):
    for number in range(4):
        a_delivery(integration, number)
    first = program.get("deliveries/", page_size=2).json()
    a_delivery(integration, 99)
    second = program.http.get(first["next"]).json()
    seen = [row["id"] for row in first["results"] + second["results"]]
    assert len(set(seen)) == 4
    assert second["next"] is None


def test_the_next_page_keeps_the_filters(program, integration):
    for number in range(3):
        a_delivery(integration, number, kind="call")
        a_delivery(integration, number + 10, kind="contact")
    assert len(program.through("deliveries/", page_size=1, kind="call")) == 3


def test_names_with_anything_in_them_are_gone_through(program):
    names = ["", "O'Brien", "Ünal", "a\\b", "%", "_", "a%", "Z", "a", "日本", "x y"]
    for number, name in enumerate(names):
        Client.objects.create(name=f"{name} {number}")
    assert len(set(program.through("clients/", page_size=1))) == len(names)


def test_rows_are_counted_when_that_is_asked_for(program, integration):
    for number in range(3):
        a_delivery(integration, number)
    assert "count" not in program.get("deliveries/").json()
    assert program.get("deliveries/", with_count="true", page_size=1).json()["count"] == 3


@pytest.mark.parametrize("size", ["0", "201", "many", "-1", "1.5", "9" * 50, "١"])
def test_a_page_has_1_to_200_rows(program, size):
    answer = program.get("deliveries/", page_size=size)
    assert answer.status_code == 400
    assert answer.json()["fields"]["page_size"] == ["A number from 1 to 200."]


def test_a_list_asks_the_database_as_often_for_20_rows_as_for_2(program, integration, django_assert_max_num_queries):
    program.get("deliveries/")  # notes that the token is used
    for number in range(20):
        a_delivery(integration, number)
    with django_assert_max_num_queries(5):  # the token with its user, rights of the user and of groups, the page
        assert len(program.listed("deliveries/")) == 20


def test_an_empty_list_is_an_answer(program):
    assert program.get("deliveries/").json() == {"next": None, "next_cursor": None, "results": []}


# ---------------------------------------------------------------- narrowing


def test_deliveries_are_found_by_what_staff_know(program, integration):
    failed = a_delivery(integration, 1, status="failed", kind="call", ghl_message_id="m1", flags=["Odd"])
    done = a_delivery(integration, 2, status="done", settled_at=timezone.now(), source="app", ghl_contact_id="c1")
    elsewhere = a_delivery(None, 3, received_at=timezone.now() - timedelta(days=40))

    def found(**query: Any) -> set[str]:
        return set(program.listed("deliveries/", **query))

    one, two, three = str(failed.pk), str(done.pk), str(elsewhere.pk)
    assert found() == {one, two, three}
    assert found(status="failed") == {one}
    assert found(status="failed,done") == {one, two}
    assert found(location=integration.location_id) == found(location=str(integration.pk)) == {one, two}
    assert found(location="unknown") == set()
    assert found(kind="call") == found(ghl_message_id="m1") == found(flagged="true") == {one}
    assert found(source="app") == found(ghl_contact_id="c1") == {two}
    assert found(flagged="false") == {two, three}
    day = (timezone.now() - timedelta(days=2)).date().isoformat()
    assert found(received_since=day) == {one, two}
    assert found(received_before=(timezone.now() - timedelta(days=2)).isoformat()) == {three}
    assert found(status="failed", kind="contact") == set()


def test_a_value_that_makes_no_sense_is_told_with_those_that_do(program):
    said = program.get("deliveries/", status="broken", flagged="perhaps", received_since="soon").json()["fields"]
    assert said["status"] == ["“broken” is none of: waiting, done, failed, ignored."]
    assert said["flagged"] == ["Either true or false."]
    assert said["received_since"] == ["A moment like 2026-01-31T09:00:00Z, or a day like 2026-01-31."]


def test_clients_are_found_by_every_word_and_by_phone_however_it_is_written(program):
    harbor = Client.objects.create(name="Harbor Legal", email="desk@harbor.example", phone="+1 (212) 555-0143")
    Client.objects.create(name="Bay Legal", phone="+1 212 555 0999")
    for term in ("legal harbor", "HARBOR", "desk@harbor", "212.555.0143", "5550143"):
        assert program.listed("clients/", search=term) == [str(harbor.pk)], term
    assert program.listed("clients/", search="nobody") == []
    assert len(program.listed("clients/", search="")) == 2


def test_locations_are_shown_with_their_last_push_and_found_by_side(program, integration):
    row = program.get("locations/", search="prospecting").json()["results"][0]
    assert (row["location_id"], row["last_synced_at"], row["last_sync_status"]) == (integration.location_id, None, None)
    assert program.listed("locations/", integration_type="client") == []
    assert program.listed("locations/", is_active="true", key="name") == ["Our own prospecting"]


def test_the_payload_of_a_delivery_is_on_its_own_page_only(program, integration):
    event = a_delivery(integration, payload={"note": "said by GHL"})
    assert "payload" not in program.get("deliveries/").json()["results"][0]
    one = program.get(f"deliveries/{event.pk}/").json()
    assert one["payload"] == {"note": "said by GHL"}
    assert one["next_try_at"] is not None
