"""From a call as GHL tells of it to exactly one row on the right side."""

from collections.abc import Iterable

from django.db import transaction

from calls.models import Call, PhoneCall, SalesCall
from integrations.ghl.payloads import CallMessage
from integrations.models import GHLIntegration
from prospects.models import Contact, SalesProspect


def record_calls(integration: GHLIntegration, person: SalesProspect | Contact, calls: Iterable[CallMessage]) -> int:
    """Writes each call of a person, once: a call that has a row is brought up to date. Returns how many rows are new.

    What a person or a later source wrote (disposition, notes, transcript, summary) is never touched.
    """
    calls_by_id = {call.message_id: call for call in calls}
    model: type[SalesCall] | type[Call] = SalesCall if integration.is_internal else Call
    link = "prospect_id" if integration.is_internal else "contact_id"
    with transaction.atomic():
        known = set(
            model.objects.filter(integration=integration, external_call_id__in=calls_by_id).values_list(
                "external_call_id", flat=True
            )
        )
        rows: list[PhoneCall] = [
            model(integration=integration, external_call_id=key, **{link: person.pk}, **told_by_ghl(call))
            for key, call in calls_by_id.items()
        ]
        model.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["integration", "external_call_id"],
            update_fields=[*TOLD_BY_GHL, link, "updated_at"],
        )
    return len(calls_by_id.keys() - known)


TOLD_BY_GHL = ("call_status", "direction", "from_number", "to_number", "duration", "started_at", "ghl_contact_id")


def told_by_ghl(call: CallMessage) -> dict[str, object]:
    """The columns that GHL's own record of a call fills."""
    return {
        "call_status": call.status,
        "direction": call.direction,
        "from_number": call.from_number[:64],
        "to_number": call.to_number[:64],
        "duration": None if call.duration is None else int(call.duration.total_seconds()),
        "started_at": call.placed_at,
        "ghl_contact_id": call.contact_id,
    }
