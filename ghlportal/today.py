"""What waits for a person today: the figures and warnings of the first page."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone

from calls.models import SummaryStatus
from calls.summaries.budget import why_paused
from calls.summaries.disagreements import disagreements
from calls.summaries.figures import counts
from imports.models import ImportBatch, StagedRecord
from imports.pulling.progress import progress_in_words
from imports.reporting.waiting import with_waiting_records
from integrations.admin_parts import BAD, BUSY, WARN, change_url, counted
from integrations.models import GHLIntegration, RunStatus, SyncRun, WebhookEvent
from prospects.models import OutboundPerson, ToldPerson
from prospects.outbound.where import UNTOLD, Where

MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know or to do, with where. `tone` colours it."""

    tone: str
    text: str
    todo: str
    url: str


@dataclass(frozen=True, slots=True)
class Today:
    """`queue` is None for somebody who may not see it. `batches` are those with the most recent waiting records."""

    queue: dict[str, int] | None
    batches: list[dict[str, Any]]
    notices: list[Notice]
    has_locations: bool
    may_add_location: bool


def today_for(user: Any) -> Today:
    sees_queue = user.has_perm("imports.view_stagedrecord")
    notices: list[Notice] = []
    if user.has_perm("imports.view_importbatch"):
        notices += _about_pulls()
    sees_locations = user.has_perm("integrations.view_ghlintegration")
    locations = list(GHLIntegration.objects.all()) if sees_locations else []
    for integration in locations:
        notices += _about_location(integration)
    if user.has_perm("integrations.view_syncrun"):
        notices += _about_pushes()
    if user.has_perm("calls.view_callsummary"):
        notices += _about_disagreements()
    if user.has_perm("calls.view_summarybudget"):
        notices += _about_summaries()
    if user.has_perm("integrations.view_webhookevent"):
        notices += _about_webhooks()
    return Today(
        queue=_queue() if sees_queue else None,
        batches=_batches_to_review() if sees_queue else [],
        notices=notices,
        has_locations=bool(locations) or not sees_locations,
        may_add_location=user.has_perm("integrations.add_ghlintegration"),
    )


def _queue() -> dict[str, int]:
    matched, errors = StagedRecord.Status.MATCHED, StagedRecord.Status.ERROR
    return StagedRecord.objects.filter(status__in=StagedRecord.UNDECIDED).aggregate(
        waiting=Count("pk", filter=Q(status__in=StagedRecord.WAITING)),
        matched=Count("pk", filter=Q(status=matched)),
        twice=Count("pk", filter=Q(is_in_batch_duplicate=True)),
        errors=Count("pk", filter=Q(status=errors)),
    )


def _batches_to_review() -> list[dict[str, Any]]:
    queue = reverse("admin:imports_stagedrecord_changelist")
    latest = with_waiting_records(ImportBatch.objects.all(), MOST_SHOWN)
    return [{"batch": batch, "waiting": count, "url": f"{queue}?batch={batch.pk}"} for batch, count in latest]


def _about_pulls() -> list[Notice]:
    unfinished = ImportBatch.objects.select_related("integration").exclude(phase=ImportBatch.Phase.DONE)
    notices = []
    for batch in unfinished.order_by("-created_at")[:MOST_SHOWN]:
        if batch.is_under_way:
            notice = Notice(BUSY, f"{batch.integration}: {progress_in_words(batch)}", "Watch it", change_url(batch))
        else:
            state = batch.get_status_display().lower()
            text = f"{batch.integration}: the pull has {state}. {batch.error}".strip()
            notice = Notice(BAD if batch.status == "failed" else WARN, text, "Resume it", change_url(batch))
        notices.append(notice)
    return notices


def _about_location(integration: GHLIntegration) -> list[Notice]:
    url = change_url(integration)
    if not integration.is_active:
        return []
    if not integration.api_token:
        return [Notice(WARN, f"{integration} has no API token: nothing is pulled or pushed.", "Enter one", url)]
    notices = []
    if integration.last_sync_status == RunStatus.FAILED:
        text = f"The last push to {integration} failed. {integration.last_sync_error}".strip()
        notices.append(Notice(BAD, text, "Look at the location", url))
    if integration.mapping_problem:
        text = f"The next push to {integration} leaves something out. {integration.mapping_problem}"
        where = reverse("admin:integrations_ghlintegration_custom_fields", args=[integration.pk])
        notices.append(Notice(WARN, text, "Mend the custom fields", where))
    return notices


def _about_pushes() -> list[Notice]:
    notices = []
    for run in SyncRun.objects.select_related("integration").filter(finished_at__isnull=True)[:MOST_SHOWN]:
        of_total = f"{run.done:,} of {run.total:,} people" if run.total else "begun"
        notices.append(Notice(BUSY, f"Push to {run.integration}: {of_total}.", "Watch it", change_url(run)))
    to_look_at = OutboundPerson.objects.filter(state=OutboundPerson.State.CONFLICT)
    untold = ToldPerson.objects.exclude(error="")
    about = [
        (to_look_at, "to look at before a push can bring them into GHL.", Where.LOOK.value),
        (untold, "changed here, of which GHL could not be told.", UNTOLD),
    ]
    for rows, words, where in about:
        found = rows.aggregate(prospects=Count("prospect"), contacts=Count("contact"))
        for table, name in (("salesprospect", "prospects"), ("contact", "contacts")):
            if count := found[name]:
                url = f"{reverse(f'admin:prospects_{table}_changelist')}?in_ghl={where}"
                notices.append(Notice(WARN, f"{counted(count, name[:-1])} {words}", "Look at them", url))
    return notices


def _about_disagreements() -> list[Notice]:
    count = disagreements().count()
    if not count:
        return []
    words = f"{counted(count, 'call')} of which the AI read another outcome than the BDR chose."
    return [Notice(WARN, words, "Look at them", reverse("admin:calls_callsummary_changelist"))]


def _about_summaries() -> list[Notice]:
    """What holds all summaries up."""
    url, waiting = reverse("admin:calls_summarybudget_changelist"), counts()
    notices = []
    if reason := why_paused(timezone.now()):
        notices.append(Notice(WARN, f"No summaries are made for a while. {reason}", "Look at it", url))
    if over := waiting.get(SummaryStatus.OVER_BUDGET, 0):
        are = "waits for tomorrow: today’s budget is" if over == 1 else "wait for tomorrow: today’s budget is"
        words = f"{counted(over, 'summary', 'summaries')} {are} used up."
        notices.append(Notice(WARN, words, "Look at the budget", url))
    return notices


def _about_webhooks() -> list[Notice]:
    failed = WebhookEvent.objects.filter(status=WebhookEvent.Status.FAILED).count()
    if not failed:
        return []
    words = "1 delivery from GHL could" if failed == 1 else f"{failed:,} deliveries from GHL could"
    url = f"{reverse('admin:integrations_webhookevent_changelist')}?status__exact=failed"
    return [Notice(BAD, f"{words} not be taken in.", "Look at them", url)]
