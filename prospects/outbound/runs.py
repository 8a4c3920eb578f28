"""The life of a push: begun, worked on by any number of workers, asked to stop, finished, taken up again.

A run has no owner. Whoever works on it claims people, and whoever leaves last finishes it; when the last one dies, the
sweep does (`prospects.tasks.sweep_pushes`). What a run did not get to stays waiting, and the next one takes it over.
"""

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.utils import timezone

from integrations.credentials import LocationNotReadyError, client_for
from integrations.fields import SecretUnreadableError
from integrations.ghl.client import GHLClient
from integrations.models import GHLIntegration, RunStatus, SyncRun
from prospects.models import OutboundPerson, SalesCampaign
from prospects.outbound import claims, counting
from prospects.outbound.eligibility import people_of
from prospects.outbound.push import Push, words_for_switched_off
from prospects.outbound.workers import RENEWED_EVERY, ClaimLostError, working

logger = logging.getLogger(__name__)

LONGEST_ERROR = 2_000  # characters of ghl_integrations.last_sync_error
MOST_ERRORS_JOINED = 50
NOBODY_AT_IT_AFTER = timedelta(seconds=60)
STOPPED = "Stopped by a person. Whoever was not sent yet stays waiting for the next push."


class PushUnderWayError(Exception):
    """The location has a push that has not come to its end; `run` is it. The text is for staff."""

    def __init__(self, run: SyncRun) -> None:
        super().__init__(f"A push to {run.integration} is under way, begun at {run.started_at:%Y-%m-%d %H:%M} UTC.")
        self.run = run


class CannotBePushedError(Exception):
    """Nothing can be pushed as it stands (location switched off, campaign of the other side); the text is for staff."""


# ---------------------------------------------------------------- begun and stopped


def start(integration: GHLIntegration, *, campaign: SalesCampaign | None = None, by: User | None = None) -> SyncRun:
    """A new run, for workers to work on; it is the caller's to queue `prospects.tasks.push_to_ghl(str(run.pk))`.

    Raises PushUnderWayError when the location has one that is not finished, CannotBePushedError when nothing can be
    pushed as it stands.
    """
    if not integration.is_active:
        raise CannotBePushedError(words_for_switched_off(integration))
    if campaign is not None and not integration.is_internal:
        raise CannotBePushedError(f"{integration} is a client’s location; campaigns are pushed to internal ones only.")
    if under_way := run_under_way(integration):
        raise PushUnderWayError(under_way)
    campaign_id = campaign.pk if campaign else None
    try:
        with transaction.atomic():
            return SyncRun.objects.create(
                integration=integration,
                campaign_id=campaign_id,
                campaign_name=campaign.name if campaign else "",
                started_by=by,
                total=claims.count_to_push(integration, campaign_id),
            )
    except IntegrityError:
        lost_race_to = run_under_way(integration)
        if lost_race_to is None:
            raise
        raise PushUnderWayError(lost_race_to) from None


def run_under_way(integration: GHLIntegration) -> SyncRun | None:
    return SyncRun.objects.filter(integration=integration, finished_at__isnull=True).first()


def request_stop(run: SyncRun) -> bool:
    """Asks a run to end after the people that are being sent right now; the rest stay waiting. Whether it could be."""
    return _stop(run, STOPPED)


def _stop(run: SyncRun, why: str) -> bool:
    under_way = SyncRun.objects.filter(pk=run.pk, finished_at__isnull=True)
    under_way.filter(error="").update(error=why)
    return bool(under_way.update(stop_requested=True, updated_at=timezone.now()))


# ---------------------------------------------------------------- worked on


def work_on(
    run_id: uuid.UUID, seconds: float | None = None, *, on_progress: Callable[[SyncRun], None] = lambda run: None
) -> SyncRun:
    """Works on a run, beside others, until it is finished or `seconds` are over; returns it as it is then.

    With `seconds` it also returns as soon as nobody is due yet: see `due_in`. What keeps the run from going on (a token
    that was revoked, a location switched off, the day's allowance spent) ends it, with words in its `error`.
    """
    run = SyncRun.objects.select_related("integration").get(pk=run_id)
    if not run.is_under_way:
        return run
    try:
        client = client_for(run.integration, bulk=True)
    except (LocationNotReadyError, SecretUnreadableError) as problem:
        _stop(run, str(problem))
    else:
        with client:
            _take_part(run, client, seconds, on_progress)
    finish_if_over(run)
    run.refresh_from_db()
    on_progress(run)
    return run


def _take_part(run: SyncRun, client: GHLClient, seconds: float | None, on_progress: Callable[[SyncRun], None]) -> None:
    with working() as worker:
        push = Push(run, worker, client, on_progress)
        try:
            push.until_done(seconds)
        except ClaimLostError:
            logger.warning("push %s: this worker was silent for too long and leaves what it held to others", run.pk)
        except KeyboardInterrupt:
            _stop(run, STOPPED)
            raise
        finally:
            push.close()
            if push.problem:
                _stop(run, push.problem)


def due_in(run: SyncRun) -> float | None:
    """In how many seconds it is worth working on the run again; None when it is finished."""
    if not run.is_under_way:
        return None
    due = claims.next_due(run)
    return max(0.0, (due - timezone.now()).total_seconds()) if due else 0.0


# ---------------------------------------------------------------- finished


def finish_if_over(run: SyncRun) -> bool:
    """Finishes a run that nobody works on and that has nobody left, or is to stop. Whether it is finished now."""
    claims.take_from_the_dead(run.integration)
    with transaction.atomic():
        run = SyncRun.objects.select_for_update(of=("self",)).select_related("integration").get(pk=run.pk)
        if not run.is_under_way:
            return True
        open_rows = OutboundPerson.objects.filter(run=run, state__in=OutboundPerson.OPEN)
        if open_rows.exclude(claimed_by="").exists():
            return False
        if not run.stop_requested and (open_rows.exists() or _has_people_left(run)):
            return False
        _finish(run)
    logger.info("push %s: %s", run.pk, run.status)
    return True


def _has_people_left(run: SyncRun) -> bool:
    return bool(claims.never_taken_up(people_of(run.integration, run.campaign_id)).exists())


def _finish(run: SyncRun) -> None:
    tally, now = counting.tally_of(run), timezone.now()
    skipped = counting.skipped_by(run)
    run.created, run.adopted, run.failed = tally.created, tally.adopted, tally.failed
    run.failures_by_reason = counting.by_count(tally.failures)
    run.skipped, run.skipped_by_reason = skipped.total(), counting.by_count(skipped)
    run.finished_at = now
    run.status = _status(run)
    run.save(
        update_fields=[
            "created", "adopted", "failed", "failures_by_reason", "skipped", "skipped_by_reason", "finished_at",
            "status", "updated_at",
        ]
    )  # fmt: skip
    GHLIntegration.objects.filter(pk=run.integration_id).update(
        last_synced_at=now, last_sync_status=run.status, last_sync_error=_errors_joined(run), updated_at=now
    )


def _status(run: SyncRun) -> RunStatus:
    if not run.failed and not run.error:
        return RunStatus.SUCCESS
    return RunStatus.PARTIAL if run.created or run.adopted else RunStatus.FAILED


def _errors_joined(run: SyncRun) -> str:
    """Why the run ended early, then what stands in the way of each person, as much as there is room for."""
    failed = OutboundPerson.objects.filter(run=run, state__in=OutboundPerson.NOT_IN_GHL)
    failed = failed.exclude(reason__in=[reason.value for reason in counting.NOT_ALLOWED])
    rows = failed.select_related("prospect", "contact").order_by("settled_at", "id")[:MOST_ERRORS_JOINED]
    text = "\n".join(part for part in [run.error, *(f"{row.person}: {row.error}" for row in rows)] if part)
    return text if len(text) <= LONGEST_ERROR else text[: LONGEST_ERROR - 1] + "…"


# ---------------------------------------------------------------- taken up again


def nobody_at_it() -> list[uuid.UUID]:
    """Runs that are under way but that nobody works on: their workers died, or the broker lost the message.

    Those that are over are finished here; the others are the caller's to queue. Each is named once in a while only,
    so that messages of one that waits do not pile up.
    """
    now = timezone.now()
    found = []
    for run in SyncRun.objects.filter(finished_at__isnull=True).select_related("integration"):
        since = max(moment for moment in (run.started_at, run.heartbeat_at) if moment is not None)
        if since > now - NOBODY_AT_IT_AFTER or finish_if_over(run):
            continue
        if (due_in(run) or 0.0) <= RENEWED_EVERY:
            SyncRun.objects.filter(pk=run.pk).update(heartbeat_at=now)
            found.append(run.pk)
    return found
