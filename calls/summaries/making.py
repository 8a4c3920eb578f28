"""Making one summary: claimed in the database, read without a transaction, written where the call is."""

import logging
import traceback
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from calls import outcomes
from calls.dispositions import DISPOSITIONS
from calls.ingest import News, write
from calls.merging import Columns
from calls.models import CallSummary, DispositionSource, PhoneCall, SummaryStatus
from calls.summaries import budget
from calls.summaries.claude import Claude, Reply
from calls.summaries.reading import Read, read
from calls.summaries.sentences import digest_of
from calls.summaries.troubles import Remedy, Trouble
from calls.summary_models import TO_BE_MADE

logger = logging.getLogger(__name__)

WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 20, 60, 240))  # after the first try, the second …
MOST_CLAIMS = 8  # of one summary: workers that die at it are no reason to go on for ever
AT_MOST_FOR = timedelta(days=7)  # how long a summary waits out troubles that are none of its own
LONGEST_REASON = 1000
OVER_BUDGET_WORDS = (
    "Today’s budget for summaries is spent. It goes on with tomorrow’s, or as soon as the budget is raised."
)
LOST_WORDS = "The call’s transcript changed while it was read; the new one is summarised in its place."


class ClaimLostError(Exception):
    """Another worker has this summary by now, or the call is gone: nothing may be written."""


def due(now: datetime) -> Q:
    """Which summaries are to be made: those whose time has come, and those whose worker died."""
    waits = Q(status__in=TO_BE_MADE, next_at__lte=now)
    return waits | Q(status=SummaryStatus.RUNNING, claimed_until__lt=now)


def make(summary_id: uuid.UUID, claude: Claude) -> SummaryStatus | None:
    """Makes one summary if it is due and the budget allows. Returns what it came to; None: it is not ours to make."""
    summary = _claimed(summary_id, timezone.now())
    if summary is None:
        return None
    transcript = summary.call.transcript
    if digest_of(transcript) != summary.transcript_digest:
        return _settled(summary, SummaryStatus.REPLACED, "The transcript changed before it was read.", is_unused=True)
    tally = _Tally(summary)
    try:
        result = read(transcript, claude, tally.add)
        with transaction.atomic():
            return _written(summary, transcript, result)
    except ClaimLostError:
        logger.warning("summary %s: another worker took it over", summary.pk)
        return None
    except Trouble as trouble:
        return _failed(summary, trouble, was_answered=tally.replies > 0)
    except Exception as fault:  # noqa: BLE001  one summary must not stop the others; its row says so
        # Only the kind and the place: the text may quote a transcript.
        where = "".join(traceback.format_tb(fault.__traceback__))
        logger.error("summary %s: a fault in the portal (%s)\n%s", summary.pk, type(fault).__name__, where)
        return _let_go(summary)


# ---------------------------------------------------------------- claiming


def _claimed(summary_id: uuid.UUID, now: datetime) -> CallSummary | None:
    """The summary, if it is ours now. The database decides who of two workers makes it, and counts the budget."""
    claim = uuid.uuid4()
    mine = CallSummary.objects.filter(pk=summary_id)
    with transaction.atomic():
        taken = mine.filter(due(now)).update(
            status=SummaryStatus.RUNNING, claim=claim, claimed_until=now + _claim_time(), attempts=F("attempts") + 1,
            reason="", updated_at=now,
        )  # fmt: skip
        if not taken:
            return None
        summary: CallSummary = mine.select_related("sales_call__integration", "client_call__integration").get()
        if summary.attempts > MOST_CLAIMS:
            _settled(
                summary, SummaryStatus.GAVE_UP, f"Given up: workers died {MOST_CLAIMS} times while they were at it."
            )
            return None
        if not budget.take_a_call(now):
            _over_budget(summary, now)
            return None
    return summary


def _claim_time() -> timedelta:
    """Longer than one request can take; each answer begins it anew."""
    return timedelta(seconds=2 * settings.ANTHROPIC_TIMEOUT_SECONDS + 60)


def _over_budget(summary: CallSummary, now: datetime) -> None:
    begins = budget.tomorrow(now)
    CallSummary.objects.filter(pk=summary.pk, claim=summary.claim).update(
        status=SummaryStatus.OVER_BUDGET, reason=OVER_BUDGET_WORDS, next_at=begins, attempts=F("attempts") - 1,
        claim=None, claimed_until=None, updated_at=now,
    )  # fmt: skip


class _Tally:
    """Writes down each reply's cost as it comes, so that not even a dying worker spends unseen."""

    def __init__(self, summary: CallSummary) -> None:
        self._summary = summary
        self.replies = 0

    def add(self, reply: Reply) -> None:
        self.replies += 1
        now, summary = timezone.now(), self._summary
        rows = CallSummary.objects.filter(pk=summary.pk)
        with transaction.atomic():
            # The summary's row before the budget's, as everybody does.
            mine = rows.filter(claim=summary.claim, status=SummaryStatus.RUNNING)
            is_mine = mine.update(claimed_until=now + _claim_time())
            cost = budget.spend(
                summary.call.integration, reply.model, summary.prompt_version, reply.tokens_in, reply.tokens_out
            )
            rows.update(
                model=reply.model, requests=F("requests") + 1, input_tokens=F("input_tokens") + reply.tokens_in,
                output_tokens=F("output_tokens") + reply.tokens_out,
            )  # fmt: skip
            if cost is not None:
                rows.filter(cost_micros=None).update(cost_micros=0)
                rows.update(cost_micros=F("cost_micros") + cost)
            budget.end_of_pauses(now)
        if not is_mine:
            raise ClaimLostError


# ---------------------------------------------------------------- writing


def _written(summary: CallSummary, transcript: str, result: Read) -> SummaryStatus:
    """The summary into its row, and into the call if its transcript is still the one that was read.

    In the caller's transaction; the call first, as everybody does who writes calls.
    """
    call, now, grounded = summary.call, timezone.now(), result.grounded
    news = News({"ai_summary": grounded.summary}, _read_by_ai(summary))
    written = write(call.integration, {call.external_call_id: news})
    row = written.rows[call.external_call_id]
    is_current = digest_of(row.transcript) == summary.transcript_digest
    if is_current:
        _others(summary, row).filter(is_current=True).update(is_current=False)
    mine = CallSummary.objects.filter(pk=summary.pk, claim=summary.claim, status=SummaryStatus.RUNNING)
    is_mine = mine.update(
        status=SummaryStatus.DONE, reason="" if is_current else LOST_WORDS, claim=None, claimed_until=None,
        next_at=None, answer=grounded.summary, disposition=grounded.disposition, transcript=transcript,
        kept_claims=grounded.kept, dropped_claims=grounded.dropped, left_out_sentences=result.left_out, made_at=now,
        is_current=is_current, updated_at=now,
    )  # fmt: skip
    if not is_mine:
        raise ClaimLostError  # also where the call is gone, and its summaries with it: what was written is undone
    return SummaryStatus.DONE


def _read_by_ai(summary: CallSummary) -> Callable[[Any, Any], Columns]:
    """How a summary meets the call's row, which is locked: not at all if the transcript is another by now.

    "unsure" takes back what the AI read before, and nothing else.
    """

    def merge(held: Any, told: Any) -> Columns:
        if digest_of(held["transcript"]) != summary.transcript_digest:
            return {}
        read_as = told["ai_summary"]["disposition"]
        columns = dict(told)
        if read_as in DISPOSITIONS:
            return columns | outcomes.with_choice(held, read_as, DispositionSource.AI)
        if held["disposition_source"] == DispositionSource.AI:
            return columns | {"disposition": None, "disposition_source": None}
        return columns

    return merge


def _others(summary: CallSummary, call: PhoneCall) -> Any:
    column = "sales_call" if summary.sales_call_id else "client_call"
    return CallSummary.objects.filter(**{column: call}).exclude(pk=summary.pk)


# ---------------------------------------------------------------- failing


def _failed(summary: CallSummary, trouble: Trouble, *, was_answered: bool) -> SummaryStatus | None:
    now = timezone.now()
    if not was_answered:
        budget.give_a_call_back(now)
    if trouble.remedy is Remedy.REFUSED:
        return _settled(summary, SummaryStatus.REFUSED, trouble.words)
    if trouble.remedy is Remedy.END:
        return _settled(summary, SummaryStatus.GAVE_UP, f"Given up: {trouble.words}")
    if trouble.remedy is Remedy.PAUSE:
        until = budget.pause(trouble.words, trouble.wait_seconds, now)
        if now - summary.asked_at > AT_MOST_FOR:
            words = f"Given up after {AT_MOST_FOR.days} days: {trouble.words}"
            return _settled(summary, SummaryStatus.GAVE_UP, words)
        return _put_off(summary, trouble.words, until, is_its_own=False)
    if summary.attempts >= trouble.most_tries:
        words = f"Given up after {summary.attempts} tries: {trouble.words}"
        return _settled(summary, SummaryStatus.GAVE_UP, words)
    wait = max(WAITS[min(summary.attempts, len(WAITS)) - 1], timedelta(seconds=min(trouble.wait_seconds or 0, 86_400)))
    return _put_off(summary, trouble.words, now + wait, is_its_own=True)


def _put_off(summary: CallSummary, words: str, until: datetime, *, is_its_own: bool) -> SummaryStatus | None:
    """Tried again then. Trouble that all calls have is not counted against this one."""
    mine = CallSummary.objects.filter(pk=summary.pk, claim=summary.claim, status=SummaryStatus.RUNNING)
    changed = mine.update(
        status=SummaryStatus.FAILED, reason=words[:LONGEST_REASON], next_at=until, claim=None, claimed_until=None,
        attempts=F("attempts") - (0 if is_its_own else 1), updated_at=timezone.now(),
    )  # fmt: skip
    return SummaryStatus.FAILED if changed else None


def _settled(
    summary: CallSummary, status: SummaryStatus, words: str, *, is_unused: bool = False
) -> SummaryStatus | None:
    """It has come to an end without an answer."""
    if is_unused:
        budget.give_a_call_back(timezone.now())
    mine = CallSummary.objects.filter(pk=summary.pk, claim=summary.claim, status=SummaryStatus.RUNNING)
    changed = mine.update(
        status=status, reason=words[:LONGEST_REASON], next_at=None, claim=None, claimed_until=None,
        updated_at=timezone.now(),
    )  # fmt: skip
    if changed:
        logger.info("summary %s: %s", summary.pk, status)
    return status if changed else None


def _let_go(summary: CallSummary) -> SummaryStatus | None:
    """A fault of ours: tried again later, and counted, so that it ends."""
    return _failed(summary, Trouble("A fault in the portal; the worker’s log has it.", Remedy.AGAIN), was_answered=True)
