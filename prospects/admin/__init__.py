"""What staff see of people, of campaigns, and of how both get into GHL."""

from prospects.admin.campaigns import SalesCampaignAdmin
from prospects.admin.people import ContactAdmin, SalesProspectAdmin
from prospects.admin.push_runs import SyncRunAdmin

__all__ = ["ContactAdmin", "SalesCampaignAdmin", "SalesProspectAdmin", "SyncRunAdmin"]
