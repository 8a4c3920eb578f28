"""A push against a GoHighLevel that loses answers and has people already: each once, nothing overwritten."""

import pytest
from django.utils import timezone

from conftest import LOCATION_ID
from prospects.models import OutboundPerson
from prospects.outbound import runs
from prospects.tests.outbound_cast import (
    CREATE,
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
