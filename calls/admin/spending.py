"""What may be spent on summaries in a day, what they cost, and how good they are."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from calls.admin.summary_card import TONES
from calls.models import SummaryBudget, SummarySpend, SummaryStatus
from calls.summaries import budget, figures
from integrations.admin_parts import NOTHING, WARN, NothingToDelete, ReadOnlyAdmin, badge, change_url, moment

PERIODS = (7, 30, 90)  # days
USUAL_PERIOD = 30


class BudgetForm(forms.ModelForm):
    class Meta:
        model = SummaryBudget
        fields = ("daily_calls", "daily_tokens")
        help_texts = {  # noqa: RUF012
            "daily_calls": "Empty: no limit. 0: no summaries.",
            "daily_tokens": "Empty: no limit. What Claude reads and writes, together.",
        }


@admin.register(SummaryBudget)
class SummaryBudgetAdmin(NothingToDelete, admin.ModelAdmin):
    """One row, so that its form stands where others have a list."""

    form = BudgetForm
    readonly_fields = ("calls_used", "tokens_used", "pause", "states")
    fieldsets = (
        ("Limits", {
            "fields": ("daily_calls", "daily_tokens"),
            "description": "For all locations together. The day begins at midnight in the portal’s time zone.",
        }),
        ("Today", {"fields": ("calls_used", "tokens_used", "pause", "states")}),
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return self.change_view(request, str(budget.the_budget().pk), extra_context=extra_context)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Only the limits: workers count in the same row meanwhile. What waited for tomorrow is tried again."""
        budget.set_limits(obj.daily_calls, obj.daily_tokens)

    @admin.display(description="calls")
    def calls_used(self, row: SummaryBudget) -> str:
        today = budget.today()
        return _used(today.calls, today.daily_calls)

    @admin.display(description="tokens")
    def tokens_used(self, row: SummaryBudget) -> str:
        today = budget.today()
        return _used(today.tokens, today.daily_tokens)

    @admin.display(description="Claude")
    def pause(self, row: SummaryBudget) -> SafeString | str:
        reason = budget.why_paused(timezone.now())
        if not reason:
            return "Is asked as calls come."
        return format_html("{} {} Until {}.", badge("Paused", WARN), reason, moment(row.paused_until))

    @admin.display(description="summaries, ever")
    def states(self, row: SummaryBudget) -> SafeString | str:
        counts = figures.counts()
        lines = [
            (badge(status.label, TONES[status]), f"{counts[status]:,}") for status in SummaryStatus if status in counts
        ]
        return format_html_join(" ", "{} {}", lines) or NOTHING


@dataclass(frozen=True, slots=True)
class _Sum:
    """Of all days and locations that are listed."""

    requests: int
    tokens: int
    cost: Decimal
    unpriced_tokens: int

    @classmethod
    def of(cls, days: list[figures.DayOfLocation]) -> "_Sum":
        return cls(
            requests=sum(day.requests for day in days),
            tokens=sum(day.input_tokens + day.output_tokens for day in days),
            cost=sum((day.cost for day in days), Decimal(0)),
            unpriced_tokens=sum(day.unpriced_tokens for day in days),
        )


@admin.register(SummarySpend)
class SummarySpendAdmin(ReadOnlyAdmin):
    """Figures in the place of a list."""

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        wanted = request.GET.get("days", "")
        period = int(wanted) if wanted in map(str, PERIODS) else USUAL_PERIOD
        until = timezone.localdate(timezone=timezone.get_default_timezone())
        days = figures.spent(until - timedelta(days=period - 1), until)
        context = {
            **self.admin_site.each_context(request),
            "title": "Costs of summaries",
            "opts": self.opts,
            "days": days,
            "sum": _Sum.of(days),
            "period": period,
            "periods": PERIODS,
            "quality": figures.quality(),
            "today": budget.today(),
            "budget_url": change_url(budget.the_budget()) if request.user.has_perm("calls.view_summarybudget") else "",
            **(extra_context or {}),
        }
        return TemplateResponse(request, "calls/costs.html", context)


def _used(count: int, limit: int | None) -> str:
    if limit is None:
        return f"{count:,}, no limit"
    return f"{count:,} of {limit:,}"
