"""Letting people whom a push left outside GHL be tried again by hand."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils import timezone

from prospects.finding import AnyPerson
from prospects.models import OutboundPerson, SalesProspect
from prospects.outbound import states


def retry(people: Iterable[AnyPerson]) -> int:
    """Lets people who failed, were refused or are in conflict be tried by the next push. Returns how many there were.

    Whoever may be in GHL already is still looked up first.
    """
    wanted = list(people)
    prospects = [person.pk for person in wanted if isinstance(person, SalesProspect)]
    contacts = [person.pk for person in wanted if not isinstance(person, SalesProspect)]
    rows = OutboundPerson.objects.filter(Q(prospect__in=prospects) | Q(contact__in=contacts))
    return rows.filter(state__in=OutboundPerson.NOT_IN_GHL).update(**states.begun_anew(timezone.now()))
