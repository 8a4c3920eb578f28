"""How far a location, or one campaign in it, is with GHL; and letting people be tried again by hand."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from django.db.models import Q
from django.utils import timezone

from integrations.models import GHLIntegration
from prospects.finding import AnyPerson
from prospects.models import OutboundPerson, SalesCampaign, SalesProspect
from prospects.outbound import states
from prospects.outbound.counting import by_count, outside_ghl, why_skipped
from prospects.outbound.eligibility import NOT_IN_GHL, people_of
from prospects.outbound.reasons import words_for


@dataclass(frozen=True, slots=True)
class Standing:
    """How many people of a location are where. Together they are everybody who belongs to it.

    The mappings go from words for staff (`reasons.Reason` labels) to how many, the most first.
    """

    in_ghl: int = 0
    waiting: int = 0
    failed: Mapping[str, int] = field(default_factory=dict)  # tried and not taken, for now or for good
    conflicts: Mapping[str, int] = field(default_factory=dict)  # a person must look
    not_allowed: Mapping[str, int] = field(default_factory=dict)  # may not be pushed

    @property
    def total(self) -> int:
        groups = (self.failed, self.conflicts, self.not_allowed)
        return self.in_ghl + self.waiting + sum(sum(group.values()) for group in groups)


def standing_of(integration: GHLIntegration, campaign: SalesCampaign | None = None) -> Standing:
    """The counts for pages, in two queries."""
    people = people_of(integration, campaign.pk if campaign else None)
    waiting = 0
    failed, conflicts, not_allowed = Counter[str](), Counter[str](), Counter[str]()
    for group in outside_ghl(people):
        state, count = group["outbound__state"], group["count"]
        if reason := why_skipped(group):
            not_allowed[words_for(reason)] += count
        elif state == states.State.CONFLICT:
            conflicts[words_for(group["outbound__reason"])] += count
        elif state in OutboundPerson.NOT_IN_GHL:
            failed[words_for(group["outbound__reason"])] += count
        else:
            waiting += count
    return Standing(
        in_ghl=people.exclude(NOT_IN_GHL).count(),
        waiting=waiting,
        failed=by_count(failed),
        conflicts=by_count(conflicts),
        not_allowed=by_count(not_allowed),
    )


def retry(people: Iterable[AnyPerson]) -> int:
    """Lets people who failed, were refused or are in conflict be tried by the next push. Returns how many there were.

    Whoever may be in GHL already is still looked up first.
    """
    wanted = list(people)
    prospects = [person.pk for person in wanted if isinstance(person, SalesProspect)]
    contacts = [person.pk for person in wanted if not isinstance(person, SalesProspect)]
    rows = OutboundPerson.objects.filter(Q(prospect__in=prospects) | Q(contact__in=contacts))
    return rows.filter(state__in=OutboundPerson.NOT_IN_GHL).update(**states.begun_anew(timezone.now()))
