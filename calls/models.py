"""What was said, and when: the calls of the internal side and those of the clients."""

from django.db import models
from django.db.models import Q

from integrations.models import GHLIntegration
from integrations.rows import Row
from prospects.models import Contact, SalesProspect

DISPOSITIONS = (
    "No Answer", "Voicemail", "Gatekeeper", "Incorrect Number", "Not Interested",
    "Callback Requested", "Future Potential", "Meeting Booked", "Do Not Contact",
)  # fmt: skip


class Direction(models.TextChoices):
    INBOUND = "inbound", "Inbound"
    OUTBOUND = "outbound", "Outbound"


class DispositionSource(models.TextChoices):
    BDR = "bdr", "BDR"
    AI = "ai", "AI"
    INFERRED = "inferred", "Inferred"


class PhoneCall(Row):
    """One phone call. `external_call_id` is GHL's message id; `duration` is in seconds, empty when nobody picked up."""

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
    integration = models.ForeignKey(GHLIntegration, on_delete=models.PROTECT, related_name="%(class)s_rows")

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
            | Q(disposition__in=DISPOSITIONS, disposition_source__in=DispositionSource.values),
            name=f"{prefix}_disposition_with_its_source",
        ),
        models.CheckConstraint(condition=Q(direction__in=["", *Direction.values]), name=f"{prefix}_direction"),
    ]


class SalesCall(PhoneCall):
    """A call of the internal side."""

    prospect = models.ForeignKey(SalesProspect, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls")

    class Meta:
        db_table = "sales_calls"
        verbose_name = "sales call"
        ordering = ["-started_at", "id"]
        constraints = call_rules("sales_call")
        indexes = [
            models.Index(fields=["ghl_contact_id"], name="sales_call_ghl_contact"),
            models.Index(fields=["-started_at", "id"], name="sales_call_by_time"),
        ]


class Call(PhoneCall):
    """A call made for a client."""

    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls")

    class Meta:
        db_table = "calls"
        verbose_name = "client call"
        ordering = ["-started_at", "id"]
        constraints = call_rules("call")
        indexes = [
            models.Index(fields=["ghl_contact_id"], name="call_ghl_contact"),
            models.Index(fields=["-started_at", "id"], name="call_by_time"),
        ]
