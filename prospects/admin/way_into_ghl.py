"""One person on the way into GHL, for the person's own page."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

from integrations.admin_parts import BAD, BUSY, GOOD, QUIET, WARN, badge
from prospects.admin.pushing import MAY_PUSH
from prospects.models import OutboundPerson, SalesProspect, ToldPerson
from prospects.outbound.reasons import words_for
from prospects.outbound.where import Where, with_where

State = OutboundPerson.State
TONES = {
    State.WAITING: QUIET, State.SENDING: BUSY, State.DONE: GOOD, State.FAILED: WARN, State.REFUSED: BAD,
    State.CONFLICT: WARN,
}  # fmt: skip


def push_badge(row: OutboundPerson) -> SafeString:
    return badge(row.get_state_display(), TONES[State(row.state)])


def outbound_of(person: Any) -> OutboundPerson | None:
    """The person's row among those that pushes have taken up; None when no push has yet."""
    return getattr(person, "outbound", None)


def retry_url(person: Any) -> str:
    kind = "prospect" if isinstance(person, SalesProspect) else "contact"
    return reverse(f"admin:integrations_syncrun_retry_{kind}", args=[person.pk])


def way_into_ghl(request: HttpRequest, person: Any) -> dict[str, Any] | None:
    """What the person's page shows of it; None for somebody who is in GHL without a push and without an error."""
    row, untold = outbound_of(person), _untold(person)
    found = with_where(type(person).objects.filter(pk=person.pk)).values("where", "why").first()
    if found is None or (found["where"] == Where.IN_GHL and row is None and not untold):
        return None
    where = Where(found["where"])
    has_failed = row is not None and row.state in OutboundPerson.NOT_IN_GHL and where != Where.IN_GHL
    may_retry = (has_failed or bool(untold)) and request.user.has_perm(MAY_PUSH)
    by_where = badge(where.label, GOOD if where == Where.IN_GHL else QUIET)
    return {
        "badge": push_badge(row) if row is not None and where != Where.NOT_ALLOWED else by_where,
        "row": row,
        "how": row.get_result_display() if row is not None else "",
        "why": words_for(found["why"]) if found["why"] else "",
        "error": row.error if row is not None and has_failed else "",
        "untold": untold,
        "retry_url": retry_url(person) if may_retry else "",
        "run": row.run if row is not None and request.user.has_perm("integrations.view_syncrun") else None,
    }


def _untold(person: Any) -> str:
    """Why GHL could not be told of a change."""
    told: ToldPerson | None = getattr(person, "told", None)
    return told.error if told is not None else ""
