"""Where the review of a batch stands: how much is decided, by whom, how fast it goes and how long it will take."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Count, Max, Min
from django.utils import timezone

from imports.models import ImportBatch, ReviewDecision, StagedRecord

Status, Decision = StagedRecord.Status, StagedRecord.Decision

RECENT = timedelta(hours=8)  # a working day: how people worked today says how long they will take
PAUSE = timedelta(minutes=10)  # who decides nothing for longer is doing something else
FEWEST = 10  # decisions, below which a pace is a guess
SHORTEST = timedelta(minutes=3)  # of work, for the same reason
MOST = 5000  # decisions looked at; more do not change a pace
REASONS_NAMED = 10


@dataclass(frozen=True, slots=True)
class ByReviewer:
    """What one person decided of a batch, and between when."""

    name: str
    counts: dict[str, int]
    first: datetime
    last: datetime

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """Records by what became of them. `outcomes` is by (status, decision), `bands` what was decided by band of match.

    `decided` counts those that a person decided; one that a later version replaced counts as `replaced`.
    """

    outcomes: dict[tuple[str, str], int]
    bands: dict[tuple[str, str], int]
    reviewers: tuple[ByReviewer, ...]

    @property
    def waiting(self) -> int:
        return sum(self.outcomes.get((status, ""), 0) for status in StagedRecord.WAITING)

    @property
    def errors(self) -> int:
        return self.outcomes.get((Status.ERROR, ""), 0)

    @property
    def replaced(self) -> int:
        return self.outcomes.get((Status.SKIPPED, Decision.SUPERSEDED), 0)

    @property
    def decided(self) -> int:
        return self.total - self.waiting - self.errors - self.replaced

    @property
    def total(self) -> int:
        return sum(self.outcomes.values())

    @property
    def first(self) -> datetime | None:
        return min((each.first for each in self.reviewers), default=None)

    @property
    def last(self) -> datetime | None:
        return max((each.last for each in self.reviewers), default=None)


def standing_of_batch(batch: ImportBatch) -> Standing:
    """All counts of a batch, from one pass over its records."""
    rows = batch.records.order_by().values_list("status", "decision", "match_band", "reviewed_by")
    outcomes: Counter[tuple[str, str]] = Counter()
    bands: Counter[tuple[str, str]] = Counter()
    people: dict[int, list[tuple[str, int, datetime, datetime]]] = {}
    found = rows.annotate(count=Count("pk"), first=Min("reviewed_at"), last=Max("reviewed_at"))
    for status, decision, band, reviewer, count, first, last in found:
        outcomes[status, decision] += count
        if decision and decision != Decision.SUPERSEDED:
            bands[band, decision] += count
        if reviewer is not None:
            people.setdefault(reviewer, []).append((decision, count, first, last))
    names = {user.pk: user.get_full_name() or user.get_username() for user in User.objects.filter(pk__in=people)}
    reviewers = [_by_reviewer(names.get(pk, "somebody"), parts) for pk, parts in people.items()]
    return Standing(dict(outcomes), dict(bands), tuple(sorted(reviewers, key=lambda each: -each.total)))


def _by_reviewer(name: str, parts: Sequence[tuple[str, int, datetime, datetime]]) -> ByReviewer:
    counts: Counter[str] = Counter()
    for decision, count, _, _ in parts:
        counts[decision] += count
    return ByReviewer(name, dict(counts), min(part[2] for part in parts), max(part[3] for part in parts))


# ---------------------------------------------------------------- pace


@dataclass(frozen=True, slots=True)
class Pace:
    """Decisions in an hour of work, and the seconds of work that what waits takes at that pace."""

    an_hour: float
    seconds_left: float


def pace_of(batch: ImportBatch, waiting: int, *, now: datetime | None = None) -> Pace | None:
    """How fast people decided one by one in the last hours, all together; None when there is too little to tell."""
    since = (now or timezone.now()) - RECENT
    decisions = ReviewDecision.objects.filter(
        staged_record__batch=batch, decided_at__gte=since, bulk_run__isnull=True, undone_at__isnull=True
    )
    times = list(decisions.order_by("-decided_at").values_list("decided_at", flat=True)[:MOST])
    an_hour = decisions_an_hour(sorted(times))
    return Pace(an_hour, waiting / an_hour * 3600) if an_hour else None


def decisions_an_hour(times: Sequence[datetime]) -> float | None:
    """The pace of decisions taken at these times, in their order, without the pauses between them."""
    steps = [after - before for before, after in zip(times, times[1:], strict=False)]
    worked = [step for step in steps if step <= PAUSE]
    spent = sum(worked, timedelta())
    if len(times) < FEWEST or spent < SHORTEST:
        return None
    return len(worked) / spent.total_seconds() * 3600


# ---------------------------------------------------------------- errors


@dataclass(frozen=True, slots=True)
class Reasons:
    """Why records cannot be read, the most frequent first; `others` counts those beyond the ones named."""

    named: tuple[tuple[str, int], ...]
    others: int


def reasons_of_errors(batch: ImportBatch) -> Reasons:
    messages = batch.records.filter(status=Status.ERROR).order_by().values_list("error_message", flat=True)
    found = Counter(_kind(message) for message in messages.iterator())
    named = found.most_common(REASONS_NAMED)
    return Reasons(tuple(named), found.total() - sum(count for _, count in named))


def _kind(message: str) -> str:
    """A reason without what differs from record to record: its line, and its numbers."""
    sentence = re.sub(r"^Line [\d,]+: ", "", message).partition(". ")[0].rstrip(".")
    words = re.sub(r"\d[\d,]*", "…", sentence)
    return words[:1].upper() + words[1:]
