"""What summaries cost and how good they are can be seen, and so can a quote that is not in its transcript."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.checks import run_checks
from django.core.management import call_command
from django.utils import timezone

from calls.models import CallSummary, SalesCall
from calls.summaries import budget, figures
from calls.summaries.claude import Claude
from calls.summaries.evaluating import SHIPPED, UnreadableSetError, labelled_calls
from calls.summaries.making import make
from calls.summaries.pricing import PricesUnreadableError, cost_micros, prices_told
from calls.summaries.prompt import JOINING, PROMPT_VERSION, SYSTEM
from calls.summaries.quotes import check_quotes
from calls.summaries.schema import READINGS, SCHEMA
from calls.summaries.sentences import digest_of
from calls.tests.claude_stand_in import error, message, summary
from calls.tests.summary_cast import TALK, call, claude, client_call, sales_call, summarised
from calls.tests.test_summaries_made import answer

pytestmark = pytest.mark.django_db
__all__ = ["call", "claude", "client_call"]
SUMMARIES = 500


def command(capsys, *arguments: str) -> tuple[int, dict]:
    try:
        call_command(*arguments, "--json")
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, json.loads(capsys.readouterr().out.splitlines()[-1])


# ---------------------------------------------------------------- cost


@pytest.mark.parametrize(
    ("model", "told", "micros"),
    [
        ("claude-sonnet-5-5", "", 2 * 1000 + 10 * 100),
        ("claude-haiku-5-5", "", 150),
        ("claude-haiku-4-5-20251001", "", 1500),
        ("claude-next", "", None),
        ("claude-next", "claude-next=1.5/7, other=1/1", 2200),
        ("claude-sonnet-5-5", "claude-sonnet-5-5=0/0", 0),
        ("claude-haiku-5-5", "claude-haiku-5-5=0.0001/0", 1),
    ],
)
def test_tokens_cost_what_their_model_costs(model, told, micros):
    assert cost_micros(model, 1000, 100, prices_told(told)) == micros


@pytest.mark.parametrize(
    "told", ["claude", "claude=1", "claude=a/b", "=1/2", "claude=-1/2", "claude=nan/1", "claude=1/"]
)
def test_prices_that_cannot_be_read_are_named(told):
    with pytest.raises(PricesUnreadableError, match="ANTHROPIC_PRICES"):
        prices_told(told)


def test_tokens_and_money_per_day_and_location(claude, call, client_call, integration):
    summarised(call)
    summarised(sales_call(integration, "m2"))
    summarised(client_call)
    today = timezone.localdate()
    told = [(str(each.location), each.requests, each.input_tokens, each.output_tokens, each.cost)
            for each in figures.spent(today, today)]  # fmt: skip
    assert told == [
        ("Acme", 1, 900, 300, Decimal("0.0048")),
        ("Our own prospecting", 2, 1800, 600, Decimal("0.0096")),
    ]
    assert len(figures.spent(today, today, [integration])) == 1
    assert figures.spent(today + timedelta(days=1), today + timedelta(days=9)) == []


def test_tokens_without_a_known_price_are_named_apart(claude, call, settings):
    settings.ANTHROPIC_MODEL = "claude-next"
    summarised(call)
    (day,) = figures.spent(timezone.localdate(), timezone.localdate())
    assert (day.cost, day.unpriced_tokens) == (Decimal(0), 1200)


# ---------------------------------------------------------------- quality


def test_shares_by_version_of_the_prompt(claude, integration):
    made_up = {"text": "x", "quote": "we never said that at all", "sentence": 0}
    claude.then(
        answer(), answer(disposition="unsure"), answer(objections=[made_up]), answer(), message("", stop="refusal")
    )
    bdr = {"disposition_source": "bdr", "disposition": "Not Interested"}
    summarised(sales_call(integration, "m1", **bdr))
    summarised(sales_call(integration, "m2", **bdr))
    summarised(sales_call(integration, "m3", **bdr | {"disposition": "Meeting Booked"}))
    summarised(sales_call(integration, "m4"))
    summarised(sales_call(integration, "m5"))
    (told,) = figures.quality()
    assert (told.prompt_version, told.made, told.given_up) == (PROMPT_VERSION, 4, 1)
    assert (told.share_unsure, told.share_disagreeing) == (0.25, 0.5)
    assert told.share_dropped == 1 / 16
    assert figures.counts() == {"done": 4, "refused": 1}


def test_without_any_there_are_no_shares():
    assert figures.quality() == []
    assert figures.spent(timezone.localdate(), timezone.localdate()) == []


def test_who_changes_the_prompt_raises_its_version():
    """After a change of the words or of the form: raise the version, then put this right."""
    told = digest_of(SYSTEM + JOINING + json.dumps(SCHEMA, sort_keys=True))[:12]
    assert (PROMPT_VERSION, told) == ("1", "1908e8d828e3")


# ---------------------------------------------------------------- quotes


@pytest.mark.slow
def test_every_quote_of_many_summaries_is_in_its_transcript(claude, integration, capsys):
    transcripts = [labelled.transcript for labelled in labelled_calls()]
    calls = [
        SalesCall(
            integration=integration, external_call_id=f"m{number}", call_status="completed",
            transcript=f"{transcripts[number % len(transcripts)]}\nSpeaker 1 [09:00]: This was call number {number}.",
        )
        for number in range(SUMMARIES)
    ]  # fmt: skip
    SalesCall.objects.bulk_create(calls)
    rows = [
        CallSummary(
            sales_call=each, transcript_digest=digest_of(each.transcript), prompt_version="1", next_at=timezone.now()
        )
        for each in calls
    ]
    CallSummary.objects.bulk_create(rows)
    with Claude() as connection:
        for row in rows:
            make(row.pk, connection)
    assert CallSummary.objects.filter(status="done").count() == SUMMARIES
    status, told = command(capsys, "check_quotes")
    assert (status, told["summaries"], told["missing"]) == (0, 2 * SUMMARIES, 0)  # each row, and each call
    assert told["quotes"] > 6 * SUMMARIES


def broken(row: CallSummary, **place) -> int:
    row.answer["key_points"][0] |= place
    CallSummary.objects.update(answer=row.answer)
    SalesCall.objects.update(ai_summary=None)
    return len(check_quotes().problems)


@pytest.mark.parametrize(
    "place",
    [
        {"quote": "words that nobody ever said"},
        {"sentence": 0},
        {"sentence": 9999},
        {"sentence": None},
        {"seconds": 1},
        {"speaker": "Speaker 9"},
        {"quote": ""},
        {"quote": 5},
    ],
)
def test_a_quote_that_is_not_where_it_says_is_found(claude, call, place):
    claude.then(answer())
    summarised(call)
    assert check_quotes().problems == []
    assert broken(CallSummary.objects.get(), **place) == 1


def test_the_command_fails_then_and_names_the_row(claude, call, capsys):
    summarised(call)
    call.ai_summary["key_points"][0]["quote"] = "words that nobody ever said"
    call.save()
    status, told = command(capsys, "check_quotes")
    assert (status, told["missing"]) == (1, 1)


def test_quotes_of_an_earlier_transcript_are_looked_up_there(claude, call):
    summarised(call)
    SalesCall.objects.update(transcript="Speaker 1 [00:00]: Something else altogether was said, it seems.")
    assert check_quotes().problems == []
    CallSummary.objects.update(transcript="")
    assert len(check_quotes().problems) > 0


def test_summaries_of_others_rest_on_no_quotes(call):
    SalesCall.objects.update(ai_summary={"key_points": ["They grow."], "disposition": "Voicemail"})
    assert check_quotes().problems == []
    SalesCall.objects.update(ai_summary=["a list"])
    assert check_quotes().problems == []


# ---------------------------------------------------------------- commands


@pytest.mark.parametrize("side", ["call", "client_call"])
def test_summarize_call_takes_a_call_of_either_side(claude, request, capsys, side):
    row = request.getfixturevalue(side)
    status, told = command(capsys, "summarize_call", str(row.pk))
    assert (status, told["status"], told["disposition"]) == (0, "done", "Meeting Booked")
    assert command(capsys, "summarize_call", str(row.pk)) == (status, told)
    assert len(claude.asked) == 1


def test_summarize_call_says_what_went_wrong(claude, call, capsys, settings):
    claude.then(error(529, "overloaded_error"))
    status, told = command(capsys, "summarize_call", str(call.pk))
    assert (status, told["status"], told["disposition"]) == (1, "failed", None)
    assert "overloaded" in told["reason"]
    settings.ANTHROPIC_API_KEY = ""
    assert command(capsys, "summarize_call", str(call.pk))[1]["status"] == "no_key"


@pytest.mark.parametrize(("call_id", "status"), [("x", 2), ("00000000-0000-4000-8000-000000000000", 1)])
def test_summarize_call_knows_no_such_call(call_id, status, capsys):
    assert command(capsys, "summarize_call", call_id)[0] == status


def test_summarize_call_of_a_greeting_is_done_with_nothing(claude, call, capsys):
    SalesCall.objects.update(
        transcript="You have reached the voicemail of Dana. Please leave a message after the tone."
    )
    status, told = command(capsys, "summarize_call", str(call.pk))
    assert (status, told["status"], told["disposition"]) == (0, "not_worth", None)


def test_the_shipped_set_has_every_outcome_several_times_and_no_two_alike():
    calls = labelled_calls()
    by_label = {word: sum(each.disposition == word for each in calls) for word in READINGS}
    assert len(calls) >= 60
    assert min(by_label.values()) >= 6
    assert len({each.transcript for each in calls}) == len({each.name for each in calls}) == len(calls)


def test_an_evaluation_tells_accuracy_by_disposition(claude, capsys):
    right = iter(labelled_calls())

    def knows(asked):
        labelled = next(right)
        told = labelled.disposition if labelled.disposition != "Gatekeeper" else "Voicemail"
        return message(summary(asked.sentences, disposition=told))

    claude.usual = knows
    status, told = command(capsys, "evaluate_summaries")
    assert (status, told["calls"], told["right"], told["accuracy"]) == (0, 60, 54, 0.9)
    assert told["by_disposition"]["Gatekeeper"] == {"right": 0, "calls": 6}
    assert told["by_disposition"]["Meeting Booked"] == {"right": 6, "calls": 6}
    assert CallSummary.objects.count() == 0


def test_an_evaluation_may_be_asked_to_fail_below_a_share(claude, capsys):
    claude.usual = lambda asked: message(summary(asked.sentences, disposition="Voicemail"))
    status, told = command(capsys, "evaluate_summaries", "--at-least", "0.5")
    assert (status, told["right"]) == (1, 6)


def test_an_evaluation_ends_with_trouble_that_all_have(claude, capsys):
    claude.then(message(summary([(0, "", "It is busy again.")])), error(401, "authentication_error"))
    status, told = command(capsys, "evaluate_summaries")
    assert (status, "ANTHROPIC_API_KEY" in told["error"], len(claude.asked)) == (1, True, 2)


def test_trouble_with_one_call_is_told_and_does_not_end_it(claude, capsys):
    claude.then(message("no"))
    status, told = command(capsys, "evaluate_summaries")
    assert (status, told["not_read"], told["calls"]) == (1, 1, 60)


def test_an_evaluation_is_paid_from_the_days_budget_and_ends_with_it(claude, capsys):
    claude.usual = lambda asked: message(summary(asked.sentences, disposition="Voicemail"))
    budget.set_limits(daily_calls=3, daily_tokens=None)
    status, told = command(capsys, "evaluate_summaries")
    assert (status, len(claude.asked)) == (1, 3)
    assert "3 of 60 calls were read" in told["error"]
    used = budget.today()
    assert (used.calls, used.tokens > 0, used.is_spent) == (3, True, True)


def test_an_evaluation_needs_a_key_and_a_set(settings, capsys, tmp_path):
    settings.ANTHROPIC_API_KEY = ""
    assert command(capsys, "evaluate_summaries")[0] == 1
    for text in ("no json", "{}", '{"calls": [{"name": "x", "disposition": "Maybe", "turns": []}]}', '{"calls": [5]}'):
        (tmp_path / "set.json").write_text(text)
        assert command(capsys, "evaluate_summaries", "--file", str(tmp_path / "set.json"))[0] == 2
    with pytest.raises(UnreadableSetError):
        labelled_calls(tmp_path / "missing.json")
    assert SHIPPED.exists()
    assert TALK


# ---------------------------------------------------------------- settings


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("ANTHROPIC_PRICES", "claude=cheap", "calls.E001"),
        ("ANTHROPIC_AT_ONCE", 0, "calls.E002"),
        ("ANTHROPIC_TIMEOUT_SECONDS", 0.0, "calls.E002"),
        ("ANTHROPIC_BASE_URL", "http://claude.example", "calls.W001"),
        ("ANTHROPIC_BASE_URL", "http://127.0.0.1:9", None),
        ("ANTHROPIC_PRICES", "claude-next=1/2", None),
    ],
)
def test_settings_that_would_fail_every_summary_are_named_at_once(settings, name, value, check):
    setattr(settings, name, value)
    ours = [each.id for each in run_checks() if each.id.startswith("calls.")]
    assert ours == ([check] if check else [])
