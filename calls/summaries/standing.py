"""Where the summary of a call stands, for the people who look at the call."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from calls.models import CallSummary, DispositionSource, PhoneCall, SalesCall, SummaryStatus
from calls.summaries import budget
from calls.summaries.pricing import dollars
from calls.summaries.prompt import PROMPT_VERSION
from calls.summaries.schema import UNSURE
from calls.summaries.sentences import digest_of
from calls.summaries.worthiness import why_not_worth_it
from calls.summary_models import TO_BE_MADE

NONE, NOT_WORTH = "none", "not_worth"
LABELS = {NONE: "No summary", NOT_WORTH: "Not worth a summary", **dict(SummaryStatus.choices)}
NO_KEY_WORDS = "No key for Claude is set (ANTHROPIC_API_KEY), so no summaries are made. All else works."
MOST_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a call's summary stands.

    `status` is one of SummaryStatus, or "none" (nobody asked for one), or "not_worth"; `label` and `reason` say it in
    words. `latest` is what was asked last, `current` the one that the call shows, `history` all of them, newest first.
    `is_outdated` says that the current one rests on an earlier transcript or an earlier prompt.
    """

    status: str
    reason: str = ""
    latest: CallSummary | None = None
    current: CallSummary | None = None
    history: tuple[CallSummary, ...] = field(default=())
    can_ask: bool = False
    is_outdated: bool = False
    disagrees: bool = False

    @property
    def label(self) -> str:
        return LABELS[self.status]

    @property
    def next_at(self) -> datetime | None:
        return self.latest.next_at if self.latest else None

    @property
    def made_at(self) -> datetime | None:
        return self.current.made_at if self.current else None

    @property
    def model(self) -> str:
        return self.current.model if self.current else ""

    @property
    def prompt_version(self) -> str:
        return self.current.prompt_version if self.current else ""

    @property
    def tokens(self) -> int:
        """What all tries took, in and out."""
        return self.current.tokens if self.current else 0

    @property
    def cost(self) -> Decimal | None:
        """In US dollars; None where the model's price is not known."""
        return dollars(self.current.cost_micros) if self.current else None

    @property
    def dropped(self) -> int:
        """Claims that were left out, since their quote is not in the transcript."""
        return self.current.dropped_claims if self.current else 0


def standing_of(call: PhoneCall) -> Standing:
    """Where the summary of this call, of either table, stands now."""
    column = "sales_call" if isinstance(call, SalesCall) else "client_call"
    rows = CallSummary.objects.filter(**{column: call}).defer("transcript").select_related("asked_by", "looked_at_by")
    history = tuple(rows.order_by("-asked_at", "id")[:MOST_SHOWN])
    current = next((row for row in history if row.is_current), None)
    wanted = (digest_of(call.transcript), PROMPT_VERSION)
    latest = next((row for row in history if (row.transcript_digest, row.prompt_version) == wanted), None)
    about: dict[str, Any] = {
        "current": current,
        "history": history,
        "is_outdated": current is not None and current is not latest,
        "disagrees": current is not None and disagree(call, current),
    }
    not_worth = why_not_worth_it(call.transcript)
    if latest is None:
        if not_worth:
            return Standing(NONE if not call.transcript.strip() else NOT_WORTH, not_worth, **about)
        words = NO_KEY_WORDS if not settings.ANTHROPIC_API_KEY else "Nobody has asked for one yet."
        return Standing(NONE, words, can_ask=True, **about)
    status, reason = _now(latest)
    done = (SummaryStatus.DONE, SummaryStatus.RUNNING)
    return Standing(status, reason, latest=latest, can_ask=not not_worth and status not in done, **about)


def disagree(call: PhoneCall, summary: CallSummary) -> bool:
    """Whether the AI read another outcome than the BDR chose; "unsure" contradicts nobody."""
    return (
        call.disposition_source == DispositionSource.BDR
        and summary.disposition not in ("", UNSURE)
        and call.disposition != summary.disposition
    )


def _now(row: CallSummary) -> tuple[str, str]:
    """The status and its reason at this moment: what holds all summaries up shows on each that waits."""
    if row.status == SummaryStatus.NO_KEY or (row.status in TO_BE_MADE and not settings.ANTHROPIC_API_KEY):
        return SummaryStatus.NO_KEY, NO_KEY_WORDS
    if row.status == SummaryStatus.WAITING and not row.reason:
        if reason := budget.why_paused(timezone.now()):
            return row.status, reason
        return row.status, "It is made in the background, usually within a minute or two."
    if row.status == SummaryStatus.RUNNING and row.claimed_until and row.claimed_until < timezone.now():
        return row.status, "The worker that was at it has died; another takes over."
    return row.status, row.reason
