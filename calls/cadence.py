"""How often a prospect was called and what came of it: counted from their calls, never added up.

What is counted (decided): every call that did not come in is a dial attempt, since GHL leaves the direction out of some
deliveries and these are about calls that BDRs make. Of those, the ones that ended in No Answer and in Voicemail. And
every call, whoever made it, that ended in Callback Requested. A repeated delivery changes no call and so no figure.
"""

import uuid
from collections.abc import Collection
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from calls.models import Direction, SalesCall
from prospects.models import SalesProspect

OURS = ~Q(direction=Direction.INBOUND)


def lock(prospect_ids: Collection[uuid.UUID]) -> None:
    """Makes others who count these prospects' calls wait, in an order that everybody keeps.

    Whoever writes calls does this before the calls' own rows: otherwise two that write calls of one prospect would each
    count without the other's.
    """
    if prospect_ids:
        rows = SalesProspect.objects.select_for_update(no_key=True).filter(pk__in=prospect_ids).order_by("pk")
        list(rows.values_list("pk", flat=True))


def recount(prospect_ids: Collection[uuid.UUID]) -> None:
    """Sets the counters of locked prospects to what their calls say, in one UPDATE."""
    if prospect_ids:
        SalesProspect.objects.filter(pk__in=prospect_ids).update(
            dial_attempts=_count(OURS),
            no_answer_count=_count(OURS & Q(disposition="No Answer")),
            voicemail_count=_count(OURS & Q(disposition="Voicemail")),
            callback_attempts=_count(Q(disposition="Callback Requested")),
            calls_counted_at=timezone.now(),
        )


def _count(which: Q) -> Any:
    rows = SalesCall.objects.filter(which, prospect=OuterRef("pk")).order_by().values("prospect")
    return Coalesce(Subquery(rows.annotate(figure=Count("pk")).values("figure"), IntegerField()), 0)
