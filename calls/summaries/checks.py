"""System checks: settings of Claude that would make summaries unsafe, or fail each of them."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register

from calls.summaries.pricing import PricesUnreadableError, prices_told

THIS_MACHINE = ("127.0.0.1", "localhost", "::1")


@register()
def claude_address(**kwargs: Any) -> list[CheckMessage]:
    address = urlsplit(settings.ANTHROPIC_BASE_URL)
    if address.scheme == "https" or address.hostname in THIS_MACHINE:
        return []
    return [
        Warning(
            "ANTHROPIC_BASE_URL would send the key and transcripts unencrypted over the network.",
            hint="Use an https:// address; plain http is accepted for this machine only.",
            id="calls.W001",
        )
    ]


@register()
def claude_settings(**kwargs: Any) -> list[CheckMessage]:
    found: list[CheckMessage] = []
    try:
        prices_told(settings.ANTHROPIC_PRICES)
    except PricesUnreadableError as problem:
        found.append(Error(str(problem), hint="Put it right, or leave it empty.", id="calls.E001"))
    if settings.ANTHROPIC_AT_ONCE < 1 or settings.ANTHROPIC_TIMEOUT_SECONDS <= 0:
        words = "ANTHROPIC_AT_ONCE and ANTHROPIC_TIMEOUT_SECONDS have to be above 0."
        found.append(Error(words, hint="Leave them out for the usual values.", id="calls.E002"))
    return found
