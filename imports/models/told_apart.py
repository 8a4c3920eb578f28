"""Single pairs that a reviewer told apart while the record stays in the queue."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from imports.models.staging import MatchCandidate
from integrations.rows import Row


class ToldApart(Row):
    """A reviewer said that a waiting record and one of its candidates are two people.

    The candidate is taken off the record; `score`, `band` and `reasons` are those that it had, so that it can be put
    back. What keeps the two apart in later pulls are the pair's rows of `NotDuplicate`, which stand as long as this
    is not undone.
    """

    staged_record = models.ForeignKey("imports.StagedRecord", on_delete=models.PROTECT, related_name="told_apart")
    candidate_kind = models.CharField(max_length=16, choices=MatchCandidate.Kind.choices)
    candidate_id = models.UUIDField()
    candidate_name = models.CharField(max_length=800, blank=True, default="", db_default="")
    score = models.FloatField()
    band = models.CharField(max_length=16)
    reasons = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    said_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="told_apart")
    said_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        db_table = "ghl_import_told_apart"
        verbose_name = "pair told apart"
        verbose_name_plural = "pairs told apart"
        ordering = ["-said_at", "id"]
        indexes = [models.Index(fields=["-said_at", "id"], name="told_apart_by_time")]
        constraints = [
            models.UniqueConstraint(
                fields=["staged_record", "candidate_kind", "candidate_id"],
                condition=Q(undone_at__isnull=True),
                name="told_apart_once_per_pair",
            ),
            models.CheckConstraint(
                condition=Q(candidate_kind__in=["prospect", "contact", "staged"]), name="told_apart_kind"
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="told_apart_undone_names_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.staged_record} is not {self.candidate_name}"
