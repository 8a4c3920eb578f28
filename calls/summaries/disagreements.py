"""Calls where the AI read another outcome than the BDR chose: listed for a person, who ticks them off."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from calls.models import CallSummary, DispositionSource
from calls.summaries.schema import UNSURE


def disagreements(*, looked_at: bool | None = False) -> QuerySet[CallSummary]:
    """Current summaries that contradict a BDR, the latest first; None: whether or not somebody has looked at them."""
    rows = CallSummary.objects.filter(contradicts_a_bdr()).select_related(
        "sales_call__integration", "client_call__integration", "looked_at_by"
    )
    if looked_at is not None:
        rows = rows.filter(looked_at__isnull=not looked_at)
    return rows.defer("transcript").order_by("-made_at", "id")


def looked_at(summary: CallSummary, by: Any) -> bool:
    """Ticks one off. False if somebody did already."""
    now = timezone.now()
    rows = CallSummary.objects.filter(pk=summary.pk, looked_at=None)
    return bool(rows.update(looked_at=now, looked_at_by=by, updated_at=now))


def contradicts_a_bdr() -> Q:
    """Which summaries do; the BDR's word stands in any case."""
    read = Q(is_current=True) & ~Q(disposition__in=["", UNSURE])
    return read & (_on("sales_call") | _on("client_call"))


def _on(call: str) -> Q:
    chose = Q(**{f"{call}__disposition_source": DispositionSource.BDR})
    return chose & ~Q(**{f"{call}__disposition": F("disposition")})
