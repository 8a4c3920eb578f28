"""Whom a GoHighLevel location belongs to, what its webhooks delivered, and how its syncs went."""

import secrets
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now
from django.utils import timezone

from integrations.api_token_models import ApiToken
from integrations.fields import EncryptedField, Secret
from integrations.rows import Row

__all__ = [
    "ApiToken", "Client", "GHLIntegration", "RefusedDeliveries", "RunStatus", "SyncRun", "WebhookEvent",
    "webhook_digest",
]  # fmt: skip


class RunStatus(models.TextChoices):
    """How a finished run went: the words that other systems read."""

    SUCCESS = "success", "Success"
    PARTIAL = "partial", "Partly done"
    FAILED = "failed", "Failed"


class Client(Row):
    """A client organisation that campaigns are run for."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        INACTIVE = "inactive", "Inactive"
        ONBOARDING = "onboarding", "Onboarding"

    name = models.CharField(max_length=255)
    email = models.CharField(max_length=320, blank=True, default="", db_default="")
    phone = models.CharField(max_length=64, blank=True, default="", db_default="")
    website = models.CharField(max_length=500, blank=True, default="", db_default="")
    status = models.CharField(
        max_length=16, choices=Status.choices, default=Status.ONBOARDING, db_default=Status.ONBOARDING
    )
    timezone = models.CharField(max_length=64, default="America/New_York", db_default="America/New_York")

    class Meta:
        db_table = "clients"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), name="client_name_unique", violation_error_message="There is a client of that name."
            ),
            models.CheckConstraint(condition=Q(status__in=["active", "inactive", "onboarding"]), name="client_status"),
        ]

    def __str__(self) -> str:
        return self.name


class GHLIntegration(Row):
    """One GHL location: whose it is, its credentials, and how its last sync went."""

    class Type(models.TextChoices):
        INTERNAL = "internal", "Internal (our own prospecting)"
        CLIENT = "client", "Client campaign"

    name = models.CharField(max_length=255, blank=True, default="", db_default="")
    location_id = models.CharField(
        max_length=64, unique=True, error_messages={"unique": "This GHL location is in the portal already."}
    )
    api_token = EncryptedField(blank=True, default="", db_default="")
    integration_type = models.CharField(max_length=16, choices=Type.choices)
    client = models.ForeignKey(
        Client, on_delete=models.PROTECT, null=True, blank=True, related_name="integrations",
        help_text="For a client campaign: the client. For an internal location: leave empty.",
    )  # fmt: skip
    custom_field_mapping = models.JSONField(
        default=dict, blank=True, db_default=models.Value({}, models.JSONField()),
        help_text="Our field names to the location's custom field ids; names left out are found by their label.",
    )  # fmt: skip
    # What of the mapping could not be written when GHL was last asked, in words for staff.
    mapping_problem = models.TextField(blank=True, default="", db_default="", editable=False)
    is_active = models.BooleanField(
        default=True, db_default=True, help_text="Nothing is pulled or pushed while this is off."
    )
    webhook_secret = EncryptedField(blank=True, default="", db_default="", editable=False)
    webhook_secret_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001
    webhook_previous_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001
    webhook_previous_until = models.DateTimeField(null=True, editable=False)
    last_synced_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_sync_status = models.CharField(  # noqa: DJ001
        max_length=16, null=True, blank=True, choices=RunStatus.choices, editable=False
    )
    last_sync_error = models.TextField(blank=True, default="", db_default="", editable=False)
    # Every call that GHL had up to then is in the portal; set by the comparison of both.
    calls_reconciled_until = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        db_table = "ghl_integrations"
        verbose_name = "GHL location"
        ordering = ["name", "location_id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(integration_type="client", client__isnull=False)
                | Q(integration_type="internal", client__isnull=True),
                name="integration_client_iff_client_type",
                violation_error_message="A client location names its client; an internal location has none.",
            ),
            models.CheckConstraint(condition=~Q(location_id=""), name="integration_location_id_not_empty"),
            models.CheckConstraint(
                condition=Q(last_sync_status__isnull=True) | Q(last_sync_status__in=RunStatus.values),
                name="integration_last_sync_status",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.location_id

    @property
    def is_internal(self) -> bool:
        return self.integration_type == self.Type.INTERNAL

    @property
    def webhook_path(self) -> str:
        """The path, with its secret, that this location's workflows post to."""
        return f"/webhooks/ghl/calls/{self.webhook_secret.reveal()}/"

    def make_webhook_secret(self) -> None:
        """Gives the location a new secret. The digest finds the row when a delivery arrives, without decrypting any."""
        plain = secrets.token_urlsafe(32)
        self.webhook_secret = Secret.of(plain)
        self.webhook_secret_digest = webhook_digest(plain)


def webhook_digest(plain: str) -> str:
    return sha256(plain.encode()).hexdigest()


class WebhookEvent(Row):
    """One delivery from GHL, as it came: the inbox. The row is written before anything is done with it.

    `payload` is what was sent, `body` the text of what was no JSON object. `outcome` says in words what became of it,
    `flags` what a person should look at, `row_table` and `row_id` what it became. While it waits, the sweep takes it up
    after `next_try_at`; `attempts` counts how often it was taken up.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        IGNORED = "ignored", "Ignored"

    class Source(models.TextChoices):
        WORKFLOW = "workflow", "Workflow"
        APP = "app", "Marketplace app"

    class Kind(models.TextChoices):
        CALL = "call", "Call"
        CONTACT = "contact", "Contact"
        OTHER = "other", "Something else"

    integration = models.ForeignKey(GHLIntegration, on_delete=models.PROTECT, null=True, related_name="webhook_events")
    delivery_key = models.CharField(max_length=80, unique=True)
    source = models.CharField(max_length=16, choices=Source.choices)
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True, default="", db_default="")
    event_type = models.CharField(max_length=64, blank=True, default="", db_default="")
    ghl_contact_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    ghl_message_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    payload = models.JSONField(null=True)
    body = models.TextField(blank=True, default="", db_default="")
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.WAITING, db_default=Status.WAITING)
    attempts = models.PositiveIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(default=timezone.now, db_default=Now())
    outcome = models.TextField(blank=True, default="", db_default="")
    flags = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    row_table = models.CharField(max_length=64, blank=True, default="", db_default="")
    row_id = models.UUIDField(null=True)
    error_message = models.TextField(blank=True, default="", db_default="")
    received_at = models.DateTimeField(db_default=Now())
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ghl_webhook_events"
        verbose_name = "delivery"
        verbose_name_plural = "deliveries"
        ordering = ["-received_at"]
        indexes = [
            models.Index(fields=["status", "received_at"], name="webhook_event_queue"),
            models.Index(fields=["next_try_at"], condition=Q(status="waiting"), name="webhook_event_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["waiting", "done", "failed", "ignored"]), name="webhook_event_status"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["done", "ignored"]) | Q(settled_at__isnull=False),
                name="webhook_event_settled_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type or self.source} at {self.received_at:%Y-%m-%d %H:%M}"

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING


class RefusedDeliveries(Row):
    """How many deliveries of a day could not prove that they are GHL's. Nothing else is kept of them."""

    day = models.DateField()
    source = models.CharField(max_length=16, choices=WebhookEvent.Source.choices)
    count = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        db_table = "ghl_refused_deliveries"
        ordering = ["-day", "source"]
        constraints = [models.UniqueConstraint(fields=["day", "source"], name="refused_deliveries_one_row_a_day")]

    def __str__(self) -> str:
        return f"{self.count} refused on {self.day}"


class SyncRun(Row):
    """One push of people to a location: what it covers, how far it is, how it went.

    It is under way until `finished_at`; a location has one such run at most. `campaign_id` and `campaign_name` are the
    campaign that it is limited to, empty for all (this app knows no campaigns, hence no foreign key). The counts are
    those of the people's own rows, taken over every second or so while it is worked on. `total` is how many there were
    to push when it began, `error` why it ended before its time, in words for staff. `heartbeat_at`: when somebody last
    worked on it.
    """

    integration = models.ForeignKey(GHLIntegration, on_delete=models.CASCADE, related_name="sync_runs")
    campaign_id = models.UUIDField(null=True, editable=False)
    campaign_name = models.CharField(max_length=255, blank=True, default="", db_default="")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", editable=False
    )
    status = models.CharField(max_length=16, null=True, choices=RunStatus.choices)  # noqa: DJ001
    total = models.PositiveIntegerField(default=0, db_default=0)
    created = models.PositiveIntegerField(default=0, db_default=0)
    adopted = models.PositiveIntegerField(default=0, db_default=0)
    failed = models.PositiveIntegerField(default=0, db_default=0)
    skipped = models.PositiveIntegerField(default=0, db_default=0)
    requests = models.PositiveIntegerField(default=0, db_default=0)
    failures_by_reason = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    skipped_by_reason = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    error = models.TextField(blank=True, default="", db_default="")
    stop_requested = models.BooleanField(default=False, db_default=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    started_at = models.DateTimeField(default=timezone.now, db_default=Now())
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ghl_sync_runs"
        verbose_name = "push"
        verbose_name_plural = "pushes"
        ordering = ["-started_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__isnull=True, finished_at__isnull=True)
                # NULL is not "not in the list" to a database, so it is named.
                | Q(status__isnull=False, status__in=RunStatus.values, finished_at__isnull=False),
                name="sync_run_finished_has_a_status",
            ),
            models.UniqueConstraint(
                fields=["integration"], condition=Q(finished_at__isnull=True), name="sync_run_one_under_way"
            ),
        ]

    def __str__(self) -> str:
        return f"Push to {self.integration} at {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.finished_at is None

    @property
    def done(self) -> int:
        """How many of `total` have come to an end, well or not."""
        return self.created + self.adopted + self.failed

    @property
    def seconds(self) -> float:
        """From the start to the end, or until now."""
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()
