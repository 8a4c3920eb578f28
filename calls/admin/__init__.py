"""What staff see of calls: their lists and pages, where AI and BDR differ, and what summaries cost."""

from calls.admin.disagreement_list import DisagreementAdmin
from calls.admin.phone_calls import CallAdmin, SalesCallAdmin
from calls.admin.spending import SummaryBudgetAdmin, SummarySpendAdmin

__all__ = ["CallAdmin", "DisagreementAdmin", "SalesCallAdmin", "SummaryBudgetAdmin", "SummarySpendAdmin"]
