"""How many of a run's people came to which end: counted from their rows, never added up, so that no crash miscounts."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count
from django.utils import timezone

from integrations.models import SyncRun
from prospects.models import OutboundPerson
from prospects.outbound.eligibility import not_in_ghl, people_of, with_obstacle
from prospects.outbound.reasons import words_for
from prospects.outbound.states import NOT_ALLOWED, Result, State


@dataclass(slots=True)
class Tally:
    """The figures of a run; the counters go from words for staff to how many."""

    created: int = 0
    adopted: int = 0
    open: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        return self.failures.total()


def tally_of(run: SyncRun) -> Tally:
    tally = Tally()
    rows = OutboundPerson.objects.filter(run=run).order_by()
    for row in rows.values("state", "result", "reason").annotate(count=Count("pk")):
        if row["state"] in OutboundPerson.OPEN:
            tally.open += row["count"]
        elif row["state"] == State.DONE:
            tally.created += row["count"] if row["result"] == Result.CREATED else 0
            tally.adopted += row["count"] if row["result"] == Result.ADOPTED else 0
        elif row["reason"] not in NOT_ALLOWED:
            tally.failures[words_for(row["reason"])] += row["count"]
    return tally


def skipped_by(run: SyncRun) -> Counter[str]:
    """Those of the run's people that it did not push, by reason: not allowed, or settled by an earlier run."""
    skipped: Counter[str] = Counter()
    for group in outside_ghl(people_of(run.integration, run.campaign_id), "outbound__run_id"):
        if reason := why_skipped(group):
            skipped[words_for(reason)] += group["count"]
        elif group["outbound__state"] in OutboundPerson.NOT_IN_GHL and group["outbound__run_id"] != run.pk:
            skipped[f"Before: {words_for(group['outbound__reason'])}"] += group["count"]
    return skipped


def outside_ghl(people: Any, *also_by: str) -> Any:
    """How many of the people who are not in GHL have which obstacle, state and reason: one query."""
    columns = ("obstacle", "outbound__state", "outbound__reason", *also_by)
    groups = with_obstacle(not_in_ghl(people)).order_by().values(*columns)
    return groups.annotate(count=Count("pk"))


def why_skipped(group: dict[str, Any]) -> str:
    """The reason why a group may not be pushed; "" when it may."""
    reason: str = group["obstacle"] or ""
    if not reason and group["outbound__state"] == State.REFUSED and group["outbound__reason"] in NOT_ALLOWED:
        reason = group["outbound__reason"]
    return reason


def by_count(counter: Counter[str]) -> dict[str, int]:
    """The most first."""
    return dict(counter.most_common())


def write_figures(run: SyncRun, *, requests: Any) -> None:
    """Takes the figures over into the run's row while it is under way, with a sign of life."""
    tally, now = tally_of(run), timezone.now()
    under_way = SyncRun.objects.filter(pk=run.pk, finished_at__isnull=True).update(
        created=tally.created,
        adopted=tally.adopted,
        failed=tally.failed,
        failures_by_reason=by_count(tally.failures),
        requests=requests,
        heartbeat_at=now,
        updated_at=now,
    )
    if not under_way:  # the last to leave has finished it meanwhile
        SyncRun.objects.filter(pk=run.pk).update(requests=requests)
