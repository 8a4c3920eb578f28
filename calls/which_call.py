"""Which call a delivery means that does not name it: the BDR's workflow often knows only the contact."""

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce

from calls.callers import calls_of, link_of, person_called
from calls.dispositions import disposition_from
from calls.merging import SAYS_LITTLE
from calls.models import DispositionSource, PhoneCall
from integrations.ghl.deliveries import CallDelivery, CallNews
from integrations.ghl.payloads import CallStatus
from integrations.models import GHLIntegration

WINDOW = timedelta(hours=12)  # a BDR picks the outcome of a call on the same working day
CLOCKS_DIFFER = timedelta(minutes=5)
# GHL dates a call by its end or so, a workflow by its start.
SAME_CALL = timedelta(minutes=15)
PICKED_UP = (CallStatus.COMPLETED, CallStatus.VOICEMAIL)


def call_meant(integration: GHLIntegration, delivery: CallDelivery, received_at: datetime) -> PhoneCall | None:
    """The call that a delivery without a message id is about; None when it is not in the portal yet, or not certain.

    By the carrier's id if there is one, by the time that is told, else the contact's latest call of the hours before
    it was received: what has waited for its call must not take a later one. A call that a BDR has decided about
    otherwise, or that ended otherwise than told, is another one than is meant.
    """
    rows = _calls_with(integration, delivery)
    if delivery.alt_id and (named := rows.filter(carrier_call_id=delivery.alt_id).first()):
        return _typed(named)
    rows = rows.annotate(at=Coalesce("started_at", "created_at"))
    if delivery.placed_at is not None:
        return _nearest(rows, delivery, delivery.placed_at)
    told = rows.filter(at__gte=received_at - WINDOW, at__lte=received_at + CLOCKS_DIFFER)
    latest = told.order_by("-at", "id").first()
    return _typed(latest) if latest is not None and _may_be_meant(latest, delivery) else None


def _calls_with(integration: GHLIntegration, delivery: CallDelivery) -> Any:
    person = person_called(
        integration, contact_id=delivery.contact_id, phone=delivery.contact_phone, hint=delivery.contact
    )
    theirs = Q(ghl_contact_id=delivery.contact_id) if delivery.contact_id else Q(pk__in=[])
    if person is not None:
        theirs |= Q(**{link_of(integration): person.pk})
    return calls_of(integration).filter(theirs)


def _nearest(rows: Any, delivery: CallDelivery, placed_at: datetime) -> PhoneCall | None:
    longest = SAME_CALL + (delivery.duration or timedelta(0))
    near = rows.filter(at__gte=placed_at - SAME_CALL, at__lte=placed_at + longest)
    found = [row for row in near if _may_be_meant(row, delivery)]
    return min(found, key=lambda row: (abs(row.at - placed_at), row.pk), default=None)


def _may_be_meant(row: Any, delivery: CallDelivery) -> bool:
    chosen = disposition_from(delivery.disposition_as_sent)
    is_decided_otherwise = row.disposition_source == DispositionSource.BDR and row.disposition != chosen
    if chosen and is_decided_otherwise:
        return False
    return delivery.kind is CallNews.DISPOSITION or _ended_as_told(row, delivery)


def _ended_as_told(row: PhoneCall, delivery: CallDelivery) -> bool:
    told, known = delivery.status or "", row.call_status
    agree = told in SAYS_LITTLE or known in SAYS_LITTLE or told == known or {told, known} <= set(PICKED_UP)
    return agree and delivery.direction in ("", row.direction or delivery.direction)


def _typed(row: Any) -> PhoneCall:
    call: PhoneCall = row
    return call
