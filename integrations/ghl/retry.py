"""When a request that failed is sent again, and after how long: one pure function."""

from dataclasses import dataclass

from integrations.ghl.errors import GHLError, RateLimited, TransientGHLError

READ_ONLY_POSTS = frozenset({"/contacts/search"})  # a question in the form of a POST


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient the client is by itself; more patience is the caller's, who can put the work aside meanwhile.

    Waits are in seconds. With these figures a storm of "too many requests" ends in an error after at most four waits:
    44 seconds, or 246 when GHL asks for a minute each time.
    """

    attempts: int = 5
    first_wait: float = 0.5
    longest_wait: float = 8.0
    rate_window: float = 10.5  # what a 429 without advice costs: by then GHL's 10 seconds are over
    longest_advised_wait: float = 60.0


def seconds_before_retry(
    method: str, path: str, attempt: int, error: GHLError, *, jitter: float, policy: RetryPolicy = RetryPolicy()
) -> float | None:
    """How long to wait before sending again what failed at its `attempt`-th time (1 is the first); None: do not.

    Reads are repeated after anything that may pass: lost connections, time-outs, 429, faults of the server, garbled
    answers. A write is repeated only when GHL certainly did not act on it, because GHL knows no idempotency key.
    GHL's own figure for the wait comes first, then the rate window for a 429, else it doubles each time. `jitter`, from
    0 to 1, spreads those who failed together.
    """
    if attempt >= policy.attempts or not isinstance(error, TransientGHLError):
        return None
    if not (_only_reads(method, path) or error.nothing_was_done):
        return None
    spread = policy.first_wait * jitter
    if error.retry_after is not None:
        return min(error.retry_after, policy.longest_advised_wait) + spread
    if isinstance(error, RateLimited):
        return policy.rate_window + spread
    doubled = policy.first_wait * 2.0 ** (attempt - 1)
    return min(doubled, policy.longest_wait) * (1 + jitter) / 2


def _only_reads(method: str, path: str) -> bool:
    return method == "GET" or (method == "POST" and path in READ_ONLY_POSTS)
