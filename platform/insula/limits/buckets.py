"""A token bucket over the storages of the library `limits`, which has none, and how long a refused caller has to wait.

A bucket is kept as one number, the moment at which it will be full: taking a token moves it on by the time one token
takes to drip in, and there is none to take when that moment lies further ahead than filling an empty bucket takes.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from functools import wraps
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

from limits.errors import StorageError
from limits.storage import RedisStorage, SlidingWindowCounterSupport
from limits.strategies import RateLimiter, SlidingWindowCounterRateLimiter
from limits.util import WindowStats

if TYPE_CHECKING:
    from collections.abc import Callable

    from limits import RateLimitItem
    from limits.storage import Storage

Given = ParamSpec("Given")
Found = TypeVar("Found")

# What adding up times as floating point numbers may lose.
ROUNDING = 1e-6
_A_BIT = 1e-3

_TAKE = """
local now = redis.call('time')
now = now[1] * 1000 + now[2] / 1000
local full = math.max(tonumber(redis.call('get', KEYS[1]) or now), now) + tonumber(ARGV[1])
if full - now > tonumber(ARGV[2]) + 0.001 then
    return 0
end
redis.call('set', KEYS[1], string.format('%.3f', full), 'PX', math.ceil(full - now))
return 1
"""
_UNTIL_FULL = """
local now = redis.call('time')
return tostring(math.max(0, (tonumber(redis.call('get', KEYS[1]) or 0)) - now[1] * 1000 - now[2] / 1000))
"""


def _failing_alike(method: Callable[Given, Found]) -> Callable[Given, Found]:
    """Return a method of a storage that raises StorageError for what the storage's driver raises."""

    @wraps(method)
    def asked(*args: Given.args, **named: Given.kwargs) -> Found:
        try:
            return method(*args, **named)
        except cast("Storage", args[0]).base_exceptions as error:
            raise StorageError(error) from error

    return asked


class TokenBucketSupport(ABC):
    """What a storage needs for buckets; a storage that is down fails as in the library's own methods."""

    def __init_subclass__(cls, **named: Any) -> None:
        for name in ("take", "until_full"):
            setattr(cls, name, _failing_alike(getattr(cls, name)))
        super().__init_subclass__(**named)

    @abstractmethod
    def take(self, key: str, *, seconds: float, period: float) -> bool:
        """Take what drips in within `seconds` from a bucket that fills within `period`, all of it or nothing."""

    @abstractmethod
    def until_full(self, key: str) -> float:
        """Return the seconds after which the bucket is full again."""


class RedisBuckets(RedisStorage, TokenBucketSupport):
    """The library's Redis storage with buckets, each taken from by one script on the server, by the server's clock."""

    def initialize_storage(self, uri: str) -> None:
        super().initialize_storage(uri)
        self._take = self.get_connection().register_script(_TAKE.encode())
        self._until_full = self.get_connection().register_script(_UNTIL_FULL.encode())

    def take(self, key: str, *, seconds: float, period: float) -> bool:
        return bool(self._take([self.prefixed_key(key)], [seconds * 1000, period * 1000]))

    def until_full(self, key: str) -> float:
        return float(self._until_full([self.prefixed_key(key)])) / 1000


class Strategy(Protocol):
    """How requests are counted."""

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        """Count one request, or say that there is no room for it."""
        ...

    def clear(self, item: RateLimitItem, *identifiers: str) -> None:
        """Forget what was counted."""
        ...

    def standing(self, item: RateLimitItem, *identifiers: str) -> tuple[int, float]:
        """Return how many requests are left, and the seconds until there is room for one more than that."""
        ...


class SlidingWindow(SlidingWindowCounterRateLimiter):
    """The library's sliding window, which also says exactly how long to wait."""

    def standing(self, item: RateLimitItem, *identifiers: str) -> tuple[int, float]:
        """Count the window before by the share of it that still lies within the last minute."""
        period, limit = item.get_expiry(), item.amount
        storage = cast("SlidingWindowCounterSupport", self.storage)
        before, ends, used, used_ends = storage.get_sliding_window(item.key_for(*identifiers), period)
        counted = int(before * ends / period)
        left = max(0, limit - used - counted)
        if used < limit and before:
            # A bit later than the moment itself, at which the old count is not yet below the number.
            return left, max(0.0, ends - min(counted, limit - used) * period / before) + _A_BIT
        if not used:
            return left, 0.0
        return left, used_ends - period + max(0.0, period * (1 - limit / used)) + _A_BIT


class TokenBucket(RateLimiter):
    """Lets a burst of a minute's worth pass at once, and then as many as drip in."""

    def __init__(self, storage: Storage) -> None:
        super().__init__(storage)
        self._buckets = cast("TokenBucketSupport", storage)

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        period = item.get_expiry()
        key = item.key_for(*identifiers)
        return self._buckets.take(key, seconds=cost * period / item.amount, period=period)

    def test(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        return self.standing(item, *identifiers)[0] >= cost

    def get_window_stats(self, item: RateLimitItem, *identifiers: str) -> WindowStats:
        left, wait = self.standing(item, *identifiers)
        return WindowStats(time.time() + wait, left)

    def standing(self, item: RateLimitItem, *identifiers: str) -> tuple[int, float]:
        """Count what is missing; one more is there when the next one has dripped in."""
        until_full, each = (
            self._buckets.until_full(item.key_for(*identifiers)),
            item.get_expiry() / item.amount,
        )
        left = max(0, item.amount - max(0, math.ceil((until_full - ROUNDING) / each)))
        return left, max(0.0, until_full - (item.amount - left - 1) * each) if left < item.amount else 0.0
