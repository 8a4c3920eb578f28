"""People on their way into GHL, as a push would have left them."""

from typing import Any

from django.utils import timezone

from integrations.models import GHLIntegration, SyncRun
from prospects.models import Contact, OutboundPerson, SalesProspect
from prospects.outbound.reasons import Reason

State = OutboundPerson.State


def a_run(integration: GHLIntegration, **about: Any) -> SyncRun:
    """A push that came to its end, unless told otherwise."""
    done = {"status": "partial", "finished_at": timezone.now()} if not about.pop("is_under_way", False) else {}
    return SyncRun.objects.create(integration=integration, **done, **about)


def a_prospect(last_name: str = "Quill", **about: Any) -> SalesProspect:
    given = {"contact_email": f"{last_name.lower()}@example.com", **about}
    return SalesProspect.objects.create(contact_last_name=last_name, **given)


def taken_up(person: SalesProspect | Contact, integration: GHLIntegration, state: str, **about: Any) -> OutboundPerson:
    """The person's row after a push: waiting, done, failed, refused or in conflict."""
    settled = {} if state in OutboundPerson.OPEN else {"settled_at": timezone.now()}
    done = {"result": OutboundPerson.Result.CREATED} if state == State.DONE else {}
    link = {"prospect" if isinstance(person, SalesProspect) else "contact": person}
    return OutboundPerson.objects.create(integration=integration, state=state, **link, **settled, **done, **about)


def refused(person: SalesProspect | Contact, integration: GHLIntegration, **about: Any) -> OutboundPerson:
    """GHL did not want their e-mail."""
    said = {"reason": Reason.REFUSED_EMAIL, "error": "GoHighLevel says: “email must be an email”.", **about}
    return taken_up(person, integration, State.REFUSED, **said)
