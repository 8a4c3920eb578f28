# ruff: noqa: F811 (the fixtures are those of the other browser tests)
"""A reader checks a summary: from each line to the sentence it rests on, and to that place in the recording."""

import io
import wave
from functools import partial
from typing import Any

import pytest
from django.urls import reverse

from calls.models import SalesCall
from calls.summaries import budget
from calls.summaries.asking import written_down
from calls.summaries.claude import Claude
from calls.summaries.making import make
from calls.tests.call_cast import PHONE as DANAS
from calls.tests.call_cast import PLACED_AT, FreePace, ms
from calls.tests.summary_cast import TALK, claude, sales_call, summarised
from calls.tests.test_summaries_made import answer
from ghlportal.tests.browser_cast import LAPTOP, PHONE, browser, portal, visit  # noqa: F401
from integrations import credentials
from integrations.ghl.client import GHLClient
from integrations.sandbox import conversation_endpoints
from prospects.models import SalesProspect

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
__all__ = ["claude"]
HOSTILE = "<video src=x onloadstart=document.title='run'>"
ONCE_IT_PLAYS = """(player, seconds) => new Promise((played) => {
  const look = (times) => {
    if (!times || (!player.paused && Math.abs(player.currentTime - seconds) < 10)) played(player.currentTime);
    else setTimeout(look, 50, times - 1);
  };
  look(400);
})"""


@pytest.fixture
def call(integration: Any, claude: Any) -> SalesCall:
    """A call with markup in its transcript, its summary, and a BDR who chose another outcome."""
    dana = SalesProspect.objects.create(contact_first_name="Dana", contact_last_name="Whitfield", firm_name="Hale LLP")
    row = sales_call(
        integration,
        transcript=TALK.replace("Hi Dana", f"Hi Dana {HOSTILE}"),
        disposition="Callback Requested", disposition_source="bdr",
        prospect=dana, started_at=PLACED_AT, duration=96, from_number="+12025550100", to_number=DANAS,
    )  # fmt: skip
    claude.then(answer(engagement_assessment=f"They listened {HOSTILE}"))
    summarised(row)
    SalesCall.objects.update(disposition="Callback Requested", disposition_source="bdr")
    return row


@pytest.fixture
def recorded(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """GHL has a recording of the call, two minutes long."""

    def two_minutes() -> bytes:
        kept = io.BytesIO()
        with wave.open(kept, "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(1)
            sound.setframerate(8000)
            sound.writeframes(bytes([128]) * 8000 * 120)
        return kept.getvalue()

    monkeypatch.setattr(conversation_endpoints, "wav", two_minutes)
    monkeypatch.setattr(credentials, "open_pace", lambda **about: FreePace())
    monkeypatch.setattr(credentials, "GHLClient", partial(GHLClient, sleep=lambda seconds: None))
    sandbox.location.add_contact(id="c1", first_name="Dana", last_name="Whitfield", phone=DANAS)
    sandbox.location.add_call("c1", id="m1", date_added=ms(PLACED_AT), duration=96, user_id="u1", recorded=True)


def page_of(call: SalesCall) -> str:
    return reverse("admin:calls_salescall_change", args=[call.pk])


def is_marked(page: Any, number: int) -> bool:
    """Whether this sentence is in sight, and coloured as the one that is meant."""
    page.locator(f"#sentence-{number}:target").wait_for()
    sentence, other = page.locator(f"#sentence-{number}"), page.locator("#sentence-0")
    colours = [each.evaluate("element => getComputedStyle(element).backgroundColor") for each in (sentence, other)]
    box = sentence.bounding_box()
    return colours[0] != colours[1] and 0 <= box["y"] < page.viewport_size["height"]


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
@pytest.mark.parametrize("has_scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_click_on_a_line_shows_the_sentence_that_it_rests_on(visit, call, recorded, admin_user, size, has_scripts):
    page, complaints = visit(page_of(call), admin_user, viewport=size, java_script_enabled=has_scripts)
    page.get_by_role("link", name="Budget.").click()
    assert is_marked(page, 7)
    assert complaints == []


def test_a_click_on_a_line_plays_the_recording_from_there(visit, call, recorded, admin_user):
    page, complaints = visit(page_of(call), admin_user)
    for line, seconds in (("Send it.", 65), ("Budget.", 15)):
        page.get_by_role("link", name=line).click()
        assert seconds <= page.locator("audio").evaluate(ONCE_IT_PLAYS, seconds) < seconds + 10
    assert complaints == []


def test_a_summary_that_is_being_made_appears_without_loading_the_page_again(
    visit, integration, recorded, claude, admin_user
):
    row = sales_call(integration)
    waiting = written_down(row).latest
    page, complaints = visit(page_of(row), admin_user, is_hurried=True)
    page.get_by_role("heading", name="Summary Waiting").wait_for()
    claude.then(answer())
    with Claude() as connection:
        make(waiting.pk, connection)
    page.get_by_role("link", name="Budget.").click()
    assert is_marked(page, 7)
    assert complaints == []


def test_a_recording_that_ghl_has_not_got_is_said_beside_the_player(visit, call, sandbox, admin_user):
    page, _ = visit(page_of(call), admin_user)
    page.get_by_role("link", name="Budget.").click()
    page.get_by_text("The recording does not play.").wait_for()
    assert is_marked(page, 7)


def test_markup_in_a_transcript_is_read_as_text(visit, call, admin_user):
    page, complaints = visit(page_of(call), admin_user)
    assert HOSTILE in page.locator(".transcript").inner_text()
    assert page.locator(".said video").count() == 0
    assert page.title() != "run"
    assert complaints == []


def test_a_disagreement_is_ticked_off_without_scripts(visit, call, admin_user):
    page, _ = visit(page_of(call), admin_user, java_script_enabled=False, viewport=PHONE)
    page.get_by_role("button", name="I have looked at it").click()
    assert f"Looked at by {admin_user}" in page.inner_text("body")


@pytest.mark.parametrize("size", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_the_pages_of_summaries_fit_their_width(visit, call, claude, admin_user, size):
    """In the light, and then in the dark."""
    budget.set_limits(1000, None)
    names = ("callsummary", "summarybudget", "summaryspend", "salescall")
    addresses = {name: reverse(f"admin:calls_{name}_changelist") for name in names} | {"call": page_of(call)}
    page, complaints = visit(page_of(call), admin_user, viewport=size)
    too_wide = []
    for name, address in addresses.items():
        page.emulate_media(color_scheme="light")
        page.goto(address)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
                too_wide.append((name, scheme))
    assert too_wide == []
    assert complaints == []
