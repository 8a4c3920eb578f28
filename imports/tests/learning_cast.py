"""What decisions taught, for tests of what goes by it."""

from typing import Any

from django.utils import timezone

from imports.models import FittedCalibration


def switched_on(**parameters: Any) -> FittedCalibration:
    """A correction that is on; `parameters` as `imports.duplicates.calibration.Calibration` has them."""
    now = timezone.now()
    return FittedCalibration.objects.create(
        decisions=200, same=100, different=100, decided_until=now, parameters=parameters, effect={}, helps=True,
        is_on=True, switched_on_at=now,
    )  # fmt: skip
