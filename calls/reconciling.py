"""Comparing a location's calls with GHL's, and repairing what no delivery told of.

The whole of GHL's export the first time, after that what is new, and a day more: a call may be written late, or have
been under way. Rows that are right are not written to. Whatever ends a comparison, the next goes on where it was.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from calls.call_export import exported_calls
from calls.callers import calls_of, link_of
from calls.ingest import News, held_by, told_by_ghl, write
from calls.merging import SAYS_LITTLE, UNTOLD, Columns, still_missing
from calls.models import PhoneCall
from calls.one_at_a_time import only_one
from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.ghl.errors import GHLError, UnexpectedPayload
from integrations.ghl.payloads import CallMessage, CallStatus
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, people_of_ghl_contacts

READ_AGAIN = timedelta(days=1)
STILL_OPEN = timedelta(days=30)  # a call that was never told to have ended is looked for no further back
# A row that lacks one of these is not right; what else may be missing is no reason to write to it.
ESSENTIAL = ("call_status", "direction", "started_at", "ghl_contact_id")
LONGEST_ID = 64


@dataclass(slots=True)
class Reconciled:
    """`drift` is how many calls differed, `repaired` how many of these were put right; `until` up to when all is."""

    checked: int = 0
    missing: int = 0
    unfinished: int = 0
    linked: int = 0
    repaired: int = 0
    drift: int = 0
    requests: int = 0
    seconds: float = 0.0
    until: datetime | None = None
    error: str = ""
    unreadable: list[str] = field(default_factory=list)


def reconcile(
    integration: GHLIntegration, *, on_progress: Callable[[Reconciled], None] = lambda result: None
) -> Reconciled:
    """Walks GHL's calls and brings the portal's rows in line. What ended it early is in `error`; what was done stays.

    Raises AlreadyRunningError while another process is at this location.
    """
    with only_one(f"comparing the calls of {integration.location_id}"):
        integration.refresh_from_db(fields=["calls_reconciled_until"])
        result, began = Reconciled(until=integration.calls_reconciled_until), time.monotonic()
        try:
            with client_for(integration, bulk=True) as client:
                try:
                    _compare_all(integration, client, result, on_progress)
                finally:
                    result.requests = client.requests_made
        except (GHLError, LocationNotReadyError, SecretUnreadableError) as problem:
            result.error = str(problem)
        result.seconds = round(time.monotonic() - began, 2)
        return result


def _compare_all(
    integration: GHLIntegration, client: Any, result: Reconciled, on_progress: Callable[[Reconciled], None]
) -> None:
    began = timezone.now()
    since = _since(integration, result.until)
    for page in exported_calls(client, since):
        with transaction.atomic():
            _compare(integration, _parsed(page.items, result), result)
            if page.complete_until is not None:
                _note_until(integration, result, min(page.complete_until, began))
        on_progress(result)
    _note_until(integration, result, began)


def _since(integration: GHLIntegration, until: datetime | None) -> datetime | None:
    """Where to begin: some time before the last comparison's end, and before the calls that are not over for us."""
    if until is None:
        return None
    longest = timezone.now() - STILL_OPEN
    unfinished = calls_of(integration).filter(call_status__in=["", CallStatus.PENDING], started_at__gte=longest)
    oldest: datetime | None = unfinished.aggregate(oldest=Min("started_at"))["oldest"]
    return min(until, oldest or until) - READ_AGAIN


def _note_until(integration: GHLIntegration, result: Reconciled, until: datetime) -> None:
    if result.until is None or until > result.until:
        result.until = until
        GHLIntegration.objects.filter(pk=integration.pk).update(calls_reconciled_until=until)


def _parsed(items: Sequence[Any], result: Reconciled) -> dict[str, CallMessage]:
    calls: dict[str, CallMessage] = {}
    for item in items:
        result.checked += 1
        try:
            call = CallMessage.parse(item)
            if len(call.message_id) > LONGEST_ID:
                raise UnexpectedPayload(detail=f"the call’s id has {len(call.message_id)} characters")
        except UnexpectedPayload as problem:
            result.drift += 1
            result.unreadable.append(str(problem))
        else:
            calls[call.message_id] = call
    return calls


def _compare(integration: GHLIntegration, calls: Mapping[str, CallMessage], result: Reconciled) -> None:
    rows: Iterable[PhoneCall] = calls_of(integration).filter(external_call_id__in=list(calls))
    known = {row.external_call_id: row for row in rows}
    people = _people(integration, [call.contact_id for call in calls.values()])
    news: dict[str, News] = {}
    for key, call in calls.items():
        person = people.get(call.contact_id)
        if key not in known:
            result.missing += 1
            news[key] = News(told_by_ghl(call), person=person)
        elif changes := _amends(integration, known[key], told_by_ghl(call), person):
            result.unfinished += bool(changes.keys() - {"person_id"})
            result.linked += "person_id" in changes
            news[key] = News(told_by_ghl(call), merge=still_missing, person=person)
    written = write(integration, news)
    result.drift += len(news)
    result.repaired += len(written.created | written.changed)


def _amends(integration: GHLIntegration, row: PhoneCall, told: Columns, person: AnyPerson | None) -> Columns:
    """What a row lacks of what GHL knows; nothing for one that is right."""
    held = held_by(integration, row)
    is_open = held["call_status"] in SAYS_LITTLE and told["call_status"] not in SAYS_LITTLE
    lacks = [name for name in ESSENTIAL if held[name] in UNTOLD and told[name] not in UNTOLD]
    changes = still_missing(held, told) if is_open or lacks else {}
    return changes | ({"person_id": person.pk} if person is not None and held["person_id"] is None else {})


def _people(integration: GHLIntegration, contact_ids: Sequence[str]) -> dict[str, AnyPerson]:
    """By GHL contact; a contact that was merged into somebody by whom its earlier calls went to."""
    linked = people_of_ghl_contacts(integration, contact_ids)
    others = sorted({contact_id for contact_id in contact_ids if contact_id and contact_id not in linked})
    link = link_of(integration)
    earlier = calls_of(integration).filter(ghl_contact_id__in=others, **{f"{link}__isnull": False})
    merged = {row.ghl_contact_id: getattr(row, link) for row in earlier.select_related(link).order_by("started_at")}
    return merged | linked
