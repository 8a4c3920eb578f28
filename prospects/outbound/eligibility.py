"""Who may be pushed to GHL, and to which location.

Whose a person is (decided). A person whose row names a location (`ghl_location_id`) belongs to that one only. One
without belongs to no location yet: whichever of their side's locations is first asked to push them takes them, and
from the first request on their row in `ghl_outbound` names it for good. That row is unique for each person, so nobody
ever goes to two locations. Nobody decides between two locations by chance: where a side has several active ones, the
schedule leaves such people to staff (`prospects.tasks.push_all_locations`).

What stands on a person's own row counts, and what was said in any of their calls: "Do Not Contact" is an outcome of
calls, which are found by the relation that the app above gives people, as the admin does.
"""

import re
from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Case, CharField, Exists, F, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Cast

from integrations.models import GHLIntegration
from prospects.finding import AnyPerson, e164, people_on_side_of
from prospects.identity import emails_in
from prospects.models import OutboundPerson, SalesProspect
from prospects.outbound.reasons import Reason

State = OutboundPerson.State
DO_NOT_CONTACT = "Do Not Contact"  # the disposition, in the nine's own spelling
SAYS_SO = ("do not contact", "do-not-contact", "do_not_contact", "donotcontact")
SAYS_SO_ALONE = "dnc"
_BETWEEN_ADDRESSES = re.compile(r"[\s,;|/]+")
# Reserved for examples (RFC 2606): nobody's, so they are no stand-in for a missing address, and trials use them.
_FOR_EXAMPLES = re.compile(r"[^\s@<>()\[\],;:\"'|\\/]+@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|test\.com)")
NOT_IN_GHL = Q(ghl_contact_id__isnull=True) | Q(ghl_contact_id="")


# ---------------------------------------------------------------- one person: pure


def usable_email(text: str) -> str:
    """The first address in a cell, in lower case; "" when there is none, or one that only stands in for an address."""
    for word in _BETWEEN_ADDRESSES.split(text.lower().replace("mailto:", " ")):
        address = word.strip("<>()[]\"'.")
        if emails_in(address) or _FOR_EXAMPLES.fullmatch(address):
            return address
    return ""


def usable_phone(text: str) -> str:
    """The first valid number in a cell, in E.164; "" when there is none."""
    return e164(text)


def why_not(person: AnyPerson, *, said_in_a_call: bool) -> Reason | None:
    """Why a person may not be pushed, None when they may. `said_in_a_call`: one of their calls ended Do Not Contact."""
    stage = getattr(person, "cadence_stage", "")
    if said_in_a_call or _says_do_not_contact((*person.tag_list, stage, person.engagement_level)):
        return Reason.DO_NOT_CONTACT
    if person.do_not_call:
        return Reason.DO_NOT_CALL
    if not usable_email(person.contact_email) and not usable_phone(person.contact_phone):
        return Reason.NOTHING_TO_REACH_BY
    return None


def _says_do_not_contact(words: Iterable[str]) -> bool:
    return any(
        word.strip().casefold() == SAYS_SO_ALONE or any(phrase in word.casefold() for phrase in SAYS_SO)
        for word in words
    )


# ---------------------------------------------------------------- many: in the database


def people_of(integration: GHLIntegration, campaign_id: Any = None) -> Any:
    """Everybody who belongs to a location, or to one campaign in it, in GHL or not."""
    people = people_on_side_of(integration).filter(
        Q(ghl_location_id=integration.location_id)
        | Q(ghl_location_id="") & (Q(outbound__isnull=True) | Q(outbound__integration=integration) | NOBODY_SENT_THEM)
    )
    return people.filter(campaign_id=campaign_id) if campaign_id and integration.is_internal else people


# Another location took them up, but its push has ended before anything was sent.
NOBODY_SENT_THEM = Q(outbound__state=State.WAITING, outbound__sent_at__isnull=True, outbound__claimed_by="") & (
    Q(outbound__run__isnull=True) | Q(outbound__run__finished_at__isnull=False)
)


def with_obstacle(people: Any) -> Any:
    """The people with `obstacle`: the Reason why they may not be pushed, as far as the database can tell, or ""."""
    return _with_words(people).annotate(
        obstacle=Case(
            When(Q(said_in_a_call=True) | _marked(people.model), then=Value(Reason.DO_NOT_CONTACT.value)),
            When(do_not_call=True, then=Value(Reason.DO_NOT_CALL.value)),
            When(_NOTHING_TO_REACH_BY, then=Value(Reason.NOTHING_TO_REACH_BY.value)),
            default=Value(""),
            output_field=CharField(),
        )
    )


def without_obstacle(people: Any) -> Any:
    """Those whose `obstacle` is "", asked one thing after the other.

    PostgreSQL takes the outcome of a CASE for rare, and would go through all of a million people and sort those found
    rather than take the page's fifty from an index.
    """
    found = _with_words(people).filter(said_in_a_call=False, do_not_call=False)
    return found.exclude(_NOTHING_TO_REACH_BY).exclude(_marked(people.model))


_NOTHING_TO_REACH_BY = Q(contact_email="", contact_phone="")


def _with_words(people: Any) -> Any:
    calls = people.model._meta.get_field("calls")
    said = calls.related_model.objects.filter(**{calls.field.name: OuterRef("pk")}, disposition=DO_NOT_CONTACT)
    return people.annotate(
        tags_as_text=Cast("tags", TextField()), said_in_a_call=Exists(said, output_field=BooleanField())
    )


def _marked(model: type[Any]) -> Q:
    """Do Not Contact, written on their own row."""
    marked = Q(tags_as_text__icontains=f'"{SAYS_SO_ALONE}"')
    stage = ("cadence_stage",) if model is SalesProspect else ()
    for column in ("tags_as_text", "engagement_level", *stage):
        for phrase in SAYS_SO:
            marked |= Q(**{f"{column}__icontains": phrase})
    return marked


def not_in_ghl(people: Any) -> Any:
    return people.filter(NOT_IN_GHL)


def never_taken_up(people: Any) -> Any:
    """Those who may be pushed, as far as the database can tell, and whom no push has taken up yet."""
    return without_obstacle(not_in_ghl(people).filter(outbound__isnull=True))


def to_be_taken_up_again(people: Any, *, most_attempts: int) -> Any:
    """Those whom an earlier push left waiting or failing, or who were changed since they were refused."""
    changed_since = Q(outbound__state__in=OutboundPerson.NOT_IN_GHL, updated_at__gt=F("outbound__settled_at"))
    failed_for_now = Q(outbound__state=State.FAILED, outbound__attempts__lt=most_attempts)
    # Done, but no longer linked: somebody took the link away, to have them pushed anew.
    unlinked = Q(outbound__state=State.DONE)
    again = changed_since | failed_for_now | unlinked | Q(outbound__state__in=OutboundPerson.OPEN)
    return without_obstacle(not_in_ghl(people).filter(again))


def said_do_not_contact(people: list[AnyPerson]) -> set[Any]:
    """The ids of those of whom a call ended Do Not Contact."""
    if not people:
        return set()
    calls: Any = type(people[0])._meta.get_field("calls")
    link = calls.field.attname
    rows = calls.related_model.objects.filter(
        **{f"{link}__in": [person.pk for person in people]}, disposition=DO_NOT_CONTACT
    )
    return set(rows.values_list(link, flat=True))
