"""What may be spent on summaries in a day, kept by the database whoever spends; and pauses that Claude asks for."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from calls.models import CallSummary, SummaryBudget, SummarySpend, SummaryStatus
from calls.summaries.pricing import cost_micros, prices_told
from integrations.models import GHLIntegration

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 20, 30, 60))
LONGEST_PAUSE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Today:
    """What the day's budget is and what is gone of it; a limit of None is none."""

    calls: int
    tokens: int
    daily_calls: int | None
    daily_tokens: int | None

    @property
    def is_spent(self) -> bool:
        return _reached(self.calls, self.daily_calls) or _reached(self.tokens, self.daily_tokens)


def the_budget() -> SummaryBudget:
    """The one row, made if need be."""
    return SummaryBudget.objects.get_or_create(only=True)[0]


def set_limits(daily_calls: int | None, daily_tokens: int | None) -> None:
    """Sets what may be spent in a day. What waited for tomorrow is tried again at once."""
    row = the_budget()
    row.daily_calls, row.daily_tokens = daily_calls, daily_tokens
    row.save(update_fields=["daily_calls", "daily_tokens", "updated_at"])
    try_over_budget_again()


def try_over_budget_again() -> None:
    """To be called when the limits were changed."""
    now = timezone.now()
    over = CallSummary.objects.filter(status=SummaryStatus.OVER_BUDGET)
    over.update(status=SummaryStatus.WAITING, reason="", next_at=now, updated_at=now)


def today() -> Today:
    row, day = the_budget(), _day(timezone.now())
    is_of_today = row.today == day
    return Today(
        calls=row.calls_today if is_of_today else 0,
        tokens=row.tokens_today if is_of_today else 0,
        daily_calls=row.daily_calls,
        daily_tokens=row.daily_tokens,
    )


def take_a_call(now: datetime) -> bool:
    """Takes one call out of the day's budget; False when there is none left. The database counts.

    Tokens are known only afterwards, so each call that is under way may go beyond the limit once.
    """
    the_budget()
    day = _day(now)
    rows = SummaryBudget.objects.filter(only=True)
    rows.filter(Q(today=None) | ~Q(today=day)).update(today=day, calls_today=0, tokens_today=0)
    left = (Q(daily_calls=None) | Q(calls_today__lt=F("daily_calls"))) & (
        Q(daily_tokens=None) | Q(tokens_today__lt=F("daily_tokens"))
    )
    return bool(rows.filter(left, today=day).update(calls_today=F("calls_today") + 1))


def give_a_call_back(now: datetime) -> None:
    """For a call that Claude never answered."""
    rows = SummaryBudget.objects.filter(today=_day(now), calls_today__gt=0)
    rows.update(calls_today=F("calls_today") - 1)


def spend(integration: GHLIntegration, model: str, prompt_version: str, tokens_in: int, tokens_out: int) -> int | None:
    """Writes down what one answer took. Returns what it cost in millionths of a dollar, None if that is not known."""
    day = _day(timezone.now())
    cost = cost_micros(model, tokens_in, tokens_out, prices_told(settings.ANTHROPIC_PRICES))
    about = {"day": day, "integration": integration, "model": model, "prompt_version": prompt_version}
    SummarySpend.objects.bulk_create([SummarySpend(**about)], ignore_conflicts=True)
    SummarySpend.objects.filter(**about).update(
        requests=F("requests") + 1,
        input_tokens=F("input_tokens") + tokens_in,
        output_tokens=F("output_tokens") + tokens_out,
        cost_micros=F("cost_micros") + (cost or 0),
        unpriced_tokens=F("unpriced_tokens") + (tokens_in + tokens_out if cost is None else 0),
        updated_at=timezone.now(),
    )
    count_tokens(tokens_in + tokens_out)
    return cost


def count_tokens(tokens: int) -> None:
    """Takes what an answer took out of the day's budget."""
    day = _day(timezone.now())
    SummaryBudget.objects.filter(today=day).update(tokens_today=F("tokens_today") + tokens)


def tomorrow(now: datetime) -> datetime:
    """When the next day's budget begins."""
    begin = timezone.localtime(now, timezone.get_default_timezone()).replace(hour=0, minute=0, second=0, microsecond=0)
    return begin + timedelta(days=1)


# ---------------------------------------------------------------- pauses


def pause(reason: str, at_least: float | None, now: datetime) -> datetime:
    """Leaves Claude alone for a while, longer each time in a row; `at_least` is what it asked for, in seconds.

    Of several that run into the same trouble the first one sets the pause. Returns when it ends.
    """
    row = the_budget()
    wait = PAUSES[min(row.pauses_in_a_row, len(PAUSES) - 1)]
    until = now + min(max(wait, timedelta(seconds=at_least or 0)), LONGEST_PAUSE)
    free = SummaryBudget.objects.filter(Q(paused_until=None) | Q(paused_until__lte=now))
    mine = free.update(paused_until=until, pause_reason=reason, pauses_in_a_row=F("pauses_in_a_row") + 1)
    return until if mine else (the_budget().paused_until or until)


def end_of_pauses(now: datetime) -> None:
    """Claude has answered. A pause that began meanwhile goes on."""
    over = SummaryBudget.objects.filter(paused_until__lte=now)
    over.update(paused_until=None, pause_reason="", pauses_in_a_row=0)


def paused_until(now: datetime) -> datetime | None:
    until = the_budget().paused_until
    return until if until and until > now else None


def why_paused(now: datetime) -> str:
    """What holds all summaries up, in words; empty when nothing does."""
    row = the_budget()
    return row.pause_reason if row.paused_until and row.paused_until > now else ""


def _day(now: datetime) -> date:
    return timezone.localdate(now, timezone.get_default_timezone())


def _reached(used: int, limit: int | None) -> bool:
    return limit is not None and used >= limit
