"""Figures as people read them."""

from decimal import Decimal

from django import template

from integrations.admin_parts import NOTHING

register = template.Library()
SMALL = Decimal(1)


@register.filter
def thousands(count: int) -> str:
    return f"{count:,}"


@register.filter
def dollars(amount: Decimal) -> str:
    """US dollars; below one, where a call's cost is, in hundredths of a cent."""
    return f"${amount:,.2f}" if amount >= SMALL or not amount else f"${amount:.4f}"


@register.filter
def share(part: float | None) -> str:
    """A share from 0 to 1 in percent; "–" where there is nothing to take it of."""
    return NOTHING if part is None else f"{part:.1%}".replace(".0%", "%")
