"""A prospect's counters follow from their calls, so that nothing can be counted twice."""

import pytest
from django.contrib.auth.models import Group, User

from calls.ingest import record_calls
from calls.models import SalesCall
from calls.tests.call_cast import completed, disposition, hand_over, other_location, prospect
from integrations.ghl.payloads import CallMessage, CallStatus
from prospects.models import Contact, SalesProspect

pytestmark = pytest.mark.django_db
COUNTERS = ("dial_attempts", "no_answer_count", "voicemail_count", "callback_attempts")


def counted() -> tuple[int, ...]:
    return SalesProspect.objects.values_list(*COUNTERS).get()


@pytest.fixture(autouse=True)
def dana(location) -> SalesProspect:
    return prospect()


@pytest.mark.parametrize(
    ("told", "figures"),
    [
        ({}, (1, 0, 0, 0)),
        ({"callStatus": "no answer"}, (1, 1, 0, 0)),
        ({"callStatus": "busy"}, (1, 1, 0, 0)),
        ({"callStatus": "voicemail"}, (1, 0, 1, 0)),
        ({"notes": "Please call back on Friday"}, (1, 0, 0, 1)),
        ({"direction": ""}, (1, 0, 0, 0)),  # deliveries that leave it out are about calls that BDRs make
        ({"direction": "inbound"}, (0, 0, 0, 0)),
        ({"direction": "inbound", "callStatus": "no answer"}, (0, 0, 0, 0)),
        ({"direction": "inbound", "notes": "Please call back on Friday"}, (0, 0, 0, 1)),
    ],
)
def test_each_call_is_counted_for_what_it_is(location, told, figures):
    hand_over(location, completed(**told))
    assert counted() == figures


def test_repeats_are_not_counted_again(location):
    for _ in range(3):
        hand_over(location, completed(callStatus="no answer"))
        hand_over(location, disposition(disposition="vm"))
    assert counted() == (1, 0, 1, 0)


def test_a_changed_outcome_changes_the_figures(location):
    hand_over(location, disposition(disposition="callback"))
    assert counted() == (1, 0, 0, 1)
    hand_over(location, disposition(disposition="meeting booked"))
    assert counted() == (1, 0, 0, 0)


def test_a_figure_that_went_wrong_is_right_after_the_next_call(location):
    SalesProspect.objects.update(dial_attempts=99, voicemail_count=7)
    hand_over(location, completed())
    assert counted() == (1, 0, 0, 0)


def test_a_call_that_moves_to_another_person_is_counted_there(location, dana):
    hand_over(location, completed())
    robin = prospect(ghl_contact_id="c2")
    record_calls(location, robin, [CallMessage(message_id="m1", status=CallStatus.COMPLETED)])
    figures = dict(SalesProspect.objects.values_list("ghl_contact_id", "dial_attempts"))
    assert figures == {"c1": 0, "c2": 1}


def test_calls_that_are_brought_along_are_counted(location, dana):
    calls = [CallMessage(message_id=f"m{n}", status=CallStatus.NO_ANSWER, direction="outbound") for n in range(3)]
    record_calls(location, dana, calls)
    assert counted() == (3, 3, 0, 0)


def test_counting_does_not_touch_others(location):
    other = prospect(ghl_contact_id="c2", dial_attempts=5)
    hand_over(location, completed())
    other.refresh_from_db()
    assert other.dial_attempts == 5


def test_contacts_of_clients_have_no_counters():
    location = other_location("client")
    Contact.objects.create(client=location.client, ghl_contact_id="c1", ghl_location_id=location.location_id)
    hand_over(location, {**completed(), "location": {"id": location.location_id}})
    assert not SalesCall.objects.exists()


def test_what_staff_choose_is_counted(location, dana, client):
    hand_over(location, completed())
    operator = User.objects.create_user("operator", is_staff=True)
    operator.groups.add(Group.objects.get(name="Operator"))
    client.force_login(operator)
    page = f"/admin/calls/salescall/{SalesCall.objects.get().pk}/change/"
    assert client.post(page, {"disposition": "Voicemail", "notes": ""}).status_code == 302
    assert counted() == (1, 0, 1, 0)
