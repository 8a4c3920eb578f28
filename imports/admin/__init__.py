"""What staff see of imports: batches with their progress, the review queue, and the page where a record is decided."""

from imports.admin.batches import ImportBatchAdmin
from imports.admin.bulk_runs import BulkRunAdmin
from imports.admin.decisions import ReviewDecisionAdmin
from imports.admin.queue import StagedRecordAdmin

__all__ = ["BulkRunAdmin", "ImportBatchAdmin", "ReviewDecisionAdmin", "StagedRecordAdmin"]
