"""The rows that say what GHL was last told: who is due, who is claimed, and what is written after each answer."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from integrations.ghl.errors import (
    AllowanceUnavailable,
    CredentialRejected,
    DailyAllowanceSpent,
    GHLError,
    LocationForbidden,
    NotFound,
    PermanentGHLError,
    UnexpectedPayload,
    VersionRejected,
)
from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, people_on_side_of
from prospects.models import OutboundPerson, SalesProspect, ToldPerson
from prospects.outbound import told as telling
from prospects.outbound.told import News, Unsure

CLAIM = timedelta(minutes=10)
CLOCKS_DIFFER_BY = timedelta(seconds=5)  # of the machines that write people
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2))
# No other person would fare better.
ENDS_IT = (CredentialRejected, LocationForbidden, VersionRejected, DailyAllowanceSpent, AllowanceUnavailable)


@dataclass(slots=True)
class Job:
    """One person in hand: what to tell, and what of it was."""

    row: ToldPerson
    person: Any
    campaign: str
    news: News
    body: dict[str, Any]
    is_first: bool  # nothing was written down of this contact before
    sent: News = field(default_factory=News)
    error: GHLError | None = None


def due(integration: GHLIntegration, now: datetime) -> Any:
    """The location's people in GHL who were changed since they were last looked at, and whom nobody is telling of."""
    people = people_on_side_of(integration).filter(
        ghl_location_id=integration.location_id, ghl_contact_id__gt="", ghl_deleted_at__isnull=True
    )
    changed = (
        Q(told__isnull=True)
        | Q(told__looked_at__isnull=True)
        | Q(updated_at__gt=F("told__looked_at"))
        | ~Q(told__mapping=digest(integration))
    )
    if integration.is_internal:
        changed |= Q(calls_counted_at__gt=F("told__looked_at")) | Q(campaign__updated_at__gt=F("told__looked_at"))
    may_try = Q(told__isnull=True) | Q(told__next_try_at__lte=now)
    free = Q(told__isnull=True) | Q(told__claimed_until__isnull=True) | Q(told__claimed_until__lt=now)
    return people.filter(changed & may_try & free)


def claim(integration: GHLIntegration, ids: Collection[Any], name: str, now: datetime) -> list[ToldPerson]:
    """The rows of these people, now held by `name`, with the people as they are after that; made where they lacked.

    Of two who claim at once, each gets what the other did not.
    """
    link = link_of(integration)
    known = set(ToldPerson.objects.filter(**{f"{link}__in": ids}).values_list(f"{link}_id", flat=True))
    new = [ToldPerson(**{f"{link}_id": pk}) for pk in ids if pk not in known]
    ToldPerson.objects.bulk_create(new, ignore_conflicts=True)
    free = Q(claimed_until__isnull=True) | Q(claimed_until__lt=now)
    rows = ToldPerson.objects.filter(**{f"{link}__in": ids})
    rows.filter(free).update(claimed_by=name, claimed_until=now + CLAIM)
    about = (link, f"{link}__outbound", *((f"{link}__campaign",) if integration.is_internal else ()))
    return list(rows.filter(claimed_by=name).select_related(*about).order_by("pk"))


def give_back(rows: Collection[ToldPerson], name: str) -> None:
    held = ToldPerson.objects.filter(pk__in=[row.pk for row in rows], claimed_by=name)
    held.update(claimed_by="", claimed_until=None)


def try_again(people: Iterable[AnyPerson]) -> int:
    """Lets people of whom GHL could not be told be tried again at once. Returns how many there were."""
    rows = ToldPerson.objects.filter(_of(people)).exclude(error="")
    return rows.update(looked_at=None, attempts=0, next_try_at=timezone.now(), error="", updated_at=timezone.now())


def person_of(row: ToldPerson) -> tuple[Any, str]:
    """The person, and the name of their campaign ("" without one)."""
    person: Any = row.prospect or row.contact
    return person, person.campaign.name if isinstance(person, SalesProspect) and person.campaign else ""


def begin(row: ToldPerson, mapping: Mapping[str, Any]) -> bool:
    """Notes what counts as told of a contact that is looked at for the first time; False when it is not the first.

    The caller writes it.
    """
    person, campaign = person_of(row)
    if row.ghl_contact_id == person.ghl_contact_id:
        return False
    outbound: OutboundPerson | None = getattr(person, "outbound", None)
    result = outbound.result if outbound is not None else ""
    was_sent = result == OutboundPerson.Result.CREATED and outbound is not None and not _changed_since(person, outbound)
    row.ghl_contact_id = person.ghl_contact_id
    row.unsure = {}
    row.told = telling.first_told(person, campaign, was_sent=was_sent, mapping=mapping)
    row.tags = telling.first_tags(person, campaign, was_sent=was_sent, was_adopted=bool(result))
    return True


def _changed_since(person: Any, outbound: OutboundPerson) -> bool:
    """Whether a person was changed after the push that made the contact had read them."""
    read_at = outbound.sent_at or outbound.settled_at
    if read_at is None:
        return True
    linked_at = (outbound.settled_at or read_at) + CLOCKS_DIFFER_BY
    counted_at = getattr(person, "calls_counted_at", None)
    return bool(person.updated_at > linked_at or (counted_at and counted_at > read_at))


def note_sending(jobs: Collection[Job], name: str) -> None:
    """Notes what is about to be sent: until GHL has answered it may have arrived or not, however the worker ends."""
    for job in jobs:
        job.row.unsure = Unsure.of_row(job.row.unsure).with_sent(job.news).as_row()
    held = ToldPerson.objects.filter(claimed_by=name)
    held.bulk_update([job.row for job in jobs], ["unsure"])


def settle(jobs: list[Job], name: str, looked_at: datetime) -> None:
    """People of whom there is nothing to tell."""
    first = [job.row for job in jobs if job.is_first]
    for row in first:
        row.updated_at = timezone.now()
    held = ToldPerson.objects.filter(claimed_by=name)
    if first:
        held.bulk_update(first, ["ghl_contact_id", "told", "tags", "unsure", "updated_at"])
    for mapping in {job.row.mapping for job in jobs}:
        rows = held.filter(pk__in=[job.row.pk for job in jobs if job.row.mapping == mapping])
        rows.update(mapping=mapping, looked_at=looked_at, error="", attempts=0, claimed_by="", claimed_until=None)


def keep(job: Job, name: str, looked_at: datetime) -> None:
    """Writes what GHL was told, and what became of the rest, if the claim still holds."""
    with transaction.atomic():
        person = type(job.person)._default_manager.select_for_update(no_key=True).get(pk=job.person.pk)
        row = ToldPerson.objects.select_for_update(no_key=True).filter(pk=job.row.pk, claimed_by=name).first()
        if row is None:
            return
        _note_told(row, person, job)
        row.unsure = Unsure.of_row(row.unsure).after_answer(_answered(job)).as_row()
        _note_outcome(row, job, looked_at)
        row.save()


def _answered(job: Job) -> News:
    """What GHL has said yes or no to. An answer that cannot be read is neither."""
    was_refused = isinstance(job.error, PermanentGHLError) and not isinstance(job.error, UnexpectedPayload)
    return job.news if job.error is None or was_refused else job.sent


def _note_told(row: ToldPerson, person: Any, job: Job) -> None:
    if job.is_first:
        row.ghl_contact_id, row.told, row.tags = job.row.ghl_contact_id, job.row.told, job.row.tags
    if not job.sent:
        return
    former = row.told.get(telling.CAMPAIGN)
    row.told = {**row.told, **job.sent.fields}
    row.tags = telling.tags_after(row.tags, job.sent)
    row.told_at = timezone.now()
    columns: dict[str, Any] = {}
    if job.sent.fields:
        columns["ghl_values"] = telling.said_after(person, job.sent.fields)
    if job.error is None:
        row.told = {**row.told, telling.CAMPAIGN: job.campaign}
        left = {tag.casefold() for tag in job.news.removed} & {str(former or "").casefold()}
        if left and former != job.campaign:  # the campaign that the person has left is no tag of theirs any more
            columns["tags"] = [tag for tag in person.tag_list if tag.casefold() not in left]
    if columns:  # `updated_at` stays: this is no change of the portal's
        type(person)._default_manager.filter(pk=person.pk).update(**columns)


def _note_outcome(row: ToldPerson, job: Job, looked_at: datetime) -> None:
    row.claimed_by, row.claimed_until, row.mapping = "", None, job.row.mapping
    error = job.error
    if error is None:
        row.looked_at, row.error, row.attempts = looked_at, "", 0
        return
    row.error = _words_for(error)
    if isinstance(error, ENDS_IT):
        return  # no fault of this person: tried again with the next pass
    row.attempts += 1
    if isinstance(error, PermanentGHLError) or row.attempts > len(WAITS):
        row.looked_at = looked_at  # until somebody changes the person, or lets it be tried again
    else:
        row.next_try_at = timezone.now() + WAITS[row.attempts - 1]


def _words_for(error: GHLError) -> str:
    if isinstance(error, NotFound) or any("not found" in message.lower() for message in error.messages):
        return f"GoHighLevel no longer has this contact, so it cannot be told what was changed. {error}"
    return str(error)


def link_of(integration: GHLIntegration) -> str:
    return "prospect" if integration.is_internal else "contact"


def _of(people: Iterable[AnyPerson]) -> Q:
    wanted = list(people)
    prospects = [person.pk for person in wanted if isinstance(person, SalesProspect)]
    return Q(prospect__in=prospects) | Q(contact__in=[each.pk for each in wanted if each.pk not in set(prospects)])


def digest(integration: GHLIntegration) -> str:
    """Stands for the mapping: values that could not be told for want of a field can be once there is one."""
    return sha256(json.dumps(integration.custom_field_mapping, sort_keys=True).encode()).hexdigest()
