"""What GHL was last told of people who are in it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from integrations.rows import Row


class ToldPerson(Row):
    """What GHL was last told of one person, and whether a change is still to be told (`outbound.changes`).

    `told` goes from names of `outbound.told.values_of` to values, with the campaign's name; `tags` are those that GHL
    has, as far as is known. They are about the contact `ghl_contact_id`. `unsure` names what was sent without a word
    of GHL's since, and so may have arrived or not: `fields` by our names, and `tags`, added or removed. `mapping` is a
    digest of the custom field mapping that they were compared under. `looked_at`: everything that was changed before
    is told, or has failed with `error`; empty: look again. Who is telling right now is named in `claimed_by`, until
    `claimed_until`.
    """

    prospect = models.OneToOneField("prospects.SalesProspect", on_delete=models.CASCADE, null=True, related_name="told")
    contact = models.OneToOneField("prospects.Contact", on_delete=models.CASCADE, null=True, related_name="told")
    ghl_contact_id = models.CharField(max_length=64, blank=True, default="", db_default="")
    told = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    tags = models.JSONField(default=list, blank=True, db_default=models.Value([], models.JSONField()))
    unsure = models.JSONField(default=dict, blank=True, db_default=models.Value({}, models.JSONField()))
    mapping = models.CharField(max_length=64, blank=True, default="", db_default="")
    looked_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=64, blank=True, default="", db_default="")
    claimed_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    next_try_at = models.DateTimeField(default=timezone.now, db_default=models.functions.Now())
    error = models.TextField(blank=True, default="", db_default="")

    class Meta:
        db_table = "ghl_told"
        verbose_name = "told person"
        verbose_name_plural = "told people"
        indexes = [models.Index(fields=["claimed_by"], condition=~Q(claimed_by=""), name="told_claimed")]
        constraints = [
            models.CheckConstraint(
                condition=Q(prospect__isnull=False, contact__isnull=True)
                | Q(prospect__isnull=True, contact__isnull=False),
                name="told_one_person",
            ),
        ]

    def __str__(self) -> str:
        return f"Told of {self.prospect or self.contact}"
