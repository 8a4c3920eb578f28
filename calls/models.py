"""What was said, and when: the calls of the internal side and those of the clients."""

from django.db import models
from django.db.models import Q

from calls.dispositions import DISPOSITIONS
from calls.summary_models import CallSummary, SummaryBudget, SummarySpend, SummaryStatus
from integrations.models import GHLIntegration
from integrations.rows import Row
from prospects.models import Contact, SalesProspect

__all__ = [
    "DISPOSITIONS", "Call", "CallSummary", "Direction", "DispositionSource", "Enrichment", "PhoneCall", "SalesCall",
    "SummaryBudget", "SummarySpend", "SummaryStatus",
]  # fmt: skip


class Direction(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class DispositionSource(models.TextChoices):
    BDR = "bdr", "BDR"
    AI = "ai", "AI"
    INFERRED = "inferred", "Inferred"


class Enrichment(models.TextChoices):
    """Whether what GHL knows about a call has been fetched."""

    WAITING = "waiting", "Waiting"
    DONE = "done", "Fetched"
    GIVEN_UP = "given_up", "Given up"
    NOT_NEEDED = "not_needed", "Nothing to fetch"


class PhoneCall(Row):
    """One phone call. `external_call_id` is GHL's message id; `duration` is in seconds, empty when nobody picked up.

    `carrier_call_id` is the telephone company's own id. `ghl_told` names the columns that hold GHL's own record of
    the call rather than what its webhooks say of it.
    """

    external_call_id = models.CharField("GHL message", max_length=64)
    call_status = models.CharField(max_length=32, blank=True, default="", db_default="")
    direction = models.CharField(max_length=16, choices=Direction.choices, blank=True, default="", db_default="")
    from_number = models.CharField(max_length=64, blank=True, default="", db_default="")
    to_number = models.CharField(max_length=64, blank=True, default="", db_default="")
    duration = models.PositiveIntegerField("duration (seconds)", null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(  # noqa: DJ001
        max_length=32, null=True, blank=True, choices=[(word, word) for word in DISPOSITIONS]
    )
    disposition_source = models.CharField(  # noqa: DJ001
        max_length=16, null=True, blank=True, choices=DispositionSource.choices
    )
    notes = models.TextField(blank=True, default="", db_default="")
    transcript = models.TextField(blank=True, default="", db_default="")
    recording_url = models.CharField(max_length=1000, blank=True, default="", db_default="")
    ai_summary = models.JSONField(null=True, blank=True)
    ghl_contact_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    carrier_call_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    ghl_user_id = models.CharField("GHL user", max_length=64, blank=True, default="", db_default="")
    agent_name = models.CharField("agent", max_length=255, blank=True, default="", db_default="")
    integration = models.ForeignKey(GHLIntegration, on_delete=models.PROTECT, related_name="%(class)s_rows")
    ghl_told = models.JSONField(default=list, db_default=models.Value([], models.JSONField()), editable=False)
    enrichment_status = models.CharField(
        "fetching from GHL", max_length=16, choices=Enrichment.choices, default=Enrichment.NOT_NEEDED,
        db_default=Enrichment.NOT_NEEDED, editable=False,
    )  # fmt: skip
    enrichment_attempts = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    enrichment_next_at = models.DateTimeField(null=True, editable=False)
    enrichment_note = models.TextField(blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        when = f"{self.started_at:%Y-%m-%d %H:%M}" if self.started_at else "at an unknown time"
        return f"{self.get_direction_display() or 'Call'} call {when}"


def call_rules(prefix: str) -> list[models.BaseConstraint]:
    return [
        models.UniqueConstraint(fields=["integration", "external_call_id"], name=f"{prefix}_one_per_ghl_message"),
        models.CheckConstraint(condition=~Q(external_call_id=""), name=f"{prefix}_has_a_message_id"),
        models.CheckConstraint(
            condition=Q(disposition__isnull=True, disposition_source__isnull=True)
            # NULL is neither in the list nor not in it, and a rule that is neither true nor false lets a row pass.
            | Q(disposition__isnull=False, disposition__in=DISPOSITIONS)
            & Q(disposition_source__isnull=False, disposition_source__in=DispositionSource.values),
            name=f"{prefix}_disposition_with_its_source",
        ),
        models.CheckConstraint(condition=Q(direction__in=["", *Direction.values]), name=f"{prefix}_direction"),
        models.CheckConstraint(
            condition=Q(enrichment_status__in=Enrichment.values), name=f"{prefix}_enrichment_status"
        ),
    ]


def call_indexes(prefix: str) -> list[models.Index]:
    return [
        models.Index(fields=["ghl_contact_id"], name=f"{prefix}_ghl_contact"),
        models.Index(fields=["-started_at", "id"], name=f"{prefix}_by_time"),
        models.Index(
            fields=["integration", "enrichment_next_at"],
            condition=Q(enrichment_status="waiting"),
            name=f"{prefix}_to_enrich",
        ),
    ]


class SalesCall(PhoneCall):
    """A call of the internal side."""

    prospect = models.ForeignKey(SalesProspect, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls")

    class Meta:
        db_table = "sales_calls"
        verbose_name = "sales call"
        ordering = ["-started_at", "id"]
        constraints = call_rules("sales_call")
        indexes = call_indexes("sales_call")


class Call(PhoneCall):
    """A call made for a client."""

    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls")

    class Meta:
        db_table = "calls"
        verbose_name = "client call"
        ordering = ["-started_at", "id"]
        constraints = call_rules("call")
        indexes = call_indexes("call")
