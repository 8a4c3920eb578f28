"""What staff see of summaries: beside the transcript, in lists, where AI and BDR differ, and what they cost."""

import re
from html import unescape
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client as Browser
from django.urls import reverse

from calls.models import CallSummary, SalesCall, SummaryBudget
from calls.summaries import budget
from calls.summaries.sentences import sentences_of
from calls.tests.claude_stand_in import error
from calls.tests.summary_cast import GREETING, TALK, call, claude, client_call, sales_call, summarised
from calls.tests.test_summaries_made import answer
from prospects.models import SalesProspect

pytestmark = pytest.mark.django_db
__all__ = ["call", "claude", "client_call"]
SALES_CALLS, BUDGET, COSTS, DIFFERING = (
    f"/admin/calls/{table}/" for table in ("salescall", "summarybudget", "summaryspend", "callsummary")
)


@pytest.fixture
def operator(reviewer: User) -> Browser:
    return logged_in("olga", "Operator")


def logged_in(name: str, role: str) -> Browser:
    user = User.objects.create_user(name, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    browser = Browser()
    browser.force_login(user)
    return browser


def page_of(row: Any) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def html_of(browser: Browser, url: str, **query: str) -> str:
    response = browser.get(url, query)
    assert response.status_code == 200
    return response.content.decode()


def text_of(html: str) -> str:
    """The words of a page's part for people, without its marks."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html.partition('<div id="content"')[2])).split())


def chosen_by_a_bdr(row: SalesCall, outcome: str) -> None:
    SalesCall.objects.filter(pk=row.pk).update(disposition=outcome, disposition_source="bdr")
    row.refresh_from_db()


# ---------------------------------------------------------------- beside the transcript


@pytest.mark.parametrize("side", ["call", "client_call"])
def test_each_line_shows_its_words_who_said_them_when_and_leads_to_its_sentence(side, request, claude, admin_client):
    row = request.getfixturevalue(side)
    claude.then(answer())
    summarised(row)
    html = html_of(admin_client, page_of(row))
    assert '<a href="#sentence-7" data-seconds="15">Budget.</a>' in html
    assert "Budget. “Budget is tight until March” Speaker 2, 0:15" in text_of(html)
    sentence = re.search(r'<span class="sentence" id="sentence-7">(.*?)</span>', html)
    assert sentence[1] == sentences_of(TALK)[7].text
    for heading in ("Key points", "Objections", "Buying signals", "Action items"):
        assert heading in text_of(html)


@pytest.mark.parametrize("text", [TALK, "  odd\r\n\r\nno speaker. two?  \n Speaker 1: \n", "x" * 1000, "a\tb.\n\n"])
def test_the_transcript_is_shown_letter_for_letter(call, admin_client, text):
    SalesCall.objects.update(transcript=text)
    html = html_of(admin_client, page_of(call))
    shown = re.search(r'<div class="transcript"[^>]*>(.*?)</div>', html, re.DOTALL)[1]
    assert unescape(re.sub(r"</?span[^>]*>", "", shown)) == text


def test_markup_in_a_transcript_in_a_quote_and_in_a_claim_is_text(claude, call, admin_client):
    image, bold = "<img src=x onerror=alert(1)>", "<b>bold</b>"
    call.transcript = TALK.replace("Hi Dana", f"Hi Dana {image}").replace("Sure, go", f"Sure, {bold} go")
    call.save()
    point = {"text": f"They grow {image}", "quote": f"Sure, {bold} go ahead", "sentence": 2}
    claude.then(answer(key_points=[point], engagement_assessment=image))
    assert summarised(call).current is not None
    html = html_of(admin_client, page_of(call))
    assert image not in html
    assert bold not in html
    assert html.count("&lt;img src=x onerror=alert(1)&gt;") == 3
    assert html.count("&lt;b&gt;bold&lt;/b&gt;") == 2
    assert "1 sentence of the transcript speaks to whoever summarises the call" in html


def test_what_another_system_wrote_is_shown_as_not_checked(call, admin_client):
    SalesCall.objects.update(ai_summary={"key_points": ["<b>bold</b>"], "interest_level": 7})
    html = html_of(admin_client, page_of(call))
    assert "they are not checked" in html
    assert "&lt;b&gt;bold&lt;/b&gt;" in html


def test_a_summary_of_an_earlier_transcript_leads_to_that_one(claude, call, admin_client):
    claude.then(answer())
    summarised(call)
    SalesCall.objects.update(transcript=TALK + "\nSpeaker 1 [01:20]: Good bye then.")
    html = html_of(admin_client, page_of(call))
    assert "The transcript has changed since." in html
    assert 'href="#earlier-7"' in html
    assert 'id="earlier-7"' in html
    assert 'href="#sentence-7"' not in html


def test_an_earlier_summary_is_kept_in_sight(claude, call, admin_client):
    claude.then(answer(engagement_assessment="As it was first."), answer(engagement_assessment="As it is now."))
    summarised(call)
    SalesCall.objects.update(transcript=TALK + "\nSpeaker 1 [01:20]: Good bye then.")
    call.refresh_from_db()
    summarised(call)
    before, _, after = html_of(admin_client, page_of(call)).partition("Earlier summaries and tries (1)")
    assert "As it is now." in before
    assert "As it was first." in after
    assert "As it was first." not in before


def test_lines_that_were_left_out_are_counted(claude, call, admin_client):
    made_up = {"text": "Made up.", "quote": "we have never hired anybody at all", "sentence": 6}
    claude.then(answer(objections=[made_up, made_up]))
    summarised(call)
    html = html_of(admin_client, page_of(call))
    assert "2 lines were left out: their words are not in the transcript." in html
    assert "Made up." not in html


# ---------------------------------------------------------------- why there is none, and asking for one


@pytest.mark.parametrize(
    ("transcript", "words"), [("", "No transcript."), ("Hello?", "Not worth a summary"), (GREETING, "voicemail")]
)
def test_a_call_that_gets_none_says_why_and_has_no_button(claude, call, operator, transcript, words):
    SalesCall.objects.update(transcript=transcript)
    html = html_of(operator, page_of(call))
    assert words in html
    assert "Summarise this call" not in html


def test_without_a_key_the_call_says_so(call, operator, settings):
    settings.ANTHROPIC_API_KEY = ""
    assert "No key for Claude is set" in html_of(operator, page_of(call))


def test_a_trouble_is_said_with_its_reason(claude, call, operator):
    claude.then(error(400, "invalid_request_error"))
    standing = summarised(call)
    html = html_of(operator, page_of(call))
    assert standing.reason
    assert standing.reason in unescape(html)
    assert standing.label in html


def test_an_operator_asks_for_one_with_the_button_of_the_page(claude, call, operator, queued):
    html = html_of(operator, page_of(call))
    address = re.search(r'<form id="ask-for-summary" method="post" action="([^"]+)"', html)[1]
    assert '<button type="submit" form="ask-for-summary"' in html
    response = operator.post(address)
    assert response.url == f"{page_of(call)}#summary"
    row = CallSummary.objects.get()
    assert (row.sales_call_id, row.status, row.asked_by.username) == (call.pk, "waiting", "olga")
    assert [name for name, _ in queued] == ["calls.tasks.summarize_waiting"]
    assert 'id="ask-for-summary"' not in html_of(operator, page_of(call))


def test_a_reviewer_reads_summaries_and_asks_for_none(claude, call, client, reviewer):
    summarised(call)
    client.force_login(reviewer)
    assert "Key points" in html_of(client, page_of(call))
    other = sales_call(call.integration, "m2")
    assert "Summarise this call" not in html_of(client, page_of(other))
    assert client.post(reverse("admin:calls_salescall_summarize", args=[other.pk])).status_code == 403
    for url in (BUDGET, COSTS, DIFFERING):
        assert client.get(url).status_code == 403
    assert CallSummary.objects.count() == 1


def test_asking_takes_a_post(claude, call, operator):
    assert operator.get(reverse("admin:calls_salescall_summarize", args=[call.pk])).status_code == 405


# ---------------------------------------------------------------- lists


def test_many_are_asked_for_at_once_and_those_not_worth_it_are_left_out(claude, integration, operator, queued):
    prospect = SalesProspect.objects.create(contact_last_name="Whitfield")
    rows = [sales_call(integration, f"m{number}", prospect=prospect) for number in range(3)]
    rows.append(sales_call(integration, "m9", transcript=GREETING))
    data = {"action": "summarize", "_selected_action": [str(row.pk) for row in rows]}
    html = operator.post(SALES_CALLS, data, follow=True).content.decode()
    assert "3 calls now wait for their summaries." in html
    assert CallSummary.objects.filter(status="waiting", asked_by__username="olga").count() == 3


def test_a_reviewer_has_no_such_action(claude, call, client, reviewer):
    client.force_login(reviewer)
    client.post(SALES_CALLS, {"action": "summarize", "_selected_action": [str(call.pk)]})
    assert not CallSummary.objects.exists()


def test_calls_are_found_by_their_summary(claude, integration, admin_client):
    made, waits, _ = (sales_call(integration, name) for name in ("made", "waits", "none"))
    claude.then(answer())
    summarised(made)
    CallSummary.objects.create(sales_call=waits, transcript_digest="d", prompt_version="1", next_at="2026-01-01T00:00Z")
    found = {
        wanted: {
            row.external_call_id for row in admin_client.get(SALES_CALLS, {"summary": wanted}).context["cl"].queryset
        }
        for wanted in ("done", "waiting", "none", "gave_up")
    }
    assert found == {"done": {"made"}, "waiting": {"waits"}, "none": {"none"}, "gave_up": set()}


def test_a_list_shows_what_the_ai_read_and_finds_where_a_bdr_differs(claude, integration, admin_client):
    same, other = sales_call(integration, "m1"), sales_call(integration, "m2")
    for row, outcome in ((same, "Meeting Booked"), (other, "Not Interested")):
        claude.then(answer())
        summarised(row)
        chosen_by_a_bdr(row, outcome)
    html = html_of(admin_client, SALES_CALLS)
    assert html.count("BDR differs") == 1
    found = admin_client.get(SALES_CALLS, {"ai_and_bdr": "differ"}).context["cl"].queryset
    assert [row.pk for row in found] == [other.pk]


# ---------------------------------------------------------------- where AI and BDR differ


@pytest.fixture
def differing(claude, call) -> CallSummary:
    claude.then(answer())
    summarised(call)
    chosen_by_a_bdr(call, "Callback Requested")
    return CallSummary.objects.get()


def test_a_disagreement_is_said_in_words_listed_and_counted_on_the_first_page(differing, call, operator):
    assert "The AI read “Meeting Booked”, the BDR chose “Callback Requested”." in html_of(operator, page_of(call))
    assert "“Tuesday at ten works for me” Speaker 2, 1:05" in text_of(html_of(operator, DIFFERING))
    first = html_of(operator, "/admin/")
    assert "1 call of which the AI read another outcome than the BDR chose." in first
    assert f'href="{DIFFERING}"' in first


@pytest.mark.parametrize("way", ["page", "list"])
def test_who_looked_at_it_is_kept_and_it_leaves_the_list(differing, call, operator, way):
    if way == "page":
        address = re.search(r'id="look-at-it" method="post" action="([^"]+)"', html_of(operator, page_of(call)))[1]
        assert operator.post(address).url == f"{page_of(call)}#summary"
    else:
        operator.post(DIFFERING, {"action": "tick_off", "_selected_action": [str(differing.pk)]})
    differing.refresh_from_db()
    assert differing.looked_at_by.username == "olga"
    assert "Nothing to look at" in html_of(operator, DIFFERING)
    assert "Callback Requested" in html_of(operator, DIFFERING, looked_at="yes")
    assert "Looked at by olga" in html_of(operator, page_of(call))
    assert "another outcome than the BDR" not in html_of(operator, "/admin/")
    call.refresh_from_db()
    assert (call.disposition, call.disposition_source) == ("Callback Requested", "bdr")


def test_long_lists_take_a_bounded_number_of_queries(
    differing, integration, admin_client, django_assert_max_num_queries
):
    made = CallSummary.objects.values(
        "prompt_version", "status", "answer", "made_at", "is_current", "disposition"
    ).get()
    for number in range(20):
        dana = SalesProspect.objects.create(contact_last_name=f"P{number}")
        about = {"disposition": "Voicemail", "disposition_source": "bdr", "prospect": dana}
        row = sales_call(integration, f"n{number}", **about)
        CallSummary.objects.create(sales_call=row, transcript_digest=str(number), **made)
    for url in (DIFFERING, SALES_CALLS):
        with django_assert_max_num_queries(15):
            assert len(admin_client.get(url).context["cl"].result_list) == 21


def test_who_may_only_look_at_the_list_ticks_nothing_off(differing, client, reviewer):
    client.force_login(reviewer)
    assert client.post(reverse("admin:calls_callsummary_looked_at", args=[differing.pk])).status_code == 403
    differing.refresh_from_db()
    assert differing.looked_at is None


def test_a_listed_summary_opens_on_its_calls_page(differing, call, operator):
    assert operator.get(page_of(differing)).url == f"{page_of(call)}#summary"
    assert operator.get(f"{DIFFERING}nothing/change/").status_code == 404


def test_unsure_is_no_disagreement(claude, call, operator):
    claude.then(answer(disposition="unsure"))
    summarised(call)
    chosen_by_a_bdr(call, "Callback Requested")
    assert "Nothing to look at" in html_of(operator, DIFFERING)
    assert "Unsure" in html_of(operator, page_of(call))


# ---------------------------------------------------------------- budget and costs


def test_a_raised_budget_tries_again_what_waited_for_tomorrow(claude, call, operator):
    budget.set_limits(0, None)
    assert summarised(call).status == "over_budget"
    assert "1 summary waits for tomorrow" in html_of(operator, "/admin/")
    assert operator.post(BUDGET, {"daily_calls": "50", "daily_tokens": ""}).status_code == 302
    row = SummaryBudget.objects.get()
    assert (row.daily_calls, row.daily_tokens) == (50, None)
    assert CallSummary.objects.get().status == "waiting"


def test_saving_the_limits_leaves_what_was_counted_meanwhile(claude, call, operator, monkeypatch):
    budget.the_budget()
    saved = budget.set_limits

    def a_worker_counts_first(*limits: Any) -> None:
        SummaryBudget.objects.update(calls_today=7)
        saved(*limits)

    monkeypatch.setattr(budget, "set_limits", a_worker_counts_first)
    operator.post(BUDGET, {"daily_calls": "50", "daily_tokens": "9"})
    assert SummaryBudget.objects.get().calls_today == 7


def test_the_budget_shows_what_is_gone_of_it(claude, call, operator):
    budget.set_limits(10, None)
    summarised(call)
    words = text_of(html_of(operator, BUDGET))
    assert "1 of 10" in words
    assert "1,200, no limit" in words


def test_a_pause_of_all_summaries_is_seen_where_one_looks_first(claude, call, operator):
    claude.then(error(401, "authentication_error"))
    summarised(call)
    assert "No summaries are made for a while." in html_of(operator, "/admin/")
    assert "Paused" in html_of(operator, BUDGET)


def test_costs_are_shown_by_day_and_location_and_quality_by_prompt(claude, call, client_call, operator):
    summarised(client_call)
    claude.then(answer(disposition="unsure"))
    summarised(call)
    words = text_of(html_of(operator, COSTS))
    for location in ("Acme", "Our own prospecting"):
        assert f"{location} 1 900 300 $0.0048" in words
    assert "Cost $0.0096" in words
    assert "claude-sonnet-5-5 2 50% 0%" in words
    assert "Nothing was spent" not in text_of(html_of(operator, COSTS, days="7"))


@pytest.mark.parametrize("days", ["", "0", "-1", "x", "99999999999", "²"])
def test_costs_of_an_unknown_period_are_those_of_the_usual_one(operator, days):
    assert "The last 30 days" in html_of(operator, COSTS, days=days)
