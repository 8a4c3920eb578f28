"""Bringing in many at once, with a person deciding: batches, staged records, their calls and their candidates."""

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from integrations.models import GHLIntegration
from integrations.rows import Row
from prospects.models import Contact, PersonIdentity, SalesProspect


class ImportBatch(Row):
    """One pull of a location or one CSV upload: where it stands, how far it came, and where it goes on."""

    class Source(models.TextChoices):
        GHL = "ghl", "Pulled from GHL"
        CSV = "csv", "CSV file"

    class Status(models.TextChoices):
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        SUCCESS = "success", "Done"
        PARTIAL = "partial", "Done, with errors"
        FAILED = "failed", "Failed"

    class Phase(models.TextChoices):
        CONTACTS = "contacts", "Reading contacts"
        CALLS = "calls", "Reading calls"
        DETECTION = "detection", "Looking for duplicates"
        DONE = "done", "Finished"

    UNDER_WAY = (Status.QUEUED, Status.RUNNING)

    integration = models.ForeignKey(
        GHLIntegration, on_delete=models.PROTECT, related_name="batches", verbose_name="location"
    )
    source = models.CharField(max_length=8, choices=Source.choices)
    source_name = models.CharField(
        max_length=255, blank=True, default="", db_default="",
        help_text="What approved people get as their source.",
    )  # fmt: skip
    source_digest = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    strategy = models.CharField(max_length=16, blank=True, default="", db_default="", editable=False)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED, db_default=Status.QUEUED)
    phase = models.CharField(
        max_length=16, choices=Phase.choices, default=Phase.CONTACTS, db_default=Phase.CONTACTS, editable=False
    )
    cursor = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()), editable=False)
    runner = models.CharField(max_length=128, blank=True, default="", db_default="", editable=False)
    heartbeat_at = models.DateTimeField(null=True, editable=False)
    stop_requested = models.BooleanField(default=False, db_default=False, editable=False)

    contacts_total = models.PositiveIntegerField(null=True, editable=False)
    contacts_read = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    contacts_staged = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    contacts_unchanged = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    calls_total = models.PositiveIntegerField(null=True, editable=False)
    calls_read = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    matched = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    in_batch_duplicates = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    errors = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    requests = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    seconds_worked = models.FloatField(default=0, db_default=0, editable=False)
    seconds_in_phase = models.FloatField(default=0, db_default=0, editable=False)

    # Since when it waits to be compared again, and when a worker was last told, or last showed that it is at it.
    compare_asked_at = models.DateTimeField(null=True, editable=False)
    compare_told_at = models.DateTimeField(null=True, editable=False)

    started_at = models.DateTimeField(null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True, editable=False)
    error = models.TextField(blank=True, default="", db_default="", editable=False)
    remarks = models.JSONField(
        default=list, blank=True, db_default=models.Value([], models.JSONField()), editable=False
    )
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        db_table = "ghl_import_batches"
        verbose_name = "import batch"
        verbose_name_plural = "import batches"
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["-created_at"], name="batch_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["integration"],
                condition=Q(source="ghl", status__in=["queued", "running"]),
                name="batch_one_pull_under_way_per_location",
            ),
            models.UniqueConstraint(
                fields=["integration", "source_digest"], condition=Q(source="csv"), name="batch_one_per_csv_file"
            ),
            models.CheckConstraint(condition=Q(source__in=["ghl", "csv"]), name="batch_source"),
            models.CheckConstraint(
                condition=Q(status__in=["queued", "running", "stopped", "success", "partial", "failed"]),
                name="batch_status",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["success", "partial"]) | Q(phase="done", finished_at__isnull=False),
                name="batch_done_means_finished",
            ),
            models.CheckConstraint(
                condition=Q(compare_asked_at__isnull=True, compare_told_at__isnull=True)
                | Q(compare_asked_at__isnull=False, compare_told_at__isnull=False),
                name="batch_asked_to_be_compared_is_told_of",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_source_display()} · {self.integration} · {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY

    @property
    def is_unfinished(self) -> bool:
        """Whether there is something left that a resume would do."""
        return self.phase != self.Phase.DONE


class StagedRecord(PersonIdentity, Row):
    """One GHL contact or one CSV row awaiting a person's decision. Its identity columns are read from `raw_data`."""

    class Status(models.TextChoices):
        PENDING = "pending", "New, no match"
        MATCHED = "matched", "Has a match"
        ERROR = "error", "Cannot be read"
        IMPORTED = "imported", "Imported"
        SKIPPED = "skipped", "Skipped"
        REJECTED = "rejected", "Rejected"

    class Decision(models.TextChoices):
        NEW = "new", "Approved as new"
        MERGE = "merge", "Merged"
        SKIP = "skip", "Skipped"
        REJECT = "reject", "Rejected"
        SUPERSEDED = "superseded", "Replaced by a later version"

    WAITING = (Status.PENDING, Status.MATCHED)
    UNDECIDED = (Status.PENDING, Status.MATCHED, Status.ERROR)
    DECIDED = (Status.IMPORTED, Status.SKIPPED, Status.REJECTED)

    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="records")
    # When its batch was made. The queue goes by it: an order across two tables is one that no index has.
    batch_made_at = models.DateTimeField(db_default=Now(), editable=False)
    record_key = models.CharField(max_length=80, editable=False)
    position = models.PositiveIntegerField(default=0, db_default=0)
    ghl_contact_id = models.CharField("GHL contact", max_length=64, blank=True, default="", db_default="")
    raw_data = models.JSONField()
    content_digest = models.CharField(max_length=64, blank=True, default="", db_default="", editable=False)
    row_hash = models.BigIntegerField(
        null=True, editable=False, help_text="The first 64 bits of a CSV row's digest, by which the same row is found."
    )
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.PENDING, db_default=Status.PENDING)
    error_message = models.TextField(blank=True, default="", db_default="")
    remarks = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    changes = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="changed_by",
        help_text="The decided record of the same GHL contact that this one changes.",
    )  # fmt: skip

    matched_prospect = models.ForeignKey(
        SalesProspect, on_delete=models.SET_NULL, null=True, blank=True, related_name="staged_matches"
    )
    matched_contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="staged_matches"
    )
    match_score = models.FloatField(null=True, blank=True)
    match_band = models.CharField(max_length=16, blank=True, default="", db_default="")
    match_reasons = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    match_reason_codes = models.CharField(max_length=500, blank=True, default="", db_default="", editable=False)
    is_in_batch_duplicate = models.BooleanField("duplicate inside the batch", default=False, db_default=False)

    decision = models.CharField(max_length=16, choices=Decision.choices, blank=True, default="", db_default="")
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="reviewed_records"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    imported_prospect = models.ForeignKey(
        SalesProspect, on_delete=models.SET_NULL, null=True, blank=True, related_name="staged_sources"
    )
    imported_contact = models.ForeignKey(
        Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="staged_sources"
    )

    class Meta:
        db_table = "ghl_import_staging"
        verbose_name = "staged record"
        ordering = ["-batch_made_at", "position", "id"]
        permissions = [("review_stagedrecord", "Can decide about staged records")]
        indexes = [
            models.Index(fields=["batch", "status", "position"], name="staged_queue"),
            # The columns after the id are those that the queue is filtered by: it is counted without reading a row.
            models.Index(
                fields=[
                    "-batch_made_at",
                    "position",
                    "id",
                    "batch",
                    "status",
                    "match_band",
                    "match_score",
                    "is_in_batch_duplicate",
                    "changes",
                    "match_reason_codes",
                ],
                condition=Q(status__in=["pending", "matched", "error"]),
                name="staged_undecided",
            ),  # fmt: skip
            models.Index(
                fields=["-batch_made_at", "position", "id", "status", "reviewed_by", "batch"], name="staged_all"
            ),
            # The queue sorted by the headers of its list.
            models.Index(
                fields=["contact_last_name", "-id", "status"],
                condition=Q(status__in=["pending", "matched", "error"]),
                name="staged_undecided_by_name",
            ),
            models.Index(
                fields=["-match_score", "-id", "status"],
                condition=Q(status__in=["pending", "matched", "error"]),
                name="staged_undecided_by_score",
            ),
            models.Index(fields=["ghl_contact_id"], name="staged_ghl_contact"),
            # Only rows of files have it, so that it costs a pull nothing.
            models.Index(fields=["row_hash"], condition=Q(row_hash__isnull=False), name="staged_csv_row"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "record_key"], name="staged_once_per_batch"),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "matched", "error", "imported", "skipped", "rejected"]),
                name="staged_status",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "matched", "error"], decision="", reviewed_at__isnull=True)
                | Q(status="imported", decision__in=["new", "merge"], reviewed_at__isnull=False)
                | Q(status="skipped", decision__in=["skip", "superseded"], reviewed_at__isnull=False)
                | Q(status="rejected", decision="reject", reviewed_at__isnull=False),
                name="staged_decided_names_its_decision",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_by__isnull=False) | Q(decision__in=["", "superseded"]),
                name="staged_decided_names_its_reviewer",
            ),
            models.CheckConstraint(condition=~Q(status="error") | ~Q(error_message=""), name="staged_error_says_why"),
            models.CheckConstraint(
                condition=Q(matched_prospect__isnull=True) | Q(matched_contact__isnull=True),
                name="staged_matched_on_one_side",
            ),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding:
            self.batch_made_at = self.batch.created_at
        super().save(*args, **kwargs)

    def __str__(self) -> str:
        name = self.full_name or self.contact_email or self.contact_phone or self.ghl_contact_id or "Somebody"
        return f"{name}, {self.firm_name}" if self.firm_name else name

    @property
    def is_waiting(self) -> bool:
        return self.status in self.WAITING

    @property
    def imported_person(self) -> SalesProspect | Contact | None:
        return self.imported_prospect or self.imported_contact


class StagedCall(models.Model):
    """One call from a location's history, kept until the person it belongs to is in the portal.

    It belongs to the location rather than to a batch: a later pull that meets the same call finds it here.
    """

    integration = models.ForeignKey(GHLIntegration, on_delete=models.PROTECT, related_name="staged_calls")
    batch = models.ForeignKey(ImportBatch, on_delete=models.PROTECT, related_name="staged_calls")
    external_call_id = models.CharField(max_length=80)
    ghl_contact_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    raw_data = models.JSONField()
    error_message = models.TextField(blank=True, default="", db_default="")
    recorded_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())

    class Meta:
        db_table = "ghl_import_staged_calls"
        constraints = [
            models.UniqueConstraint(fields=["integration", "external_call_id"], name="staged_call_once_per_location"),
        ]
        indexes = [
            models.Index(fields=["integration", "ghl_contact_id"], name="staged_call_of_contact"),
            models.Index(
                fields=["integration", "ghl_contact_id"],
                condition=Q(recorded_at__isnull=True),
                name="staged_call_unrecorded",
            ),
        ]

    def __str__(self) -> str:
        return self.external_call_id


class MatchCandidate(Row):
    """Somebody who may be the same person as a staged record, with the evidence for and against."""

    class Kind(models.TextChoices):
        PROSPECT = "prospect", "Prospect"
        CONTACT = "contact", "Contact"
        STAGED = "staged", "In the same batch"

    staged_record = models.ForeignKey(StagedRecord, on_delete=models.CASCADE, related_name="candidates")
    candidate_kind = models.CharField(max_length=16, choices=Kind.choices)
    candidate_id = models.UUIDField()
    score = models.FloatField()
    band = models.CharField(max_length=16, choices=[(b, b.title()) for b in ("certain", "likely", "possible")])
    reasons = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta:
        db_table = "ghl_import_match_candidates"
        ordering = ["-score", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["staged_record", "candidate_kind", "candidate_id"], name="candidate_once_per_record"
            ),
            models.CheckConstraint(
                condition=Q(candidate_kind__in=["prospect", "contact", "staged"]), name="candidate_kind"
            ),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="candidate_score_0_to_1"),
            models.CheckConstraint(condition=Q(band__in=["certain", "likely", "possible"]), name="candidate_band"),
            models.CheckConstraint(
                condition=~Q(candidate_kind="staged") | ~Q(candidate_id=F("staged_record_id")),
                name="candidate_is_somebody_else",
            ),
        ]
        indexes = [models.Index(fields=["candidate_kind", "candidate_id"], name="candidate_person")]

    def __str__(self) -> str:
        return f"{self.get_candidate_kind_display()} {self.candidate_id} ({self.score:.2f})"


class LookupKey(models.Model):
    """One value by which a person is found as a possible duplicate, as 64 bits of its hash.

    Hashes keep the table a fifth of the size and three times as fast to fill; two values that collide (one in 10^6 at
    ten million rows) only propose a pair that the comparison then turns down. `scope` is the hash of the side that the
    person is on, or of the batch: see `imports.matching.lookup`.
    """

    scope = models.BigIntegerField()
    value = models.BigIntegerField()
    person_id = models.UUIDField()

    class Meta:
        db_table = "ghl_import_lookup_keys"
        constraints = [models.UniqueConstraint(fields=["scope", "value", "person_id"], name="lookup_key_once")]
        indexes = [models.Index(fields=["person_id"], name="lookup_key_person")]

    def __str__(self) -> str:
        return f"{self.scope} {self.value}"
