"""A push of which GHL refuses somebody with 403: that person alone, or everybody."""

import json
import threading
from typing import Any

import pytest
from django.urls import reverse

from conftest import LOCATION_ID, TOKEN
from integrations.sandbox.answers import Answer, Refusal, Request
from integrations.sandbox.server import Sandbox
from prospects.models import OutboundPerson
from prospects.outbound import runs, where
from prospects.outbound.eligibility import people_of
from prospects.outbound.forbidden import IN_A_ROW, Forbidden
from prospects.outbound.reasons import Reason
from prospects.outbound.retrying import retry
from prospects.outbound.states import Trouble
from prospects.tests.outbound_cast import CREATE, email_of, prospect, pushed, row_of

pytestmark = pytest.mark.django_db
State = OutboundPerson.State


class ChoosyGHL(Sandbox):
    """A GoHighLevel that refuses some people with 403, by their e-mail, and everybody once it `takes` nobody more."""

    def __init__(self) -> None:
        super().__init__({LOCATION_ID: TOKEN}, rate_limit=None, index_lag=0.0)
        self.refused: set[str] = set()
        self.takes: int | None = None
        self._counting = threading.Lock()

    def _work(self, request: Request, opened: set[str]) -> Answer:
        if request.method == "POST" and request.path == CREATE:
            with self._counting:
                if json.loads(request.body)["email"] in self.refused or self.takes == 0:
                    return Refusal(403, "Forbidden resource").answer()
                self.takes = self.takes and self.takes - 1
        return super()._work(request, opened)

    def creates(self) -> int:
        return len(self.journal.entries(CREATE, "POST"))


@pytest.fixture(autouse=True)
def _patience_of_tests(settings: Any) -> None:
    settings.GHL_SEARCH_LAG_SECONDS = 0.02
    settings.GHL_TIMEOUT_SECONDS = 5.0


@pytest.fixture
def ghl(settings: Any) -> Any:
    with ChoosyGHL() as choosy:
        settings.GHL_API_BASE_URL = choosy.url
        yield choosy


def some(count: int) -> list[Any]:
    return [prospect(number) for number in range(count)]


def counts(integration: Any) -> dict[str, int]:
    return dict(where.standing_of(people_of(integration, None)).counts)


@pytest.mark.parametrize("which", [0, 7, 29])
def test_one_refused_person_is_noted_and_the_others_go_out(integration, ghl, which):
    people = some(30)
    ghl.refused = {email_of(which)}
    run = pushed(integration)
    assert (run.status, run.created, run.failed, run.error) == ("partial", 29, 1, "")
    assert run.failures_by_reason == {Reason.FORBIDDEN.label: 1}
    row = row_of(people[which])
    assert (row.state, row.reason, row.sent_at) == (State.REFUSED, "forbidden", None)
    assert "GoHighLevel takes others of this location, but not this person (POST /contacts/, status 403" in row.error
    assert "It says: “Forbidden resource”." in row.error
    assert ghl.creates() == 30


def test_the_person_is_seen_with_the_reason_and_sent_again_when_somebody_tries_again(integration, ghl, admin_client):
    someone, *_ = some(3)
    ghl.refused = {email_of(0)}
    pushed(integration)
    assert pushed(integration).total == 0
    html = admin_client.get(reverse("admin:prospects_salesprospect_change", args=[someone.pk])).content.decode()
    assert Reason.FORBIDDEN.label in html
    assert reverse("admin:integrations_syncrun_retry_prospect", args=[someone.pk]) in html
    ghl.refused = set()
    assert retry([someone]) == 1
    assert pushed(integration).created == 1


def test_several_refused_people_among_others_are_each_noted(integration, ghl):
    some(40)
    ghl.refused = {email_of(number) for number in range(0, 40, 4)}
    run = pushed(integration)
    assert (run.created, run.failed, run.error) == (30, 10, "")
    assert ghl.creates() == 40


def test_a_refusal_of_everybody_ends_the_push_with_its_message_and_all_wait(integration, ghl):
    some(40)
    ghl.takes = 0
    run = pushed(integration)
    assert (run.status, run.created, run.failed) == ("failed", 0, 0)
    assert "The token has no access to this location" in run.error
    assert ghl.creates() <= 12 + IN_A_ROW
    assert counts(integration) == {"waiting": 40}
    assert not OutboundPerson.objects.exclude(sent_at=None, claimed_by="").exists()


def test_a_right_that_is_lost_in_the_middle_ends_it_and_nobody_is_held_to_be_refused(integration, ghl):
    some(60)
    ghl.takes = 25
    run = pushed(integration)
    assert (run.created, run.failed) == (25, 0)
    assert "The token has no access to this location" in run.error
    assert counts(integration) == {"yes": 25, "waiting": 35}


def test_where_nobody_was_taken_a_single_refusal_ends_the_push(integration, ghl):
    some(1)
    ghl.takes = 0
    run = pushed(integration)
    assert "The token has no access to this location" in run.error
    assert (run.failed, counts(integration)) == (0, {"waiting": 1})


def test_everybody_who_waited_goes_out_when_the_right_is_back(integration, ghl):
    some(20)
    ghl.takes = 0
    pushed(integration)
    ghl.takes = None
    assert pushed(integration).created == 20


def test_what_was_not_found_out_when_the_time_is_over_waits_for_the_next_time(integration, ghl):
    someone = prospect()
    ghl.takes, ghl.latency = 0, 3.0  # longer than the time that the run is given
    run = runs.work_on(runs.start(integration).pk, seconds=2.0)
    row = row_of(someone)
    assert (run.is_under_way, run.error, ghl.creates()) == (True, "", 1)
    assert (row.state, row.claimed_by, row.sent_at, row.attempts) == (State.WAITING, "", None, 0)
    assert "The token has no access" in row.error


# ---------------------------------------------------------------- told apart: pure


def trouble() -> Trouble:
    return Trouble(Reason.NO_ANSWER, "No access.", may_be_done=False, ends_run=True, if_alone="Not this one.")


def test_what_was_on_its_way_when_somebody_was_refused_tells_nothing_of_them():
    forbidden: Forbidden[str] = Forbidden()
    forbidden.note("ann", trouble())
    assert forbidden.takes_others(asked_at=0.001) == []
    assert [job for job, _ in forbidden.takes_others(asked_at=float("inf"))] == ["ann"]
    assert forbidden.held == []


def test_so_many_in_a_row_concern_everybody_but_not_with_somebody_taken_in_between():
    forbidden: Forbidden[int] = Forbidden()
    for number in range(IN_A_ROW - 1):
        forbidden.note(number, trouble())
    assert not forbidden.concerns_everybody
    forbidden.takes_others(asked_at=0.001)
    forbidden.note(9, trouble())
    assert not forbidden.concerns_everybody
    for number in range(IN_A_ROW - 1):
        forbidden.note(number, trouble())
    assert forbidden.concerns_everybody
