"""How sure is sure: the bands that staff chose, or those in code, and by what a detection judges pairs right now."""

from typing import Any

from imports.duplicates.bands import BANDS, Bands
from imports.duplicates.calibration import Calibration
from imports.duplicates.standard import Standard
from imports.models import FittedCalibration, Thresholds
from imports.models.judging import LOWEST_CERTAIN

NAMES = ("possible", "likely", "certain", "certain_if_even")


class UnusableBandsError(ValueError):
    """Thresholds that cannot be; the text says why and what to do."""


def standard_now() -> Standard:
    """To be asked once for each detection, so that all its pairs are judged alike."""
    return Standard(bands_now(), calibration_now())


def bands_now() -> Bands:
    row = Thresholds.objects.values(*NAMES).first()
    return Bands(**row, margin=BANDS.margin) if row else BANDS


def calibration_now() -> Calibration | None:
    """What decisions taught, if that is switched on."""
    row = FittedCalibration.objects.filter(is_on=True).values_list("parameters", flat=True).first()
    return Calibration.of_row(row) if row else None


def the_thresholds() -> Thresholds:
    """The one row, made with the defaults if need be."""
    return Thresholds.objects.get_or_create(only=True)[0]


def usable_bands(*, possible: float, likely: float, certain: float, certain_if_even: float) -> Bands:
    """Raises UnusableBandsError where many at once could be merged on too little, or the bands do not rise."""
    if certain < LOWEST_CERTAIN:
        raise UnusableBandsError(
            f"Certain has to be at least {LOWEST_CERTAIN * 100:.0f} %: certain matches may be merged many at once, "
            "without anybody looking at each."
        )
    try:
        return Bands(certain_if_even, certain, likely, possible, BANDS.margin)
    except ValueError:
        raise UnusableBandsError(
            "Each has to be at least as high as the one before (possible, likely, certain, certain in spite of a "
            "contradiction), above 0 % and below 100 %."
        ) from None


def set_bands(bands: Bands, by: Any) -> None:
    """What the next detections go by; candidates that are there stay as they are."""
    row = the_thresholds()
    for name in NAMES:
        setattr(row, name, getattr(bands, name))
    row.changed_by = by
    row.save()
