"""What staff see of imports: batches with their progress, the review queue, and the page where a record is decided."""

from imports.admin.batches import ImportBatchAdmin
from imports.admin.bulk_runs import BulkRunAdmin
from imports.admin.calibration_page import FittedCalibrationAdmin
from imports.admin.decisions import ReviewDecisionAdmin
from imports.admin.pair_page import ToldApartAdmin
from imports.admin.queue import StagedRecordAdmin
from imports.admin.thresholds_page import ThresholdsAdmin

__all__ = [
    "BulkRunAdmin", "FittedCalibrationAdmin", "ImportBatchAdmin", "ReviewDecisionAdmin", "StagedRecordAdmin",
    "ThresholdsAdmin", "ToldApartAdmin",
]  # fmt: skip
