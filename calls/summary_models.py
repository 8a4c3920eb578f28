"""What was asked of Claude about a call's transcript and what came of it, what may be spent, and what was."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone

from calls.summaries.schema import READINGS
from integrations.models import GHLIntegration
from integrations.rows import Row


class SummaryStatus(models.TextChoices):
    """Where a summary stands; `reason` says why, in words."""

    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Being made"
    DONE = "done", "Made"
    FAILED = "failed", "Failed, tried again"
    GAVE_UP = "gave_up", "Given up"
    REFUSED = "refused", "Refused by Claude"
    NO_KEY = "no_key", "No key"
    OVER_BUDGET = "over_budget", "Over today’s budget"
    REPLACED = "replaced", "Replaced by a later transcript"


TO_BE_MADE = (SummaryStatus.WAITING, SummaryStatus.FAILED, SummaryStatus.OVER_BUDGET)


class CallSummary(Row):
    """One reading of one transcript by one version of the prompt: of either side's call, never made twice.

    `claim` is the worker's at it, until `claimed_until`; `next_at` is when it is due. `answer` has the keys of a call's
    `ai_summary`; `transcript` is what it rests on, so that an old one can still be checked. `disposition` is what the
    AI read, one of the nine or "unsure". Tokens are of all tries; `cost_micros` is in millionths of a US dollar, empty
    when the model's price is not known. Of a call's summaries, the one that its `ai_summary` shows is current.
    """

    sales_call = models.ForeignKey(
        "calls.SalesCall", on_delete=models.CASCADE, null=True, blank=True, related_name="summaries"
    )
    client_call = models.ForeignKey(
        "calls.Call", on_delete=models.CASCADE, null=True, blank=True, related_name="summaries"
    )
    transcript_digest = models.CharField(max_length=64)
    prompt_version = models.CharField(max_length=32)
    status = models.CharField(
        max_length=16, choices=SummaryStatus.choices, default=SummaryStatus.WAITING, db_default=SummaryStatus.WAITING
    )
    reason = models.TextField(blank=True, default="", db_default="")
    attempts = models.PositiveSmallIntegerField("tries", default=0, db_default=0)
    next_at = models.DateTimeField("next try", null=True, blank=True)
    claim = models.UUIDField(null=True, blank=True, editable=False)
    claimed_until = models.DateTimeField(null=True, blank=True, editable=False)
    asked_at = models.DateTimeField(default=timezone.now, db_default=Now())
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    model = models.CharField(max_length=100, blank=True, default="", db_default="")
    requests = models.PositiveIntegerField(default=0, db_default=0)
    input_tokens = models.PositiveIntegerField(default=0, db_default=0)
    output_tokens = models.PositiveIntegerField(default=0, db_default=0)
    cost_micros = models.PositiveBigIntegerField(null=True, blank=True)
    answer = models.JSONField(null=True, blank=True)
    disposition = models.CharField(max_length=32, blank=True, default="", db_default="")
    transcript = models.TextField(blank=True, default="", db_default="")
    kept_claims = models.PositiveSmallIntegerField(default=0, db_default=0)
    dropped_claims = models.PositiveSmallIntegerField(default=0, db_default=0)
    left_out_sentences = models.PositiveSmallIntegerField(default=0, db_default=0)
    made_at = models.DateTimeField(null=True, blank=True)
    is_current = models.BooleanField(default=False, db_default=False)
    looked_at_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    looked_at = models.DateTimeField("disagreement looked at", null=True, blank=True)

    class Meta:
        db_table = "call_summaries"
        verbose_name = "call summary"
        verbose_name_plural = "call summaries"
        ordering = ["-created_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sales_call__isnull=False, client_call__isnull=True)
                | Q(sales_call__isnull=True, client_call__isnull=False),
                name="call_summary_of_one_call",
            ),
            models.UniqueConstraint(
                fields=["sales_call", "transcript_digest", "prompt_version"], name="sales_call_summarised_once"
            ),
            models.UniqueConstraint(
                fields=["client_call", "transcript_digest", "prompt_version"], name="client_call_summarised_once"
            ),
            models.UniqueConstraint(
                fields=["sales_call"], condition=Q(is_current=True), name="sales_call_one_current_summary"
            ),
            models.UniqueConstraint(
                fields=["client_call"], condition=Q(is_current=True), name="client_call_one_current_summary"
            ),
            models.CheckConstraint(condition=Q(status__in=SummaryStatus.values), name="call_summary_status"),
            models.CheckConstraint(
                # NULL is neither equal nor unequal, and a rule that is neither true nor false lets a row pass.
                condition=~Q(status=SummaryStatus.DONE)
                | Q(answer__isnull=False, made_at__isnull=False, disposition__in=READINGS),
                name="call_summary_done_has_an_answer",
            ),
            models.CheckConstraint(condition=Q(disposition__in=["", *READINGS]), name="call_summary_disposition"),
            models.CheckConstraint(
                condition=~Q(status=SummaryStatus.RUNNING) | Q(claim__isnull=False, claimed_until__isnull=False),
                name="call_summary_running_is_claimed",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=TO_BE_MADE) | Q(next_at__isnull=False), name="call_summary_waits_until"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(status__in=TO_BE_MADE), name="call_summary_due"),
            models.Index(fields=["status", "made_at"], name="call_summary_by_status"),
        ]

    def __str__(self) -> str:
        return f"Summary of {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def call(self) -> Any:
        return self.sales_call or self.client_call

    @property
    def tokens(self) -> int:
        return self.input_tokens + self.output_tokens


class SummaryBudget(Row):
    """What may be spent on summaries in a day, what was spent today, and whether Claude is left alone for a while.

    One row. Empty limits mean none. `today` is a day in the portal's own zone.
    """

    only = models.BooleanField(default=True, db_default=True, unique=True, editable=False)
    daily_calls = models.PositiveIntegerField("calls a day", null=True, blank=True, default=1000, db_default=1000)
    daily_tokens = models.PositiveBigIntegerField(
        "tokens a day", null=True, blank=True, default=5_000_000, db_default=5_000_000
    )
    today = models.DateField(null=True, blank=True, editable=False)
    calls_today = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    tokens_today = models.PositiveBigIntegerField(default=0, db_default=0, editable=False)
    paused_until = models.DateTimeField(null=True, blank=True, editable=False)
    pauses_in_a_row = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    pause_reason = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        db_table = "summary_budget"
        verbose_name = "summary budget"
        verbose_name_plural = "summary budget"
        constraints = [models.CheckConstraint(condition=Q(only=True), name="summary_budget_is_one_row")]

    def __str__(self) -> str:
        return "Daily budget of summaries"


class SummarySpend(Row):
    """What summaries cost: one row for each day, location, model and version of the prompt.

    `cost_micros` is in millionths of a US dollar; `unpriced_tokens` are those of models whose price is not known.
    """

    day = models.DateField()
    integration = models.ForeignKey(GHLIntegration, on_delete=models.CASCADE, related_name="+")
    model = models.CharField(max_length=100)
    prompt_version = models.CharField(max_length=32)
    requests = models.PositiveIntegerField(default=0, db_default=0)
    input_tokens = models.PositiveBigIntegerField(default=0, db_default=0)
    output_tokens = models.PositiveBigIntegerField(default=0, db_default=0)
    cost_micros = models.PositiveBigIntegerField(default=0, db_default=0)
    unpriced_tokens = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "summary_spend"
        verbose_name = "day of summaries"
        verbose_name_plural = "days of summaries"
        ordering = ["-day", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "integration", "model", "prompt_version"], name="summary_spend_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}"
