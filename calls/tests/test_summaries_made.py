"""A transcript becomes a summary that rests on its words, once, and the call's outcome if nobody chose one."""

import pytest

from calls.ingest import News, write
from calls.merging import from_webhook
from calls.models import CallSummary, SalesCall
from calls.summaries.asking import ask, ask_for
from calls.summaries.claude import Claude
from calls.summaries.making import make
from calls.summaries.standing import standing_of
from calls.tests.call_cast import completed, hand_over
from calls.tests.claude_stand_in import KEY, message, summary
from calls.tests.summary_cast import GREETING, TALK, call, claude, client_call, sales_call, summarised

pytestmark = pytest.mark.django_db
__all__ = ["call", "claude", "client_call"]
KEYS = {
    "disposition", "disposition_quote", "key_points", "sentiment", "action_items", "engagement_assessment",
    "conversation_quality", "interest_level", "objections", "buying_signals",
}  # fmt: skip


def answer(**changes):
    """An answer about TALK with a claim of each kind."""
    point = {"text": "They grow.", "quote": "we are growing the group next year", "sentence": 6}
    told = {
        "disposition": "Meeting Booked",
        "disposition_quote": {"quote": "Tuesday at ten works for me", "sentence": 10},
        "key_points": [point],
        "objections": [{"text": "Budget.", "quote": "Budget is tight until March", "sentence": 7}],
        "action_items": [{"text": "Send it.", "quote": "Please send an invitation.", "sentence": 11}],
        "buying_signals": [point],
    }
    return message(summary([(0, "", "x")]) | told | changes)


# ---------------------------------------------------------------- what is kept


def test_a_summary_has_all_its_fields_and_is_the_calls(claude, call):
    claude.then(answer())
    standing = summarised(call)
    assert (standing.status, standing.label, set(call.ai_summary)) == ("done", "Made", KEYS)
    assert (call.disposition, call.disposition_source) == ("Meeting Booked", "ai")
    assert standing.current.answer == call.ai_summary


def test_each_claim_carries_the_transcripts_own_words_their_speaker_and_their_time(claude, call):
    claude.then(answer())
    summarised(call)
    assert call.ai_summary["key_points"] == [
        {
            "text": "They grow.",
            "quote": "We are growing the group next year",
            "speaker": "Speaker 2",
            "sentence": 6,
            "seconds": 15,
        }
    ]
    assert call.ai_summary["disposition_quote"] == {
        "quote": "Tuesday at ten works for me",
        "speaker": "Speaker 2",
        "sentence": 9,
        "seconds": 65,
    }


def test_claims_whose_words_nobody_said_are_dropped_and_counted(claude, call):
    made_up = {"text": "They want two partners.", "quote": "we need two partners now", "sentence": 3}
    joined = {"text": "Tight.", "quote": "Interesting. Budget is tight", "sentence": 5}
    claude.then(answer(buying_signals=[made_up], objections=[joined]))
    standing = summarised(call)
    assert (call.ai_summary["buying_signals"], call.ai_summary["objections"], standing.dropped) == ([], [], 2)
    assert standing.current.kept_claims == 2


def test_an_outcome_that_rests_on_nothing_is_unsure(claude, call):
    claude.then(answer(disposition_quote={"quote": "a meeting it is then", "sentence": 1}))
    summarised(call)
    assert (call.ai_summary["disposition"], call.ai_summary["disposition_quote"]) == ("unsure", None)
    assert call.disposition_source == "inferred"


def test_unsure_is_no_outcome(claude, call):
    SalesCall.objects.update(disposition="Future Potential", disposition_source="inferred")
    claude.then(answer(disposition="unsure"))
    standing = summarised(call)
    assert (standing.current.disposition, call.disposition_source) == ("unsure", "inferred")


def test_unsure_takes_back_what_the_ai_read_before(claude, call):
    SalesCall.objects.update(disposition="Gatekeeper", disposition_source="ai")
    claude.then(answer(disposition="unsure"))
    summarised(call)
    assert (call.disposition, call.disposition_source) == ("Meeting Booked", "inferred")


def test_a_bdrs_choice_stands_and_the_disagreement_shows(claude, call):
    SalesCall.objects.update(disposition="Not Interested", disposition_source="bdr")
    claude.then(answer())
    standing = summarised(call)
    assert (call.disposition, call.disposition_source, standing.disagrees) == ("Not Interested", "bdr", True)


def test_a_call_of_a_client_is_summarised_too(claude, client_call):
    standing = summarised(client_call)
    assert (standing.status, standing.current.client_call) == ("done", client_call)
    assert client_call.ai_summary["key_points"]


def test_what_it_took_is_noted(claude, call):
    claude.then(answer())
    standing = summarised(call)
    assert (standing.tokens, standing.model, standing.prompt_version) == (1200, "claude-sonnet-5-5", "1")
    assert str(standing.cost) == "0.0048"
    assert standing.made_at is not None


def test_one_request_keeps_to_the_limits(claude, call):
    summarised(call)
    (asked,) = claude.asked
    assert (asked.body["max_tokens"], asked.body["thinking"], "tools" in asked.body) == (
        1024,
        {"type": "between_tools"},
        False,
    )
    assert "9 | Speaker 2 | 01:05 | Tuesday at ten works for me." in asked.text


@pytest.mark.parametrize(
    "model", ["claude-haiku-5-5", "claude-haiku-4-5", "claude-sonnet-5", "claude-opus-5-5", "claude-sonnet-4-6"]
)
def test_each_model_gets_a_request_that_it_takes(claude, call, settings, model):
    settings.ANTHROPIC_MODEL = model
    assert summarised(call).status == "done"


def test_a_price_that_is_not_known_is_not_guessed(claude, call, settings):
    settings.ANTHROPIC_MODEL = "claude-unheard-of"
    standing = summarised(call)
    assert (standing.tokens, standing.cost) == (1200, None)


# ---------------------------------------------------------------- when it is made


def test_a_transcript_that_comes_lets_its_call_wait(claude, integration, django_capture_on_commit_callbacks, queued):
    with django_capture_on_commit_callbacks(execute=True):
        hand_over(integration, completed(transcript=TALK))
    row = CallSummary.objects.get()
    assert (row.status, row.sales_call) == ("waiting", SalesCall.objects.get())
    assert ("calls.tasks.summarize_waiting", ()) in queued


@pytest.mark.parametrize("read", ["Callback Requested", "unsure"])
def test_what_a_workflows_own_ai_read_does_not_overrule_the_portals(claude, integration, call, read):
    claude.then(answer(disposition=read))
    summarised(call)
    ours = (call.ai_summary, call.disposition, call.disposition_source)
    hand_over(integration, completed(aiSummary={"disposition": "Not Interested"}))
    call.refresh_from_db()
    assert (call.ai_summary, call.disposition, call.disposition_source) == ours


def test_what_a_workflows_own_ai_read_counts_until_the_portal_has_read_the_call(integration):
    hand_over(integration, completed(aiSummary={"disposition": "Not Interested"}))
    row = SalesCall.objects.get()
    assert (row.disposition, row.disposition_source) == ("Not Interested", "ai")


def test_a_transcript_fetched_from_ghl_lets_its_call_wait(claude, integration, call):
    call.transcript = ""
    call.save()
    write(integration, {"m1": News({"transcript": TALK})})
    assert CallSummary.objects.get().status == "waiting"


@pytest.mark.parametrize("transcript", ["", "Speaker 1 [00:00]: Hello? Hello? Is anybody there?", GREETING])
def test_what_is_not_worth_it_is_not_sent_and_says_why(claude, integration, transcript):
    hand_over(integration, completed(transcript=transcript))
    call = SalesCall.objects.get()
    standing = ask(call)
    assert CallSummary.objects.count() == len(claude.asked) == 0
    assert standing.status == ("not_worth" if transcript else "none")
    assert standing.reason
    assert not standing.can_ask


def test_51_characters_are_enough(claude, call):
    call.transcript = "x" * 49 + " y"
    assert standing_of(call).can_ask
    call.transcript = "x" * 50
    assert standing_of(call).status == "not_worth"


def test_the_same_transcript_is_read_once(claude, call, integration):
    summarised(call)
    for _ in range(3):
        assert summarised(call).status == "done"
        write(integration, {"m1": News({"transcript": TALK}, from_webhook)})
    assert (len(claude.asked), CallSummary.objects.count()) == (1, 1)


def test_a_later_transcript_is_read_and_the_old_summary_kept(claude, call, integration):
    summarised(call)
    old = CallSummary.objects.get()
    longer = f"{TALK}\nSpeaker 1 [01:20]: Thank you, talk on Tuesday then."
    write(integration, {"m1": News({"transcript": longer}, from_webhook)})
    call.refresh_from_db()
    assert (standing_of(call).status, standing_of(call).is_outdated) == ("waiting", True)
    assert standing_of(call).current == old
    standing = summarised(call)
    old.refresh_from_db()
    assert (standing.current != old, old.is_current, old.status, old.transcript) == (True, False, "done", TALK)
    assert len(standing.history) == 2


def test_a_new_version_of_the_prompt_reads_again_when_asked_to(claude, call, monkeypatch):
    summarised(call)
    for module in ("asking", "standing"):
        monkeypatch.setattr(f"calls.summaries.{module}.PROMPT_VERSION", "2")
    assert standing_of(call).is_outdated
    standing = summarised(call)
    assert (standing.prompt_version, standing.status, CallSummary.objects.count()) == ("2", "done", 2)


def test_a_transcript_that_changes_before_it_is_read_is_read_only_in_its_last_form(claude, call, integration):
    ask(call)
    write(integration, {"m1": News({"transcript": TALK + " " * 9 + "And so on and on."}, from_webhook)})
    assert sorted(CallSummary.objects.values_list("status", flat=True)) == ["replaced", "waiting"]
    call.refresh_from_db()
    assert (summarised(call).status, len(claude.asked)) == ("done", 1)


def test_asking_in_bulk_counts_those_that_wait(claude, integration, reviewer, queued):
    for number in range(3):
        sales_call(integration, f"m{number}", transcript=f"{TALK} {number}")
    sales_call(integration, "greeting", transcript=GREETING)
    sales_call(integration, "nothing", transcript="")
    summarised(SalesCall.objects.get(external_call_id="m0"))
    assert ask_for(SalesCall.objects.all(), reviewer) == 2
    assert CallSummary.objects.filter(asked_by=reviewer).count() == 2
    assert queued == [("calls.tasks.summarize_waiting", ())]


def test_two_claims_of_one_summary_make_one_request(claude, call):
    ask(call)
    row = CallSummary.objects.get()
    with Claude() as connection:
        assert make(row.pk, connection) == "done"
        assert make(row.pk, connection) is None
    assert len(claude.asked) == 1


def test_the_key_goes_only_into_its_header(claude, call):
    summarised(call)
    (asked,) = claude.asked
    assert asked.key == KEY
    assert KEY not in str(asked.body)


# ---------------------------------------------------------------- long transcripts


def test_a_long_transcript_is_read_in_parts_and_kept_whole(claude, call, monkeypatch):
    monkeypatch.setattr("calls.summaries.prompt.LONGEST_PART", 300)
    standing = summarised(call)
    assert (standing.status, call.transcript) == ("done", TALK)
    requests = [asked.text.partition("\n")[0] for asked in claude.asked]
    assert requests[0] == "Summarise part 1 of 3 of one call."
    assert requests[-1].startswith("The transcript of one long call was read in parts.")
    said = [number for asked in claude.asked for number, _, _ in asked.sentences]
    assert said == list(range(11))
    assert standing.current.requests == 4
    assert len(call.ai_summary["key_points"]) == 3


def test_a_transcript_that_is_too_long_even_in_parts_is_given_up_without_a_request(claude, call, monkeypatch):
    monkeypatch.setattr("calls.summaries.prompt.LONGEST_PART", 80)
    monkeypatch.setattr("calls.summaries.prompt.MOST_PARTS", 3)
    standing = summarised(call)
    assert (standing.status, len(claude.asked)) == ("gave_up", 0)
    assert "longer than can be summarised" in standing.reason
