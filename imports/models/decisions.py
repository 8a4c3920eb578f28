"""The log of what reviewers decided, with all that is needed to undo it, and decisions about many at once."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from integrations.rows import Row


def _json(default: type[dict] | type[list]) -> models.JSONField:
    empty = models.Value(default(), models.JSONField())
    return models.JSONField(default=default, blank=True, db_default=empty, encoder=DjangoJSONEncoder)


class BulkRun(Row):
    """One decision about many records: what is to be done, how a sample of it was checked, and how far it is.

    `limit_percent` is the most errors that a sample had to rule out at 95 % confidence, and `bound_percent` what the
    checked sample did rule out; both are empty for a run without a sample. `runner` and `heartbeat_at` tell who works
    on it, as for a batch.
    """

    class Status(models.TextChoices):
        CHECKING = "checking", "Sample is being checked"
        QUEUED = "queued", "Waiting to start"
        RUNNING = "running", "Running"
        STOPPED = "stopped", "Stopped"
        DONE = "done", "Done"
        DROPPED = "dropped", "Given up"

    class Task(models.TextChoices):
        DECIDE = "decide", "Deciding"
        UNDO = "undo", "Undoing"

    UNDER_WAY = (Status.QUEUED, Status.RUNNING)

    decision = models.CharField(max_length=16)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DONE, db_default=Status.DONE)
    task = models.CharField(max_length=16, choices=Task.choices, default=Task.DECIDE, db_default=Task.DECIDE)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="bulk_runs")
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    about = models.TextField(blank=True, default="", db_default="")
    limit_percent = models.FloatField(null=True)
    bound_percent = models.FloatField(null=True)
    sample_size = models.PositiveIntegerField(default=0, db_default=0)
    sample_errors = models.PositiveIntegerField(null=True)
    released_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    seconds_worked = models.FloatField(default=0, db_default=0)
    stop_requested = models.BooleanField(default=False, db_default=False)
    runner = models.CharField(max_length=128, blank=True, default="", db_default="")
    heartbeat_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "ghl_import_bulk_runs"
        verbose_name = "bulk run"
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["checking", "queued", "running", "stopped", "done", "dropped"]),
                name="bulk_run_status",
            ),
            models.CheckConstraint(condition=Q(task__in=["decide", "undo"]), name="bulk_run_task"),
            models.CheckConstraint(
                condition=Q(limit_percent__isnull=True)
                | ~Q(status__in=["queued", "running", "stopped", "done"])
                | Q(bound_percent__isnull=False, bound_percent__lte=models.F("limit_percent")),
                name="bulk_run_released_within_its_limit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.about or self.decision} · {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_under_way(self) -> bool:
        return self.status in self.UNDER_WAY


class BulkItem(models.Model):
    """One record of a bulk run. A sampled one is decided by hand; of the others `result` says what became of them."""

    class Result(models.TextChoices):
        WAITING = "", "Waiting"
        DONE = "done", "Done"
        REFUSED = "refused", "Not done"

    run = models.ForeignKey(BulkRun, on_delete=models.CASCADE, related_name="items")
    staged_record = models.ForeignKey("imports.StagedRecord", on_delete=models.PROTECT, related_name="bulk_items")
    number = models.PositiveIntegerField()
    is_sample = models.BooleanField(default=False, db_default=False)
    candidate_id = models.UUIDField(null=True)
    result = models.CharField(max_length=16, choices=Result.choices, blank=True, default="", db_default="")
    note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        db_table = "ghl_import_bulk_items"
        ordering = ["run", "number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "staged_record"], name="bulk_item_once_per_run"),
            models.UniqueConstraint(fields=["run", "number"], name="bulk_item_number"),
        ]
        indexes = [models.Index(fields=["run", "result", "number"], name="bulk_item_to_do")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"


class ReviewDecision(Row):
    """One decision about one staged record: who, when, on what evidence, what it did, and whether it was undone.

    `score`, `band` and `reasons` are those of the candidate chosen, or of the best one where nobody was chosen, as they
    stood then. `before` and `after` are the person's columns around the decision (`before` is empty where it made the
    person), `offered` what the record had to say, `taken` the columns that the reviewer took although they were full.
    `step` counts the decisions about one person. `edits_since` is what others changed on the person between this step
    and the next, `kept` the person's columns when nobody's decision stood any more and the person was kept. `calls`
    lists what the decision did to calls. See `imports.deciding.replay`.
    """

    class Decision(models.TextChoices):
        NEW = "new", "Approved as new"
        MERGE = "merge", "Merged"
        SKIP = "skip", "Skipped"
        REJECT = "reject", "Rejected"

    staged_record = models.ForeignKey("imports.StagedRecord", on_delete=models.PROTECT, related_name="decisions")
    decision = models.CharField(max_length=16, choices=Decision.choices)
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="decisions")
    decided_at = models.DateTimeField()
    status_before = models.CharField(max_length=16)
    candidate_kind = models.CharField(max_length=16, blank=True, default="", db_default="")
    candidate_id = models.UUIDField(null=True)
    score = models.FloatField(null=True)
    band = models.CharField(max_length=16, blank=True, default="", db_default="")
    reasons = _json(list)

    person_kind = models.CharField(max_length=16, blank=True, default="", db_default="")
    person_id = models.UUIDField(null=True)
    person_name = models.CharField(max_length=800, blank=True, default="", db_default="")
    step = models.PositiveIntegerField(null=True)
    made_person = models.BooleanField(default=False, db_default=False)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    offered = _json(dict)
    taken = _json(list)
    edits_since = _json(dict)
    kept = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    calls = _json(list)
    together_with = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="along")
    bulk_run = models.ForeignKey(BulkRun, on_delete=models.PROTECT, null=True, related_name="decisions")

    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="undone_decisions"
    )
    undo_note = models.TextField(blank=True, default="", db_default="")

    class Meta:
        db_table = "ghl_import_decisions"
        verbose_name = "decision"
        ordering = ["-decided_at", "id"]
        indexes = [
            models.Index(fields=["-decided_at", "id"], name="decision_by_time"),
            models.Index(fields=["reviewer", "-decided_at"], name="decision_of_reviewer"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["staged_record"], condition=Q(undone_at__isnull=True), name="decision_one_stands_per_record"
            ),
            models.UniqueConstraint(fields=["person_id", "step"], name="decision_step_of_person"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="decision_undone_names_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(decision__in=["new", "merge"], person_id__isnull=False, step__isnull=False)
                | Q(decision__in=["skip", "reject"], person_id__isnull=True, step__isnull=True),
                name="decision_names_its_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_decision_display()}: {self.staged_record}"

    @property
    def stands(self) -> bool:
        return self.undone_at is None
