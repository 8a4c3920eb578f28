"""However Claude misbehaves, the call says why it has no summary, and it is tried again or comes to its end."""

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from calls.models import CallSummary, SalesCall, SummaryBudget
from calls.summaries import budget, making, working_off
from calls.summaries.asking import ask, written_down
from calls.summaries.claude import Claude
from calls.summaries.making import make
from calls.summaries.standing import standing_of
from calls.tests.claude_stand_in import KEY, ClaudeStandIn, Told, error, message, summary
from calls.tests.summary_cast import TALK, call, claude, due_now, sales_call, summarised

pytestmark = pytest.mark.django_db
__all__ = ["call", "claude"]
ELSEWHERE = {"location": "http://127.0.0.1:9/v1/messages"}
FINE = summary([(0, "", "Do you have a minute?")])


def tried(call: SalesCall) -> CallSummary:
    """One more try, whatever the wait."""
    due_now()
    row = CallSummary.objects.first() or written_down(call).latest
    with Claude() as connection:
        make(row.pk, connection)
    row.refresh_from_db()
    return row


def wait_of(row: CallSummary) -> float:
    return (row.next_at - timezone.now()).total_seconds()


# ---------------------------------------------------------------- troubles of everyone: all wait, nobody is to blame

FOR_ALL = {
    "the rate limit": (error(429, "rate_limit_error"), "rate limit"),
    "overload": (error(529, "overloaded_error"), "overloaded"),
    "a bad key": (error(401, "authentication_error"), "ANTHROPIC_API_KEY"),
    "a key without rights": (error(403, "permission_error"), "workspace"),
    "an unknown model": (error(404, "not_found_error"), "ANTHROPIC_MODEL"),
    "no credit": (error(400, "billing_error"), "credit"),
    "somebody else at that address": (Told(200, "<html>Welcome</html>"), "is not Claude"),
    "an address that leads elsewhere": (Told(302, "", ELSEWHERE), "ANTHROPIC_BASE_URL"),
    "no connection": (Told(drops=True), "cannot be reached"),
}


@pytest.mark.parametrize("name", FOR_ALL)
def test_trouble_of_all_pauses_all_and_is_counted_against_none(claude, call, integration, name):
    told, words = FOR_ALL[name]
    other = sales_call(integration, "m2")
    written_down(other)
    claude.then(told)
    standing = summarised(call)
    assert (standing.status, standing.can_ask, standing.latest.attempts) == ("failed", True, 0)
    assert words in standing.reason
    assert words in standing_of(other).reason
    assert budget.paused_until(timezone.now()) is not None
    assert working_off.work_off()[0] == {}
    assert budget.today().calls == 0


@pytest.mark.parametrize("name", FOR_ALL)
def test_it_goes_on_by_itself_once_the_trouble_is_over(claude, call, name):
    claude.then(FOR_ALL[name][0])
    summarised(call)
    assert tried(call).status == "done"
    assert SummaryBudget.objects.get().pauses_in_a_row == 0


def test_pauses_grow_and_one_trouble_begins_one_pause():
    now, waits = timezone.now(), []
    for _ in range(9):
        until = budget.pause("Claude is overloaded.", None, now)
        assert budget.pause("Claude is overloaded.", None, now) == until
        waits.append(int((until - now).total_seconds() // 60))
        now = until
    assert waits == [1, 2, 5, 10, 20, 30, 60, 60, 60]


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_the_wait_that_claude_asks_for_is_kept(claude, call, form):
    asked_for = "300" if form == "seconds" else format_datetime(datetime.now(UTC) + timedelta(seconds=300))
    claude.then(error(429, "rate_limit_error", retry_after=asked_for))
    summarised(call)
    assert 250 < (budget.paused_until(timezone.now()) - timezone.now()).total_seconds() <= 301


@pytest.mark.parametrize("asked_for", ["-5", "soon", "nan", "1e300", "", "Thu, 01 Jan 1970 00:00:00 GMT"])
def test_a_wait_that_makes_no_sense_is_not(claude, call, asked_for):
    claude.then(error(429, "rate_limit_error", retry_after=asked_for))
    summarised(call)
    assert 50 < (budget.paused_until(timezone.now()) - timezone.now()).total_seconds() <= 61


def test_even_that_ends_after_a_week(claude, call):
    claude.then(error(401, "authentication_error"), times=2)
    summarised(call)
    CallSummary.objects.update(asked_at=timezone.now() - timedelta(days=8))
    due_now()
    with Claude() as connection:
        make(CallSummary.objects.get().pk, connection)
    standing = standing_of(call)
    assert (standing.status, standing.can_ask) == ("gave_up", True)
    assert standing.reason.startswith("Given up after 7 days: ")


# ---------------------------------------------------------------- troubles of one call

OF_ONE = {
    "a fault of Claude's": (error(500, "api_error"), "status 500", 6),
    "a gateway's time-out": (error(504, "timeout_error"), "status 504", 6),
    "a request that is not taken": (error(400, "invalid_request_error", "bad schema"), "bad schema", 3),
    "an answer that is cut off": (message('{"disposition": "Meet', stop="max_tokens"), "1,024 tokens", 3),
    "an answer that is no JSON": (message("I think the call went well!"), "no JSON", 3),
    "no answer": (message(""), "empty", 3),
    "a field too few": (message({key: FINE[key] for key in FINE if key != "sentiment"}), "fields", 3),
    "a field too many": (message(FINE | {"approved_by": "the boss"}), "fields", 3),
    "a tenth disposition": (message(FINE | {"disposition": "Great Call"}), "disposition", 3),
    "a disposition that is a list": (message(FINE | {"disposition": ["Voicemail"]}), "disposition", 3),
    "interest above ten": (message(FINE | {"interest_level": 11}), "interest_level", 3),
    "interest that is yes": (message(FINE | {"interest_level": True}), "interest_level", 3),
    "claims that are texts": (message(FINE | {"key_points": ["They grow."]}), "key_points", 3),
    "claims that are no list": (message(FINE | {"objections": {"text": "x"}}), "objections", 3),
    "no number at all": (message(str(FINE).replace("'", '"').replace("4", "NaN")), "no JSON", 3),
    "depths without end": (message("[" * 100_000), "no JSON", 3),
    "quotes that nobody said": (message(summary([(0, "", "What a lovely day it is")])), "None of the quotes", 3),
}


@pytest.mark.parametrize("name", OF_ONE)
def test_trouble_of_one_call_is_tried_again_with_growing_waits_to_its_end(claude, call, name):
    told, words, tries = OF_ONE[name]
    claude.then(told, times=tries)
    waits = []
    for _ in range(tries - 1):
        row = tried(call)
        assert (row.status, words in row.reason) == ("failed", True)
        waits.append(wait_of(row))
    assert waits == sorted(waits)
    assert waits[0] > 50
    row = tried(call)
    assert (row.status, row.next_at) == ("gave_up", None)
    assert row.reason.startswith(f"Given up after {tries} tries: ")
    call.refresh_from_db()
    assert call.ai_summary is None
    assert budget.paused_until(timezone.now()) is None


def test_a_person_may_ask_again_after_the_end(claude, call):
    claude.then(message("no"), times=3)
    for _ in range(3):
        tried(call)
    assert standing_of(call).can_ask
    assert ask(call).status == "waiting"
    assert tried(call).status == "done"


def test_claude_takes_too_long(claude, call, settings):
    settings.ANTHROPIC_TIMEOUT_SECONDS = 0.3
    claude.then(Told(after=1.0))
    standing = summarised(call)
    assert (standing.status, standing.latest.attempts) == ("failed", 1)
    assert "in time" in standing.reason


def test_claude_declines(claude, call):
    claude.then(message("", stop="refusal"))
    standing = summarised(call)
    assert (standing.status, standing.label, standing.latest.next_at) == ("refused", "Refused by Claude", None)
    assert standing.can_ask


@pytest.mark.parametrize(
    "told",
    [
        error(413, "request_too_large"),
        error(400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum"),
        message("", stop="model_context_window_exceeded"),
    ],
)
def test_a_transcript_too_long_for_claude_is_given_up_at_once(claude, call, told):
    claude.then(told)
    standing = summarised(call)
    assert standing.status == "gave_up"
    assert "longer than can be summarised" in standing.reason


def test_tokens_of_answers_that_are_of_no_use_count_too(claude, call):
    claude.then(message("no", tokens=(700, 1024)))
    row = tried(call)
    assert (row.input_tokens, row.output_tokens, budget.today().tokens, budget.today().calls) == (700, 1024, 1724, 1)
    row = tried(call)
    assert (row.status, row.requests, row.tokens) == ("done", 2, 1724 + 1200)


@pytest.mark.parametrize("usage", [None, {"input_tokens": "many", "output_tokens": -5}, [], 7])
def test_figures_that_are_none_count_nothing(claude, call, usage):
    claude.then(lambda asked: Told(body=message(FINE).body | {"usage": usage}))
    row = tried(call)
    assert (row.status, row.tokens) == ("done", 0)


@pytest.mark.parametrize(
    "body",
    [{}, {"type": "message"}, {"content": 5}, {"content": [{"type": "text"}], "stop_reason": "end_turn"}, [], None, 3],
)
def test_answers_of_no_known_form_are_troubles_too(claude, call, body):
    claude.then(Told(body=body))
    row = tried(call)
    assert row.status == "failed"
    assert row.reason


def test_a_fault_of_ours_shows_and_ends(claude, call, monkeypatch, caplog):
    monkeypatch.setattr(making, "read", lambda transcript, *about: {}[transcript])
    for _ in range(6):
        row = tried(call)
    assert (row.status, "A fault in the portal" in row.reason) == ("gave_up", True)
    assert "KeyError" in caplog.text
    assert "litigation firms" not in caplog.text


# ---------------------------------------------------------------- no key


def test_without_a_key_the_call_says_why(claude, call, settings):
    settings.ANTHROPIC_API_KEY = ""
    assert "ANTHROPIC_API_KEY" in standing_of(call).reason
    standing = ask(call)
    assert (standing.status, standing.label) == ("no_key", "No key")
    assert working_off.work_off() == ({}, False)
    assert CallSummary.objects.get().status == "no_key"
    assert len(claude.asked) == 0


def test_once_there_is_a_key_what_waited_goes_on(claude, call, settings):
    settings.ANTHROPIC_API_KEY = ""
    ask(call)
    working_off.settle_the_key()
    settings.ANTHROPIC_API_KEY = KEY
    working_off.settle_the_key()
    assert standing_of(call).status == "waiting"
    assert tried(call).status == "done"


# ---------------------------------------------------------------- the key and what people said stay where they belong


@pytest.mark.parametrize("name", [*FOR_ALL, *OF_ONE])
def test_neither_the_key_nor_a_transcript_gets_into_words_or_logs(claude, call, settings, caplog, name):
    caplog.set_level(logging.DEBUG)
    told = (FOR_ALL | OF_ONE)[name][0]
    claude.then(told)
    row = tried(call)
    for text in (row.reason, standing_of(call).reason, caplog.text):
        assert KEY not in text
        assert "litigation firms" not in text


def test_a_key_that_claude_quotes_is_blotted_out(claude, call):
    claude.then(lambda asked: error(400, "invalid_request_error", f"{asked.key} is no key"))
    row = tried(call)
    assert "… is no key" in row.reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_the_key_nowhere(claude, call, status):
    with ClaudeStandIn().running() as elsewhere:
        claude.then(Told(status, "", {"location": f"{elsewhere.url}/v1/messages"}))
        standing = summarised(call)
    assert (standing.status, elsewhere.asked) == ("failed", [])


def test_the_trouble_does_not_carry_the_request_along(claude):
    claude.then(error(500, "api_error"))
    with Claude() as connection, pytest.raises(Exception, match="fault of its own") as caught:
        connection.ask("system", TALK)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert KEY not in repr(caught.value)
    assert KEY not in repr(connection)
