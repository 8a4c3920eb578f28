"""What summaries cost, and how good they are: for pages and exports."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from calls.models import CallSummary, DispositionSource, SummarySpend, SummaryStatus
from calls.summaries.disagreements import contradicts_a_bdr
from calls.summaries.pricing import dollars
from calls.summaries.schema import UNSURE
from integrations.models import GHLIntegration


@dataclass(frozen=True, slots=True)
class DayOfLocation:
    """What a location's summaries took on a day of the portal's zone.

    `cost` is in US dollars; where `unpriced_tokens` is not 0 it leaves those out, since their model's price is unknown.
    """

    day: date
    location: GHLIntegration
    requests: int
    input_tokens: int
    output_tokens: int
    cost: Decimal
    unpriced_tokens: int


@dataclass(frozen=True, slots=True)
class Quality:
    """How good the summaries by one version of the prompt and one model are. Shares are from 0 to 1, None without any.

    `compared` counts the current ones about whose call a BDR has chosen an outcome and the AI is not unsure.
    """

    prompt_version: str
    model: str
    made: int
    unsure: int
    kept_claims: int
    dropped_claims: int
    compared: int
    disagreeing: int
    given_up: int

    @property
    def share_unsure(self) -> float | None:
        return _share(self.unsure, self.made)

    @property
    def share_dropped(self) -> float | None:
        return _share(self.dropped_claims, self.dropped_claims + self.kept_claims)

    @property
    def share_disagreeing(self) -> float | None:
        return _share(self.disagreeing, self.compared)


def spent(since: date, until: date, locations: Iterable[GHLIntegration] | None = None) -> list[DayOfLocation]:
    """Tokens and money per day and location, both days included, the latest first."""
    rows = SummarySpend.objects.filter(day__gte=since, day__lte=until)
    if locations is not None:
        rows = rows.filter(integration__in=list(locations))
    names = ("requests", "input_tokens", "output_tokens", "cost_micros", "unpriced_tokens")
    sums: Any = rows.order_by().values("day", "integration").annotate(**{f"sum_{name}": Sum(name) for name in names})
    places = GHLIntegration.objects.in_bulk({row["integration"] for row in sums})
    found = [
        DayOfLocation(
            day=row["day"],
            location=places[row["integration"]],
            requests=row["sum_requests"],
            input_tokens=row["sum_input_tokens"],
            output_tokens=row["sum_output_tokens"],
            cost=dollars(row["sum_cost_micros"]) or Decimal(0),
            unpriced_tokens=row["sum_unpriced_tokens"],
        )
        for row in sums
    ]
    return sorted(found, key=lambda each: (-each.day.toordinal(), str(each.location)))


def quality() -> list[Quality]:
    """Of all summaries, by version of the prompt and model, the latest version first."""
    made = Q(status=SummaryStatus.DONE)
    chosen = Q(sales_call__disposition_source=DispositionSource.BDR) | Q(
        client_call__disposition_source=DispositionSource.BDR
    )
    rows: Any = CallSummary.objects.order_by().exclude(model="").values("prompt_version", "model")
    sums = rows.annotate(
        count_made=Count("pk", filter=made),
        count_unsure=Count("pk", filter=made & Q(disposition=UNSURE)),
        sum_kept=Sum("kept_claims", filter=made, default=0),
        sum_dropped=Sum("dropped_claims", filter=made, default=0),
        count_compared=Count("pk", filter=Q(is_current=True) & chosen & ~Q(disposition=UNSURE)),
        count_disagreeing=Count("pk", filter=contradicts_a_bdr()),
        count_given_up=Count("pk", filter=Q(status__in=[SummaryStatus.GAVE_UP, SummaryStatus.REFUSED])),
    )
    found = [
        Quality(
            prompt_version=row["prompt_version"],
            model=row["model"],
            made=row["count_made"],
            unsure=row["count_unsure"],
            kept_claims=row["sum_kept"],
            dropped_claims=row["sum_dropped"],
            compared=row["count_compared"],
            disagreeing=row["count_disagreeing"],
            given_up=row["count_given_up"],
        )
        for row in sums
    ]
    return sorted(found, key=lambda each: (each.prompt_version, each.model), reverse=True)


def counts() -> dict[str, int]:
    """How many summaries are in each state."""
    rows: Any = CallSummary.objects.order_by().values_list("status").annotate(Count("pk"))
    return dict(rows)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
