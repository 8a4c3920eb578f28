"""What can go wrong with GoHighLevel (GHL), named by what the caller should do about it.

The text of every error is for staff and safe to log: what happened, to which request (method and path, never the query,
which may hold a phone number), GHL's status, trace id and own message, and what to do next. It never holds the token,
a header or any other part of an answer.
"""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from integrations.ghl.rate_headers import RateHeaders

LONGEST_MESSAGE = 300  # characters of GHL's own message that are worth keeping


class GHLError(Exception):
    """Base of all. `messages` is what GHL said, `canonical_code` its own code for it, where it sent one."""

    happened: ClassVar[str] = "GoHighLevel could not be used"
    next_step: ClassVar[str] = ""
    # Whether GHL certainly did not act on the request, so that even a write may be sent again.
    nothing_was_done: bool = False

    def __init__(
        self,
        request: str = "",
        *,
        status: int | None = None,
        trace_id: str = "",
        messages: Sequence[str] = (),
        canonical_code: str = "",
        detail: str = "",
    ) -> None:
        super().__init__(request)  # the only positional argument, so that errors survive pickling between processes
        self.request = request
        self.status = status
        self.trace_id = trace_id
        self.messages = tuple(messages)
        self.canonical_code = canonical_code
        self.detail = detail

    def __str__(self) -> str:
        about = [self.request] if self.request else []
        about += [f"status {self.status}"] if self.status else []
        about += [f"trace {self.trace_id}"] if self.trace_id else []
        where = f" ({', '.join(about)})" if about else ""
        what = f": {self.detail}" if self.detail else ""
        parts = [f"{self.happened}{where}{what}"]
        if self.messages:
            parts.append(f"GoHighLevel says: “{_one_line('; '.join(self.messages))}”")
        return ". ".join(part.rstrip(".") for part in [*parts, self.next_step] if part) + "."


# ---------------------------------------------------------------- the same request may work later


class TransientGHLError(GHLError):
    """The same request may work later. `retry_after`: GHL's own advice in seconds, if it gave any."""

    def __init__(self, request: str = "", *, retry_after: float | None = None, **about: Any) -> None:
        super().__init__(request, **about)
        self.retry_after = retry_after


class Unreachable(TransientGHLError):
    """No answer came: no connection, a connection that broke, or none in time.

    Unless `before_sending`, GHL may have acted on the request all the same.
    """

    happened = "GoHighLevel could not be reached"
    next_step = "Try again in a few minutes; if it stays so, check the network and GoHighLevel's status page"

    def __init__(self, request: str = "", *, before_sending: bool = False, **about: Any) -> None:
        super().__init__(request, **about)
        self.nothing_was_done = before_sending


class RateLimited(TransientGHLError):
    """GHL refused the request because too many were sent within 10 seconds. It did nothing else."""

    happened = "GoHighLevel asks for fewer requests"
    next_step = "Wait a minute; if it happens often, another application is using this location's token"
    nothing_was_done = True


class ServerFault(TransientGHLError):
    """GHL failed inside. It may have acted on the request all the same."""

    happened = "GoHighLevel had a fault of its own"
    next_step = "Try again in a few minutes; if it stays so, give the trace id to GoHighLevel's support"


class GarbledAnswer(TransientGHLError):
    """GHL reported success, but with something that cannot be read: a web page, half an answer, broken JSON.

    For a write this means that GHL has most likely acted on it.
    """

    happened = "GoHighLevel's answer could not be read"
    next_step = "Try again in a few minutes; if it stays so, check GHL_API_BASE_URL and any proxy in between"


class AllowanceUnavailable(TransientGHLError):
    """The count of requests that all processes share cannot be reached, so nothing was sent."""

    happened = "The count of requests shared by all workers could not be reached, so nothing was sent to GoHighLevel"
    next_step = "Check that Redis is running (REDIS_URL) or, without Redis, that the runtime folder can be written"
    nothing_was_done = True


# ---------------------------------------------------------------- the same request cannot work


class PermanentGHLError(GHLError):
    """The same request will fail again: record it and stop."""


class CredentialRejected(PermanentGHLError):
    happened = "GoHighLevel did not accept the location's token"
    next_step = "Check in GoHighLevel that the token is active and has the scopes it needs, then enter it again here"
    nothing_was_done = True


class VersionRejected(PermanentGHLError):
    """GHL answers 401 for a missing or unknown Version header, which looks like a bad token but is not one."""

    happened = "GoHighLevel did not accept the Version header"
    next_step = "Check GHL_API_VERSION; the token is not to blame"
    nothing_was_done = True


class LocationForbidden(PermanentGHLError):
    happened = "The token has no access to this location"
    next_step = "Check that the token was made for this very location"
    nothing_was_done = True


class NotFound(PermanentGHLError):
    happened = "GoHighLevel has no such record"
    next_step = "It may have been deleted in GoHighLevel"
    nothing_was_done = True


class RequestRejected(PermanentGHLError):
    """GHL found fault with what was sent; `messages` says with what.

    A rejected create (422) may have created the contact all the same (highlevel-api-docs issue 64): look it up first.
    """

    happened = "GoHighLevel rejected what was sent"
    next_step = "Correct what it names, then try again"


class DuplicateContact(RequestRejected):
    """The location allows no two contacts with the same e-mail or phone, and has this one already.

    `contact_id` is the contact to take instead; empty when GHL did not say. `matching_field`: "email", "phone" or "".
    """

    happened = "GoHighLevel has this contact already"
    next_step = ""
    nothing_was_done = True

    def __init__(self, request: str = "", *, contact_id: str = "", matching_field: str = "", **about: Any) -> None:
        super().__init__(request, **about)
        self.contact_id = contact_id
        self.matching_field = matching_field


class DailyAllowanceSpent(PermanentGHLError):
    """No more requests today: 200,000 a day for each location. `retry_after`: when to look again, in seconds."""

    happened = "The location's daily allowance of requests to GoHighLevel is spent"
    next_step = "What was begun can go on later, as the allowance comes back; nothing is lost"
    nothing_was_done = True

    def __init__(self, request: str = "", *, retry_after: float | None = None, **about: Any) -> None:
        super().__init__(request, **about)
        self.retry_after = retry_after


class CalledOff(PermanentGHLError):
    """The caller no longer wanted the request when its turn came, so it was not sent."""

    happened = "The request was called off before it was sent"
    nothing_was_done = True


class UnexpectedPayload(PermanentGHLError):
    """A record that is not what its place in the answer promises; `detail` names the field."""

    happened = "GoHighLevel sent something unexpected"
    next_step = ""


# ---------------------------------------------------------------- from an answer to its error

ERROR_BY_STATUS: Mapping[int, type[GHLError]] = {
    400: RequestRejected,
    401: CredentialRejected,
    403: LocationForbidden,
    404: NotFound,
    408: ServerFault,  # the server gave up waiting for the request
    422: RequestRejected,
    425: ServerFault,
    429: RateLimited,
}


def error_for(status: int, *, request: str, headers: Mapping[str, str], body: Any) -> GHLError:
    """The error for an answer that is no success. `body`: the decoded JSON, or None when it was none."""
    content = body if isinstance(body, Mapping) else {}
    messages = _messages(content)
    rate = RateHeaders.read(headers)
    about: dict[str, Any] = {
        "status": status,
        "trace_id": _one_line(content.get("traceId"))[:100],
        "messages": messages,
        "canonical_code": _one_line(content.get("canonicalCode"))[:100],
    }
    kind = _kind(status, " ".join(messages).lower(), rate)
    if kind is DuplicateContact:
        meta = content.get("meta")
        about |= _duplicate(meta if isinstance(meta, Mapping) else {})
    elif issubclass(kind, TransientGHLError | DailyAllowanceSpent):
        about["retry_after"] = rate.retry_after
    return kind(request, **about)


def _kind(status: int, said: str, rate: RateHeaders) -> type[GHLError]:
    if status == 429 and rate.daily_remaining == 0:
        return DailyAllowanceSpent
    if status == 401 and "version" in said:
        return VersionRejected
    if status == 400 and "duplicated contact" in said:
        return DuplicateContact
    if 300 <= status < 400:
        return GarbledAnswer
    return ERROR_BY_STATUS.get(status, ServerFault if status >= 500 else RequestRejected)


def _messages(content: Mapping[str, Any]) -> tuple[str, ...]:
    """`message` is a text in most answers and a list of texts in a 422."""
    said = content.get("message") or content.get("error") or ()
    listed = said if isinstance(said, list) else [said]
    return tuple(_one_line(item) for item in listed if isinstance(item, str) and item.strip())


def _duplicate(meta: Mapping[str, Any]) -> dict[str, str]:
    return {"contact_id": _one_line(meta.get("contactId")), "matching_field": _one_line(meta.get("matchingField"))}


def _one_line(value: Any) -> str:
    """Text on one line, cut: GHL's words go into logs and onto pages."""
    text = " ".join(value.split()) if isinstance(value, str) else ""
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= LONGEST_MESSAGE else text[: LONGEST_MESSAGE - 1] + "…"
