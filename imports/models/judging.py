"""By what pairs are judged: the bands that staff chose, and what reviewers' decisions taught."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from imports.duplicates.bands import BANDS
from integrations.rows import Row

LOWEST_CERTAIN = 0.95  # many at once are merged on this band: nobody looks at each pair


class Thresholds(Row):
    """How sure is sure: the lowest score, 0 to 1, of each band. One row; without it the defaults in code hold.

    See `imports.duplicates.bands.Bands` for what each means.
    """

    only = models.BooleanField(default=True, db_default=True, unique=True, editable=False)
    possible = models.FloatField(default=BANDS.possible, db_default=BANDS.possible)
    likely = models.FloatField(default=BANDS.likely, db_default=BANDS.likely)
    certain = models.FloatField(default=BANDS.certain, db_default=BANDS.certain)
    certain_if_even = models.FloatField(default=BANDS.certain_if_even, db_default=BANDS.certain_if_even)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, editable=False, related_name="+"
    )

    class Meta:
        db_table = "ghl_import_thresholds"
        verbose_name = "how sure is sure"
        verbose_name_plural = "how sure is sure"
        constraints = [
            models.CheckConstraint(condition=Q(only=True), name="thresholds_are_one_row"),
            models.CheckConstraint(
                condition=Q(
                    possible__gt=0,
                    likely__gte=F("possible"),
                    certain__gte=F("likely"),
                    certain_if_even__gte=F("certain"),
                    certain_if_even__lt=1,
                ),
                name="thresholds_rise",
            ),
            models.CheckConstraint(condition=Q(certain__gte=LOWEST_CERTAIN), name="thresholds_certain_is_certain"),
        ]

    def __str__(self) -> str:
        return "How sure is sure"


class FittedCalibration(Row):
    """What was learnt from the decisions up to `decided_until`, its effect, and whether detections go by it.

    `parameters` are those of `imports.duplicates.calibration.Calibration`; `effect` is as
    `imports.matching.learning.effect_of` has it. At most one is on: `switched_on_at` is set and `switched_off_at` not.
    """

    decisions = models.PositiveIntegerField()
    same = models.PositiveIntegerField()
    different = models.PositiveIntegerField()
    decided_until = models.DateTimeField()
    parameters = models.JSONField()
    effect = models.JSONField()
    helps = models.BooleanField()
    fitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    is_on = models.BooleanField(default=False, db_default=False)
    switched_on_at = models.DateTimeField(null=True)
    switched_on_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    switched_off_at = models.DateTimeField(null=True)
    switched_off_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )

    class Meta:
        db_table = "ghl_import_calibrations"
        verbose_name = "what decisions teach"
        verbose_name_plural = "what decisions teach"
        ordering = ["-created_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["is_on"], condition=Q(is_on=True), name="calibration_one_is_on"),
            models.CheckConstraint(
                condition=Q(is_on=False) | Q(helps=True, switched_on_at__isnull=False, switched_off_at__isnull=True),
                name="calibration_on_helps",
            ),
        ]

    def __str__(self) -> str:
        return f"Learnt from {self.decisions:,} decisions on {self.created_at:%Y-%m-%d %H:%M}"
