"""Asking for summaries: by itself when a transcript comes, by a person for one call or for many."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from calls.models import CallSummary, PhoneCall, SalesCall, SummaryStatus
from calls.summaries.prompt import PROMPT_VERSION
from calls.summaries.sentences import digest_of
from calls.summaries.standing import Standing, standing_of
from calls.summaries.worthiness import why_not_worth_it
from integrations.queueing import queue

WORK_OFF = "calls.tasks.summarize_waiting"
AT_A_TIME = 500
UNFINISHED = (SummaryStatus.WAITING, SummaryStatus.FAILED, SummaryStatus.OVER_BUDGET, SummaryStatus.NO_KEY)
ASKED_AGAIN = (*UNFINISHED, SummaryStatus.GAVE_UP, SummaryStatus.REFUSED, SummaryStatus.REPLACED)


def ask(call: PhoneCall, by: Any = None) -> Standing:
    """Asks for a summary of one call, and says where it stands.

    Nothing happens where the transcript is not worth one, or has one by the present version of the prompt. What was
    given up is tried afresh. `by` is the user who asks.
    """
    standing = written_down(call, by)
    if standing.status == SummaryStatus.WAITING and settings.ANTHROPIC_API_KEY:
        queue(WORK_OFF)
    return standing


def written_down(call: PhoneCall, by: Any = None) -> Standing:
    """As `ask`, and tells no worker."""
    _asked([call], by)
    return standing_of(call)


def ask_for(calls: Any, by: Any = None) -> int:
    """Asks for summaries of all calls of a queryset of either table. Returns how many wait for theirs after that."""
    waiting = 0
    rows = calls.order_by().only("pk", "transcript").exclude(transcript="").iterator(chunk_size=AT_A_TIME)
    batch: list[PhoneCall] = []
    for row in rows:
        batch.append(row)
        if len(batch) == AT_A_TIME:
            waiting += _asked(batch, by)
            batch = []
    waiting += _asked(batch, by)
    if waiting and settings.ANTHROPIC_API_KEY:
        queue(WORK_OFF)
    return waiting


def note(rows: Iterable[PhoneCall]) -> None:
    """Lets calls whose transcript is new wait for their summary, in the transaction that the caller is in."""
    if _asked(list(rows), None) and settings.ANTHROPIC_API_KEY:
        transaction.on_commit(_tell_the_workers)


def column_of(call: PhoneCall) -> str:
    """The column of a summary that names the call."""
    return "sales_call" if isinstance(call, SalesCall) else "client_call"


def _tell_the_workers() -> None:
    queue(WORK_OFF)


def _asked(calls: list[PhoneCall], by: Any) -> int:
    """Writes down what is asked for these calls of one table. Returns how many wait."""
    wanted = {call.pk: digest_of(call.transcript) for call in calls if not why_not_worth_it(call.transcript)}
    if not calls:
        return 0
    column, now = column_of(calls[0]), timezone.now()
    about = {"prompt_version": PROMPT_VERSION, "asked_by": by, "next_at": now, "asked_at": now}
    CallSummary.objects.bulk_create(
        [CallSummary(**{f"{column}_id": pk, "transcript_digest": digest}, **about) for pk, digest in wanted.items()],
        ignore_conflicts=True,  # asked for already
    )
    theirs = CallSummary.objects.filter(**{f"{column}__in": [call.pk for call in calls]})
    waiting: list[Any] = []
    outdated: list[Any] = []
    facts = ("pk", f"{column}_id", "transcript_digest", "prompt_version", "status")
    for pk, call_id, digest, version, status in theirs.values_list(*facts):
        is_wanted = (digest, version) == (wanted.get(call_id), PROMPT_VERSION)
        if is_wanted and status in ASKED_AGAIN:
            waiting.append(pk)
        elif not is_wanted and status in UNFINISHED:
            outdated.append(pk)
    theirs.filter(pk__in=waiting, status__in=ASKED_AGAIN).update(
        status=SummaryStatus.WAITING, reason="", attempts=0, next_at=now, asked_at=now, asked_by=by, updated_at=now
    )
    theirs.filter(pk__in=outdated, status__in=UNFINISHED).update(
        status=SummaryStatus.REPLACED, reason="The transcript or the prompt changed before it was read.",
        next_at=None, updated_at=now,
    )  # fmt: skip
    return len(waiting)
