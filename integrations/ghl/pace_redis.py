"""The shared count of requests in Redis: one Lua script for each step, on the time of the Redis server.

What is kept for a location: the slots of the last two minutes (a sorted set), the requests of each hour (a hash), and
how GHL is to be treated for now (a hash).
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from integrations.ghl.allowance import HOURS_COUNTED, Allowance, Turn
from integrations.ghl.errors import AllowanceUnavailable
from integrations.ghl.rate_headers import RateHeaders

# All times are whole microseconds. Lua would write them as 1.7e+15, hence %.0f.
COMMON = """
local slots, hours, state = KEYS[1], KEYS[2], KEYS[3]
local now = tonumber(ARGV[1])
if now < 0 then
    local time = redis.call('TIME')
    now = time[1] * 1000000 + time[2]
end
local function whole(number) return string.format('%.0f', number) end
local function kept(name) return tonumber(redis.call('HGET', state, name) or 0) end
local function keep(name, value)
    redis.call('HSET', state, name, whole(value))
    redis.call('EXPIRE', state, 93600)
end
-- An instant still to come; one further off than could be is left from before the clock was set back.
local function pending(name, longest)
    local at = kept(name)
    if at > now and at <= now + longest then return at end
    return nil
end
"""

ASK = (
    COMMON
    + """
local requests, window, horizon, bulk = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5] == '1'
local daily, farthest, longest_penalty = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local day_pause, hold_back, always_lent = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local hours_counted = tonumber(ARGV[12])

-- A Redis that has just started knows nothing of the last seconds: it waits until they do not matter.
if redis.call('EXISTS', state) == 0 then
    local info = redis.pcall('INFO', 'server')
    local uptime = type(info) == 'string' and tonumber(string.match(info, 'uptime_in_seconds:(%d+)'))
    keep('penalty', uptime and uptime * 1000000 < window and now + window - uptime * 1000000 or 0)
end

local spent = pending('day_spent', day_pause)
if spent then return {-1, whole(spent - now), '0'} end
local hour, used_today, oldest = math.floor(now / 3600000000), 0, nil
local counts = redis.call('HGETALL', hours)
for i = 1, #counts, 2 do
    local counted = tonumber(counts[i])
    if counted <= hour - hours_counted then
        redis.call('HDEL', hours, counts[i])
    else
        used_today = used_today + tonumber(counts[i + 1])
        if not oldest or counted < oldest then oldest = counted end
    end
end
if used_today >= daily then return {-1, whole((oldest + hours_counted) * 3600000000 - now), '0'} end

-- Slots far ahead can only be from before the clock was set back: one window of rest, then all is known again.
if redis.call('ZREMRANGEBYSCORE', slots, whole(now + 2 * farthest), '+inf') > 0 then keep('penalty', now + window) end
redis.call('ZREMRANGEBYSCORE', slots, '-inf', whole(now - 120000000))

local lent = requests
if pending('held_until', hold_back) then lent = math.max(always_lent, requests - kept('held')) end
local at = math.max(now, pending('penalty', longest_penalty) or 0)
local function slot(place) return tonumber(redis.call('ZREVRANGE', slots, place, place, 'WITHSCORES')[2]) end
local last, pushed_out = slot(0), slot(lent - 1)
if pushed_out then at = math.max(at, pushed_out + window) end
if last then
    local gap = 0
    if bulk then
        local used = redis.call('ZCOUNT', slots, '(' .. whole(at - window), '+inf') / lent
        gap = window / lent * used * used
    end
    at = math.max(at, last + gap)
end
at = math.floor(at)
if at - now > horizon then return {0, whole(at - now), '0'} end

redis.call('ZADD', slots, whole(at), redis.call('HINCRBY', state, 'number', 1))
redis.call('EXPIRE', slots, 180)
redis.call('EXPIRE', state, 93600)
redis.call('HINCRBY', hours, whole(hour), 1)
redis.call('EXPIRE', hours, 93600)
return {1, whole(at - now), whole(at)}
"""
)

NOTE = (
    COMMON
    + """
local sent_at, remaining, penalty = tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local day_pause, requests, interval = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local hold_back, miscount, longest_penalty = tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])

if penalty > 0 then keep('penalty', math.max(pending('penalty', longest_penalty) or 0, now + penalty)) end
if day_pause > 0 then keep('day_spent', now + day_pause) end
if remaining >= 0 then
    if sent_at < 0 then sent_at = now end
    local ours = redis.call('ZCOUNT', slots, whole(sent_at - interval), whole(math.max(now, sent_at)))
    local others = requests - remaining - ours
    if others > miscount and (others >= kept('held') or not pending('held_until', hold_back)) then
        keep('held', others)
        keep('held_until', now + hold_back)
    end
end
return 1
"""
)


@lru_cache(maxsize=8)
def _client(redis_url: str) -> "redis.Redis":
    """A client that fails within a second: the default ones try for up to 12 s when the server hangs (measured)."""
    url = redis_url.replace("redis+socket://", "unix://", 1).replace("virtual_host=", "db=")  # as Celery spells it
    return redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0))


class RedisLedger:
    """See `allowance.Ledger`. The keys of a location share one hash tag, so that a cluster keeps them together."""

    def __init__(
        self,
        client: "redis.Redis",
        key: str,
        allowance: Allowance,
        *,
        prefix: str = "ghl:pace",
        clock: Callable[[], float] | None = None,
    ) -> None:
        """`clock` stands in for the time of the server, in seconds."""
        self._keys = [f"{prefix}:{{{key}}}:{part}" for part in ("slots", "hours", "state")]
        self._allowance = allowance
        self._clock = clock
        self._ask = client.register_script(ASK)
        self._note = client.register_script(NOTE)

    @classmethod
    def at(cls, redis_url: str, key: str, allowance: Allowance) -> Self:
        return cls(_client(redis_url), key, allowance)

    def ask(self, *, bulk: bool) -> Turn:
        limits = self._allowance
        verdict, wait, at = self._run(
            self._ask,
            limits.requests,
            _us(limits.window),
            _us(limits.horizon(bulk=bulk)),
            int(bulk),
            limits.daily,
            _us(limits.interactive_horizon),
            _us(limits.longest_penalty),
            _us(limits.day_spent_pause),
            _us(limits.hold_back),
            limits.always_lent,
            HOURS_COUNTED,
        )
        seconds = int(wait) / 1e6
        return Turn(granted=verdict == 1, wait=seconds, at=int(at) / 1e6, day_is_spent=verdict == -1)

    def note(self, *, sent_at: float | None, headers: RateHeaders, penalty: float) -> None:
        limits = self._allowance
        self._run(
            self._note,
            -1 if sent_at is None else _us(sent_at),
            -1 if headers.remaining is None else headers.remaining,
            _us(penalty),
            _us(limits.day_spent_pause) if headers.daily_remaining == 0 else 0,
            limits.requests,
            _us(limits.interval),
            _us(limits.hold_back),
            limits.miscount,
            _us(limits.longest_penalty),
        )

    def _run(self, script: Any, *arguments: int) -> Any:
        now = -1 if self._clock is None else _us(self._clock())
        try:
            return script(keys=self._keys, args=[now, *arguments])
        except redis.RedisError as exc:
            # Named by its type: the text of some quotes the address of the server.
            raise AllowanceUnavailable(detail=f"Redis, {type(exc).__name__}") from None


def _us(seconds: float) -> int:
    return round(seconds * 1e6)
