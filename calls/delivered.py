"""What becomes of a webhook's news of a call: one row with the best of all deliveries, or a wait for the call."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from calls.callers import calls_of, person_called
from calls.dispositions import disposition_from
from calls.ingest import News, number_told, write
from calls.merging import Columns, from_webhook
from calls.models import DispositionSource, Enrichment, PhoneCall
from calls.which_call import call_meant
from integrations.events import Handled, Outcome
from integrations.ghl.deliveries import CallDelivery
from integrations.ghl.payloads import CallStatus
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson

ENRICH, FIND = "calls.tasks.enrich_call", "calls.tasks.find_calls_of_contact"


def take_in(integration: GHLIntegration, delivery: CallDelivery, received_at: datetime) -> Handled:
    """Writes what a delivery tells into the call's row, which it makes if need be. Safe to repeat, in any order.

    A call whose time nobody tells was at the latest when its first delivery was received, however late that is
    handed over.
    """
    with transaction.atomic():
        message_id = delivery.message_id
        if not message_id:
            meant = call_meant(integration, delivery, received_at)
            if meant is None:
                return _waiting_for_its_call(integration, delivery)
            message_id = meant.external_call_id
        news = News(
            columns=told_by_webhook(delivery),
            merge=from_webhook,
            choices=_choices(delivery),
            person=_person(integration, delivery, message_id),
            at_the_latest=None if delivery.placed_at else received_at,
        )
        written = write(integration, {message_id: news})
        row = written.rows[message_id]
        is_news = bool(written.created or written.changed)
        return _handled(integration, delivery, row, is_new=bool(written.created), is_news=is_news)


def told_by_webhook(delivery: CallDelivery) -> Columns:
    """The columns that a delivery fills; empty ones say nothing."""
    return {
        "call_status": delivery.status or "",
        "direction": delivery.direction,
        "from_number": number_told(delivery.from_number),
        "to_number": number_told(delivery.to_number),
        "duration": None if delivery.duration is None else int(delivery.duration.total_seconds()),
        "started_at": delivery.placed_at,
        "notes": delivery.notes,
        "transcript": delivery.transcript,
        "recording_url": delivery.recording_url if len(delivery.recording_url) <= 1000 else "",
        "ai_summary": delivery.ai_summary,
        "ghl_contact_id": delivery.contact_id,
        "ghl_user_id": delivery.user_id,
        "carrier_call_id": delivery.alt_id,
        "agent_name": delivery.agent_name[:255],
    }


def _person(integration: GHLIntegration, delivery: CallDelivery, message_id: str) -> AnyPerson | None:
    """Whom the call was with. A delivery that names nobody may be about a call whose contact is known from another."""
    contact_id = delivery.contact_id
    if not contact_id:
        of_call = calls_of(integration).filter(external_call_id=message_id)
        contact_id = of_call.values_list("ghl_contact_id", flat=True).first() or ""
    return person_called(integration, contact_id=contact_id, phone=delivery.contact_phone, hint=delivery.contact)


def _choices(delivery: CallDelivery) -> tuple[tuple[str, str], ...]:
    read_by_ai = (delivery.ai_summary or {}).get("disposition")
    found = (
        (disposition_from(delivery.disposition_as_sent), DispositionSource.BDR),
        (disposition_from(read_by_ai) if isinstance(read_by_ai, str) else None, DispositionSource.AI),
    )
    return tuple((word, str(source)) for word, source in found if word)


def _waiting_for_its_call(integration: GHLIntegration, delivery: CallDelivery) -> Handled:
    if not delivery.contact_id:
        return Handled(Outcome.WAITING, "It names no call, and no call with its phone number is in the portal yet.")
    return Handled(
        Outcome.WAITING,
        "It names no call, and its contact has none in the portal that it can be about. GHL is asked for the latest.",
        then=((FIND, f"{integration.pk}/{delivery.contact_id}"),),
    )


def _handled(
    integration: GHLIntegration, delivery: CallDelivery, row: PhoneCall, *, is_new: bool, is_news: bool
) -> Handled:
    words = "The call has a row now." if is_new else "The call’s row is up to date."
    if not is_news:
        words = "Nothing that the portal did not know."
    is_due = row.enrichment_next_at is not None and row.enrichment_next_at <= timezone.now()
    fetch = row.enrichment_status == Enrichment.WAITING and is_due
    return Handled(
        Outcome.DONE,
        words,
        row=(row._meta.db_table, row.pk),
        flags=_flags(delivery, row),
        then=((ENRICH, str(row.pk)),) if fetch else (),
    )


def _flags(delivery: CallDelivery, row: PhoneCall) -> tuple[str, ...]:
    flags = list(delivery.remarks)
    word = delivery.disposition_as_sent
    if word and disposition_from(word) is None:
        flags.append(f"Disposition “{word[:100]}” is none of the nine, so it was not taken over.")
    if delivery.status is CallStatus.OTHER:
        flags.append(f"Call status “{delivery.status_as_sent[:100]}” is not known.")
    if delivery.contact_id and row.ghl_contact_id != delivery.contact_id:
        flags.append(f"It names the GHL contact {delivery.contact_id}, the call’s row another one.")
    return tuple(flags)
