"""Who of a run is taken up, by whom, and what is written of them: the rows of `ghl_outbound` and nothing else.

Every change of a row is one conditional UPDATE that names the worker who holds it, so that of two who believe they
hold it only one can write, and one who lost it writes nothing. PostgreSQL lets workers take different rows at the same
time (SKIP LOCKED); SQLite lets one worker write at a time, which comes to the same.
"""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from integrations.models import GHLIntegration, SyncRun
from prospects.models import OutboundPerson
from prospects.outbound import states
from prospects.outbound.eligibility import never_taken_up, people_of, to_be_taken_up_again
from prospects.outbound.workers import CLAIM, ClaimLostError, Worker, clocks, forget, is_surely_dead

State = OutboundPerson.State
TAKEN_UP_AT_ONCE = 200  # people who get their row in one statement


def search_lag() -> timedelta:
    """How long after a request its contact is surely found in GHL."""
    return timedelta(seconds=settings.GHL_SEARCH_LAG_SECONDS)


def link_of(integration: GHLIntegration) -> str:
    """The column that names the person."""
    return "prospect" if integration.is_internal else "contact"


# ---------------------------------------------------------------- who belongs to a run


def count_to_push(integration: GHLIntegration, campaign_id: uuid.UUID | None) -> int:
    people = people_of(integration, campaign_id)
    again = to_be_taken_up_again(people, most_attempts=states.MOST_TRIES)
    return int(never_taken_up(people).count() + again.count())


def take_over_from_earlier_runs(run: SyncRun) -> None:
    """Makes those part of the run whom earlier ones left waiting or failing, or who were changed since.

    Once for each run and person, so that somebody who fails in this run has failed in this run.
    """
    people = people_of(run.integration, run.campaign_id)
    link = link_of(run.integration)
    wanted = to_be_taken_up_again(people, most_attempts=states.MOST_TRIES).values("pk")
    rows = OutboundPerson.objects.filter(**{f"{link}__in": wanted}).exclude(run=run)
    ours = rows.filter(integration=run.integration)
    now = timezone.now()
    failed_for_now = Q(state=State.FAILED, attempts__lt=states.MOST_TRIES)
    anew = {**states.begun_anew(now), "run": run}
    ours.filter(failed_for_now).update(**{name: value for name, value in anew.items() if name != "attempts"})
    ours.exclude(state__in=OutboundPerson.OPEN).update(**anew)
    ours.filter(state__in=OutboundPerson.OPEN).update(run=run, updated_at=now)
    rows.filter(state=State.WAITING, sent_at__isnull=True, claimed_by="").update(
        run=run, integration=run.integration, updated_at=now
    )


def take_up_more(run: SyncRun) -> int:
    """Gives the next people their row, in the order of the portal's lists. Returns how many; 0: there is nobody left.

    Of two that do so at once, or for two locations, the database lets one.
    """
    link = link_of(run.integration)
    found = never_taken_up(people_of(run.integration, run.campaign_id)).order_by("created_at", "pk")
    ids = list(found.values_list("pk", flat=True)[:TAKEN_UP_AT_ONCE])
    rows = [OutboundPerson(**{f"{link}_id": pk}, integration=run.integration, run=run) for pk in ids]
    OutboundPerson.objects.bulk_create(rows, ignore_conflicts=True)
    return len(ids)


# ---------------------------------------------------------------- claims


def claim(run: SyncRun, worker: Worker, most: int) -> list[OutboundPerson]:
    """Up to so many rows that are due, now held by the worker, with their people as they are now."""
    now = timezone.now()
    due = OutboundPerson.objects.filter(run=run, state=State.WAITING, claimed_by="", next_try_at__lte=now)
    with transaction.atomic():
        found = due.select_for_update(skip_locked=True).order_by("next_try_at", "created_at", "id")
        ids = list(found.values_list("pk", flat=True)[:most])
        if not ids:
            return []
        taken = states.taken_up(worker.name, now, now + CLAIM)
        due.filter(pk__in=ids).update(**taken, attempts=F("attempts") + 1)
    person = "prospect__campaign" if run.integration.is_internal else "contact"
    held = OutboundPerson.objects.filter(pk__in=ids, claimed_by=worker.name, state=State.WAITING)
    return list(held.select_related(person).order_by("next_try_at", "created_at", "id"))


def mark_as_sent(rows: Sequence[OutboundPerson], worker: Worker) -> list[OutboundPerson]:
    """Notes, and commits, that these are about to be sent. Returns those that the worker still holds."""
    now = timezone.now()
    theirs = OutboundPerson.objects.filter(pk__in=[row.pk for row in rows], claimed_by=worker.name)
    marked = theirs.filter(state=State.WAITING).update(**states.about_to_be_sent(now))
    if marked == len(rows):
        return list(rows)
    ids = set(theirs.filter(state=State.SENDING, sent_at=now).values_list("pk", flat=True))
    return [row for row in rows if row.pk in ids]


def write(row: OutboundPerson, worker: Worker, changes: states.Changes) -> bool:
    """Writes what became of a row, if the worker still holds it."""
    return bool(OutboundPerson.objects.filter(pk=row.pk, claimed_by=worker.name).update(**changes))


def renew(worker: Worker) -> None:
    """Lets the worker's claims hold for longer. Raises ClaimLostError when it has been silent for too long."""
    if not worker.may_send():
        raise ClaimLostError
    asked_at = clocks()
    held = OutboundPerson.objects.filter(claimed_by=worker.name, state__in=OutboundPerson.OPEN)
    held.update(claimed_until=timezone.now() + CLAIM)
    worker.renewed(asked_at)


def give_back(worker: Worker, rows: Collection[OutboundPerson]) -> None:
    """Frees rows that were not begun; their attempt is not counted."""
    held = OutboundPerson.objects.filter(
        pk__in=[row.pk for row in rows], claimed_by=worker.name, state=State.WAITING, attempts__gt=0
    )
    held.update(**states.given_back(timezone.now()), attempts=F("attempts") - 1)


def take_from_the_dead(integration: GHLIntegration) -> int:
    """Frees what workers held who died. What was being sent waits until GHL's search must show it.

    Returns how many living workers hold somebody.
    """
    now = timezone.now()
    held = OutboundPerson.objects.filter(integration=integration, state__in=OutboundPerson.OPEN)
    claimed = held.exclude(claimed_by="").order_by()
    names = set(claimed.values_list("claimed_by", flat=True).distinct())
    dead = {name for name in names if is_surely_dead(name)}
    for name in dead:
        _free(claimed.filter(claimed_by=name), now, search_lag())
        forget(name)
    # What others were sending may be on its way even now, for as long as a request takes.
    on_its_way = timedelta(seconds=settings.GHL_TIMEOUT_SECONDS)
    _free(claimed.filter(claimed_until__lt=now), now, search_lag() + on_its_way)
    return len(names - dead)


def _free(rows: QuerySet[OutboundPerson], now: datetime, lag: timedelta) -> None:
    not_counted = Greatest(F("attempts") - 1, 0)
    rows.filter(state=State.SENDING).update(**states.left_by_the_dead(now, lag), attempts=not_counted)
    # Not begun with, or only looked up.
    rows.filter(state=State.WAITING).update(**states.given_back(now), attempts=not_counted)


# ---------------------------------------------------------------- what is left


def next_due(run: SyncRun) -> datetime | None:
    """When the next of the run's people can be taken up; None: nobody is left of those who have a row.

    Those whom somebody holds are due when the claim runs out.
    """
    open_rows = OutboundPerson.objects.filter(run=run, state__in=OutboundPerson.OPEN)
    found: dict[str, Any] = open_rows.aggregate(
        free=Min("next_try_at", filter=Q(claimed_by="")), held=Min("claimed_until", filter=~Q(claimed_by=""))
    )
    instants = [instant for instant in found.values() if instant is not None]
    return min(instants, default=None)
