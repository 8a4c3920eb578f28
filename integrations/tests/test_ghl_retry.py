"""When a failed request is sent again, what the headers advise, and when a walk through pages is over."""

import pytest

from integrations.ghl import errors
from integrations.ghl.paging import count_in, walk_is_over
from integrations.ghl.rate_headers import RateHeaders
from integrations.ghl.retry import RetryPolicy, seconds_before_retry

PASSING = [errors.Unreachable(), errors.RateLimited(), errors.ServerFault(), errors.GarbledAnswer()]
LASTING = [errors.CredentialRejected(), errors.NotFound(), errors.RequestRejected(), errors.DailyAllowanceSpent()]
UNDONE = [errors.RateLimited(), errors.Unreachable(before_sending=True), errors.AllowanceUnavailable()]
DOUBTFUL = [errors.Unreachable(), errors.ServerFault(), errors.GarbledAnswer()]


def wait(error, *, method="GET", path="/contacts/", attempt=1, jitter=0.0):
    return seconds_before_retry(method, path, attempt, error, jitter=jitter)


@pytest.mark.parametrize("error", PASSING)
def test_a_read_is_repeated_after_what_may_pass(error):
    assert wait(error) > 0
    assert wait(error, method="POST", path="/contacts/search") > 0


@pytest.mark.parametrize("error", LASTING)
def test_what_cannot_work_is_not_repeated(error):
    assert wait(error) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("error", DOUBTFUL)
def test_a_write_that_may_have_worked_is_never_repeated(method, error):
    assert wait(error, method=method) is None


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
@pytest.mark.parametrize("error", UNDONE)
def test_a_write_that_certainly_did_nothing_is_repeated(method, error):
    assert wait(error, method=method) > 0


@pytest.mark.parametrize(
    ("error", "seconds"),
    [
        (errors.RateLimited(), 10.5),
        (errors.RateLimited(retry_after=3), 3),
        (errors.RateLimited(retry_after=3600), 60),
        (errors.ServerFault(retry_after=7), 7),
    ],
)
def test_the_servers_own_figure_comes_first(error, seconds):
    assert wait(error) == seconds
    assert seconds < wait(error, jitter=1.0) <= seconds + 0.5


def test_otherwise_the_wait_doubles_up_to_a_cap_and_is_spread():
    policy = RetryPolicy(attempts=9)
    waits = [
        [seconds_before_retry("GET", "/", attempt, errors.ServerFault(), jitter=jitter, policy=policy)]
        for attempt in (1, 2, 3, 8)
        for jitter in (0.0, 1.0)
    ]
    assert [seconds for [seconds] in waits] == [0.25, 0.5, 0.5, 1, 1, 2, 4, 8]


def test_it_gives_up_after_a_few_attempts():
    waits = [wait(errors.RateLimited(), attempt=attempt) for attempt in range(1, 8)]
    assert [seconds is None for seconds in waits] == [False] * 4 + [True] * 3


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("2.5", 2.5),
        (" 4 ", 4),
        ("Wed, 21 Oct 2026 07:28:09 GMT", 9),
        ("Wed, 21 Oct 2026 07:27:00 GMT", None),
        ("0", None),
        ("-3", None),
        ("soon", None),
        ("", None),
        ("9" * 400, None),
        ("nan", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(value, seconds):
    headers = {"retry-after": value, "date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    assert RateHeaders.read(headers).retry_after == seconds


@pytest.mark.parametrize(
    ("value", "count"), [("12", 12), ("0", 0), ("", None), ("-1", None), ("many", None), ("²", None)]
)
def test_remaining_is_a_count_or_absent(value, count):
    assert RateHeaders.read({"X-RateLimit-Remaining": value}).remaining == count


@pytest.mark.parametrize(
    ("page", "over"),
    [
        ({"returned": 100, "seen": 100, "total": 250, "cursor": "a"}, False),
        ({"returned": 50, "seen": 250, "total": 250, "cursor": "c"}, True),
        ({"returned": 0, "seen": 100, "total": 250, "cursor": "a"}, True),
        ({"returned": 100, "seen": 100, "total": 250, "cursor": None}, True),
        ({"returned": 100, "seen": 200, "total": 250, "cursor": "a", "previous_cursor": "a"}, True),
        ({"returned": 20, "seen": 20, "total": 250, "cursor": "a"}, False),  # the server caps its pages at 20
        ({"returned": 20, "seen": 20, "total": None, "cursor": "a"}, True),
        ({"returned": 100, "seen": 100, "total": None, "cursor": "a"}, False),
        ({"returned": 20, "seen": 20, "total": None, "cursor": "a", "limit": None}, False),
        ({"returned": 100, "seen": 300, "total": 250, "cursor": "d"}, False),  # a total that is wrong is not believed
        ({"returned": 7, "seen": 307, "total": 250, "cursor": "e"}, True),
    ],
)
def test_a_walk_is_over_when_nothing_can_follow(page, over):
    assert walk_is_over(**{"limit": 100, **page}) is over


@pytest.mark.parametrize(("value", "count"), [(3, 3), ("3", 3), (None, None), (True, None), (-1, None), ("3.5", None)])
def test_a_total_may_come_as_its_digits(value, count):
    assert count_in(value) == count
