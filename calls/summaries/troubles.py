"""What can go wrong between us and Claude, in words for staff, and what is done about it.

Words name the kind of trouble and what Claude says of it; never a header, and no key: it is blotted out wherever it
might be quoted.
"""

from email.utils import parsedate_to_datetime
from enum import StrEnum

import anthropic
from django.utils import timezone

LONGEST_WORDS = 400
SEVERAL_TRIES = 6  # where Claude may have been the trouble
FEW_TRIES = 3  # where it answered: the same transcript mostly ends the same way


class Remedy(StrEnum):
    AGAIN = "again"  # this call alone is tried again, so many times
    PAUSE = "pause"  # no call has a chance now; all wait, and none is to blame
    END = "end"  # trying again would end the same way
    REFUSED = "refused"  # Claude declined


class Trouble(Exception):
    """Why no summary came of it, in `words`. `wait_seconds` is what Claude asked for; `most_tries` counts the first."""

    def __init__(
        self, words: str, remedy: Remedy, *, wait_seconds: float | None = None, most_tries: int = SEVERAL_TRIES
    ) -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy
        self.wait_seconds = wait_seconds
        self.most_tries = most_tries


def truncated() -> Trouble:
    words = "Claude’s answer did not fit in the 1,024 tokens that it may use."
    return Trouble(words, Remedy.AGAIN, most_tries=FEW_TRIES)


def refused() -> Trouble:
    return Trouble("Claude declined to summarise this call.", Remedy.REFUSED)


def too_long() -> Trouble:
    return Trouble("The transcript is longer than can be summarised, even in parts.", Remedy.END)


def nothing_found() -> Trouble:
    return Trouble("None of the quotes that Claude gave is in the transcript.", Remedy.AGAIN, most_tries=FEW_TRIES)


def invalid(problem: object) -> Trouble:
    words = f"Claude’s answer was not of the form asked for: {problem}."
    return Trouble(words, Remedy.AGAIN, most_tries=FEW_TRIES)


def trouble_of(problem: anthropic.AnthropicError, model: str, key: str) -> Trouble:
    """What an error of the SDK means for the call, and for all others."""
    if isinstance(problem, anthropic.APITimeoutError):
        return Trouble("Claude did not answer in time.", Remedy.AGAIN)
    if isinstance(problem, anthropic.APIConnectionError):
        return Trouble("Claude cannot be reached: the network, or ANTHROPIC_BASE_URL.", Remedy.PAUSE)
    if isinstance(problem, anthropic.APIStatusError):
        return _of_status(problem, model, key)
    return Trouble(f"Claude’s answer could not be read ({type(problem).__name__}).", Remedy.AGAIN, most_tries=FEW_TRIES)


def _of_status(problem: anthropic.APIStatusError, model: str, key: str) -> Trouble:
    status, kind = problem.status_code, str(problem.type or "")
    if kind == "billing_error" or status == 402:
        return Trouble("The account with Anthropic has no credit left. Top it up in their console.", Remedy.PAUSE)
    wait = _seconds(problem.response.headers.get("retry-after"))
    for_all = {
        401: "Claude does not accept the key. Set a valid ANTHROPIC_API_KEY and restart the workers.",
        403: "The key may not be used for this. See its workspace in Anthropic’s console.",
        404: f"Claude has no model “{model[:100]}”. Set ANTHROPIC_MODEL to one that exists and restart the workers.",
        429: "Claude’s rate limit for this account is reached.",
        529: "Claude is overloaded.",
    }
    if status in for_all:
        return Trouble(for_all[status], Remedy.PAUSE, wait_seconds=wait)
    if status == 413:
        return too_long()
    if 300 <= status < 400:
        return Trouble("ANTHROPIC_BASE_URL points to an address that sends us elsewhere.", Remedy.PAUSE)
    if status >= 500 or status in (408, 409):
        return Trouble(f"Claude has a fault of its own (status {status}).", Remedy.AGAIN, wait_seconds=wait)
    said = _said(problem, key)
    if "prompt is too long" in said:
        return too_long()
    return Trouble(f"Claude did not take the request (status {status}){said}", Remedy.AGAIN, most_tries=FEW_TRIES)


def _said(problem: anthropic.APIStatusError, key: str) -> str:
    said = " ".join(str(problem.api_message or "").split())
    if key:
        said = said.replace(key, "…")
    return f": {said[:LONGEST_WORDS]}" if said else "."


def _seconds(header: str | None) -> float | None:
    """What a retry-after header asks for: seconds, or a date."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(header) - timezone.now()).total_seconds()
        except (ValueError, TypeError):
            return None
    return seconds if 0 < seconds < 10**9 else None
