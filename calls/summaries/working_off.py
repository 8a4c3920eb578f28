"""Working off the summaries that wait: several at a time in one worker, never in two, for a while at a time.

Summaries wait for Claude, and nothing else may wait for summaries: whatever their number, they take one place among
the workers, and leave it free after some seconds for whatever else is queued.
"""

import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock

from django.conf import settings
from django.db import connections
from django.db.models import F
from django.utils import timezone

from calls.models import CallSummary, SummaryStatus
from calls.one_at_a_time import only_one
from calls.summaries import budget
from calls.summaries.claude import Claude
from calls.summaries.making import OVER_BUDGET_WORDS, due, make
from calls.summaries.standing import NO_KEY_WORDS
from calls.summary_models import TO_BE_MADE

WORK = "summaries"
SLICE_SECONDS = 20.0
LOOKED_UP = 100  # ids at a time


def work_off(seconds: float = SLICE_SECONDS) -> tuple[Counter[str], bool]:
    """Makes the summaries that are due, for that long. Returns how many came to what, and whether more are due.

    Raises AlreadyRunningError when another worker is at it.
    """
    if not settle_the_key() or not _due_now(1):
        return Counter(), False
    at_once = max(1, settings.ANTHROPIC_AT_ONCE)
    with only_one(WORK), Claude() as claude:
        line = _Line(time.monotonic() + seconds)
        with ThreadPoolExecutor(at_once, thread_name_prefix="summaries") as threads:
            workers = [threads.submit(_work, line, claude) for _ in range(at_once)]
        results = sum((worker.result() for worker in workers), Counter[str]())
    return results, bool(_due_now(1))


def settle_the_key() -> bool:
    """Whether there is a key; summaries say so where there is none, and go on waiting where one has come."""
    now, rows = timezone.now(), CallSummary.objects.order_by()
    if not settings.ANTHROPIC_API_KEY:
        held_up = rows.filter(status__in=TO_BE_MADE)
        held_up.update(status=SummaryStatus.NO_KEY, reason=NO_KEY_WORDS, updated_at=now)
        return False
    without = rows.filter(status=SummaryStatus.NO_KEY)
    without.update(status=SummaryStatus.WAITING, reason="", next_at=now, asked_at=now, updated_at=now)
    return True


class _Line:
    """Those that wait, handed out one by one to threads, until the time is over or nothing may be made."""

    def __init__(self, until: float) -> None:
        self._until = until
        self._lock = Lock()
        self._ids: list[uuid.UUID] = []
        self._handed_out: set[uuid.UUID] = set()  # one that was taken this moment still looks due

    def next_one(self) -> uuid.UUID | None:
        with self._lock:
            if time.monotonic() >= self._until or budget.paused_until(timezone.now()):
                return None
            if budget.today().is_spent:
                _all_over_budget(timezone.now())
                return None
            if not self._ids:
                self._ids = [each for each in reversed(_due_now(LOOKED_UP)) if each not in self._handed_out]
            if not self._ids:
                return None
            self._handed_out.add(self._ids[-1])
            return self._ids.pop()


def _work(line: _Line, claude: Claude) -> Counter[str]:
    results: Counter[str] = Counter()
    try:
        while (summary_id := line.next_one()) is not None:
            results[str(make(summary_id, claude) or "left")] += 1
    finally:
        connections.close_all()  # this thread's own
    return results


def _due_now(most: int) -> list[uuid.UUID]:
    """What is due: first what a person asked for, then the latest. Nothing while Claude is left alone."""
    now = timezone.now()
    if budget.paused_until(now):
        return []
    rows = CallSummary.objects.filter(due(now)).order_by(F("asked_by").asc(nulls_last=True), "-asked_at", "id")
    return list(rows.values_list("pk", flat=True)[:most])


def _all_over_budget(now: datetime) -> None:
    """All at once, rather than each when its turn comes."""
    rows = CallSummary.objects.filter(status__in=TO_BE_MADE, next_at__lte=now)
    rows.update(
        status=SummaryStatus.OVER_BUDGET, reason=OVER_BUDGET_WORDS, next_at=budget.tomorrow(now), updated_at=now
    )
