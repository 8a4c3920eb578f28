"""Where people are on their way into GHL: the same five answers for lists, filters and figures."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, TextChoices, Value, When

from prospects.models import OutboundPerson
from prospects.outbound.eligibility import not_in_ghl, with_obstacle, without_obstacle
from prospects.outbound.reasons import words_for
from prospects.outbound.states import NOT_ALLOWED

State = OutboundPerson.State
# A push looks closer than a query can: at a phone with too few digits, for one.
NOT_ALLOWED_BY_A_PUSH = Q(outbound__state=State.REFUSED, outbound__reason__in=[reason.value for reason in NOT_ALLOWED])


class Where(TextChoices):
    IN_GHL = "yes", "In GHL"
    WAITING = "waiting", "Waiting for a push"
    FAILED = "failed", "Failed"
    LOOK = "look", "A person must look"
    NOT_ALLOWED = "not_allowed", "May not be pushed"


NOT_YET = "no"  # in lists: everywhere but in GHL
UNTOLD = "untold"  # in GHL, which could not be told of a change
NEED_SOMEBODY = (Where.FAILED, Where.LOOK)
LOOKED_FOR = (Where.WAITING, *NEED_SOMEBODY, Where.NOT_ALLOWED)  # found by looking into people, not by an index alone


@dataclass(slots=True)
class Standing:
    """How many people are where, and for each place why: words for staff to how many, the most first."""

    counts: Counter[str] = field(default_factory=Counter)
    why: dict[str, Counter[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return self.counts.total()

    def add(self, where: str, reason: str, count: int) -> None:
        self.counts[where] += count
        if reason:
            self.why.setdefault(where, Counter())[words_for(reason)] += count

    def lines(self) -> list[dict[str, Any]]:
        """One for each place, for a page: its count, and why those are there who should not be."""
        return [
            {
                "where": where.value,
                "words": where.label,
                "count": self.counts[where],
                "needs_somebody": bool(self.counts[where]) and where in NEED_SOMEBODY,
                "reasons": self.why.get(where, Counter()).most_common(),
            }
            for where in Where
        ]


def with_where(people: Any) -> Any:
    """The people with `where` (a Where) and `why`: the reason's code, empty where there is none."""
    return with_obstacle(people).annotate(
        where=Case(
            When(ghl_contact_id__gt="", then=Value(Where.IN_GHL.value)),
            When(obstacle__gt="", then=Value(Where.NOT_ALLOWED.value)),
            When(NOT_ALLOWED_BY_A_PUSH, then=Value(Where.NOT_ALLOWED.value)),
            When(outbound__state=State.CONFLICT, then=Value(Where.LOOK.value)),
            When(outbound__state__in=(State.FAILED, State.REFUSED), then=Value(Where.FAILED.value)),
            default=Value(Where.WAITING.value),
            output_field=CharField(),
        ),
        why=Case(
            When(ghl_contact_id__gt="", then=Value("")),
            When(obstacle__gt="", then=F("obstacle")),
            When(outbound__state__in=OutboundPerson.NOT_IN_GHL, then=F("outbound__reason")),
            default=Value(""),
            output_field=CharField(),
        ),
    )


def only(people: Any, where: str) -> Any:
    """Those who are there; `where` may also be NOT_YET or UNTOLD. Anything else is everybody."""
    if where == Where.IN_GHL:
        return people.filter(ghl_contact_id__gt="")
    if where == NOT_YET:
        return people.exclude(ghl_contact_id__gt="")
    if where == UNTOLD:
        return people.filter(told__error__gt="")
    if where in LOOKED_FOR:
        return _looked_for(not_in_ghl(people), where)
    return people


def _looked_for(people: Any, where: str) -> Any:
    """Of those who are not in GHL. What indexed columns tell is asked first: a list may have a million people."""
    troubled = (State.CONFLICT, State.FAILED, State.REFUSED)
    if where == Where.WAITING:
        return without_obstacle(people).exclude(outbound__state__in=troubled)
    if where in NEED_SOMEBODY:
        people = people.filter(outbound__state__in=troubled)
    return with_where(people).filter(where=where)


def standing_of(people: QuerySet[Any]) -> Standing:
    """The counts of these people, in one query."""
    standing = Standing()
    for where, why, count in with_where(people.order_by()).values_list("where", "why").annotate(count=Count("pk")):
        standing.add(where, why, count)
    return standing


def standings_by(people: QuerySet[Any], column: str) -> Mapping[Any, Standing]:
    """The counts for each value of a column, in one query."""
    found: dict[Any, Standing] = {}
    rows = with_where(people.order_by()).values_list(column, "where", "why").annotate(count=Count("pk"))
    for value, where, why, count in rows:
        found.setdefault(value, Standing()).add(where, why, count)
    return found
