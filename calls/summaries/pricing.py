"""What tokens cost: pure. A model whose price is not known here has none; nothing is guessed."""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

# US dollars for a million tokens, in and out, from platform.claude.com/docs/en/about-claude/pricing (November 2026).
# Haiku 5.5 costs more above 100,000 tokens a request, which no part of a transcript reaches.
PRICES: Mapping[str, tuple[str, str]] = {
    "claude-opus-5-5": ("4", "20"),
    "claude-opus-5": ("5", "25"),
    "claude-sonnet-5-5": ("2", "10"),
    "claude-sonnet-5": ("2", "10"),
    "claude-sonnet-4-6": ("3", "15"),
    "claude-sonnet-4-5": ("3", "15"),
    "claude-haiku-5-5": ("0.10", "0.50"),
    "claude-haiku-4-5": ("1", "5"),
}
MILLION = 1_000_000


class PricesUnreadableError(ValueError):
    """The setting with prices is not of the form "model=in/out"."""


def prices_told(text: str) -> dict[str, tuple[str, str]]:
    """Prices as a setting names them: "model=in/out", dollars for a million tokens, parted by commas."""
    told: dict[str, tuple[str, str]] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        model, _, figures = entry.partition("=")
        into, _, out = figures.partition("/")
        try:
            amounts = Decimal(into.strip()), Decimal(out.strip())
        except InvalidOperation:
            amounts = (Decimal(-1), Decimal(-1))
        if not model.strip() or not all(amount.is_finite() and amount >= 0 for amount in amounts):
            raise PricesUnreadableError(f"ANTHROPIC_PRICES: “{entry}” is not of the form model=in/out, like {EXAMPLE}.")
        told[model.strip()] = (str(amounts[0]), str(amounts[1]))
    return told


def cost_micros(model: str, tokens_in: int, tokens_out: int, told: Mapping[str, tuple[str, str]]) -> int | None:
    """Millionths of a dollar, rounded up; None for a model whose price is not known.

    A dated name ("claude-haiku-4-5-20251001") costs what its model does.
    """
    known = {**PRICES, **told}
    price = known.get(model) or known.get(_undated(model))
    if price is None:
        return None
    exact = Decimal(price[0]) * tokens_in + Decimal(price[1]) * tokens_out
    return int(exact.to_integral_value(rounding="ROUND_CEILING"))


def dollars(micros: int | None) -> Decimal | None:
    return None if micros is None else Decimal(micros) / MILLION


def _undated(model: str) -> str:
    head, _, tail = model.rpartition("-")
    return head if len(tail) == 8 and tail.isdecimal() else model


EXAMPLE = "claude-sonnet-5-5=2/10"
