"""Counts requests: which limits hold for one, what is left of them, and what happens while the storage is down."""

from __future__ import annotations

import math
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Final, cast

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.errors import StorageError

from insula.db.settings import DatabaseSettings
from insula.kit.settings import settings_of
from insula.limits.buckets import RedisBuckets, SlidingWindow, Strategy, TokenBucket
from insula.limits.interfaces import CLASSES, Left, LimitsDown, Scope
from insula.limits.memory import MemoryWindows
from insula.limits.settings import LimitsSettings
from insula.limits.sql import SQLWindows
from insula.observability.log import get

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar
    from uuid import UUID

    from limits.storage import Storage
    from pyramid.registry import Registry
    from pyramid.request import Request

    from insula.limits.sections import Rates

    Found = TypeVar("Found")

log = get("insula.limits")

SLIDING: Final = "sliding window"
BUCKET: Final = "token bucket"


class Limiter:
    """Counts for one process; a storage that fails is left alone for a while, so that nobody waits for it twice."""

    def __init__(self, storage: Storage, *, shared: bool, rest: float) -> None:
        self.storage = storage
        self.shared = shared
        self.uncounted = 0
        self.down = False
        self._strategies: dict[str, Strategy] = {
            SLIDING: SlidingWindow(storage),
            BUCKET: TokenBucket(storage),
        }
        self._rest = rest
        self._asked_again_at = 0.0
        self._lock = threading.Lock()

    def take(self, limit: int, method: str, *key: str) -> bool:
        """Count one request, or say that the limit is used up; raises LimitsDown."""
        item = per_minute(limit, method)
        return self._ask(lambda: self._strategies[method].hit(item, *key))

    def standing(self, limit: int, method: str, *key: str) -> tuple[int, float]:
        """Return how many are left, and the seconds until there is one more; raises LimitsDown."""
        item = per_minute(limit, method)
        return self._ask(lambda: self._strategies[method].standing(item, *key))

    def clear(self, limit: int, method: str, *key: str) -> None:
        """Forget what was counted; raises LimitsDown."""
        item = per_minute(limit, method)
        self._ask(lambda: self._strategies[method].clear(item, *key))

    def _ask(self, question: Callable[[], Found]) -> Found:
        if self.down and time.monotonic() < self._asked_again_at:
            self._note()
            raise LimitsDown
        try:
            answer = question()
        except StorageError as error:
            self._note()
            self.down, self._asked_again_at = True, time.monotonic() + self._rest
            log.warning("the storage of rate limits is down", error=repr(error), uncounted=self.uncounted)
            raise LimitsDown from error
        if self.down:
            self.down = False
            log.warning("the storage of rate limits is back", uncounted=self.uncounted)
        return answer

    def _note(self) -> None:
        with self._lock:
            self.uncounted += 1


@lru_cache(maxsize=4096)
def per_minute(limit: int, method: str) -> RateLimitItem:
    """Return the library's form of a limit; each method counts under names of its own."""
    return RateLimitItemPerMinute(limit, namespace="bucket" if method == BUCKET else "window")


def limiter_of(registry: Registry) -> Limiter | None:
    """Return what counts in this process, made at first use; None where the installation has limits off."""
    found: Limiter | None = registry.get(Limiter)
    if found is None and settings_of(registry, LimitsSettings).storage != "off":
        found = cast("Limiter", registry.setdefault(Limiter, _made(registry)))
    return found


def _made(registry: Registry) -> Limiter:
    settings = settings_of(registry, LimitsSettings)
    storage: Storage
    if settings.storage == "memory":
        storage = MemoryWindows(settings.keys_kept)
    elif settings.storage == "sql":
        storage = SQLWindows(settings_of(registry, DatabaseSettings).url, timeout=settings.timeout)
    else:
        storage = RedisBuckets(
            settings.storage,
            key_prefix="insula",
            wrap_exceptions=True,
            socket_timeout=settings.timeout,
            socket_connect_timeout=settings.timeout,
        )
    return Limiter(storage, shared=settings.storage != "memory", rest=settings.rest)


class TenantLimits:
    """The limits of one tenant, by the rates that are in force for it."""

    def __init__(self, limiter: Limiter | None, tenant_id: UUID, rates: Rates) -> None:
        self._limiter = limiter
        self._tenant_id = tenant_id
        self._rates = rates

    @property
    def shared(self) -> bool:
        """Tell whether all processes count together."""
        return self._limiter is None or self._limiter.shared

    def left(self, scope: Scope, who: str = "") -> Sequence[Left]:
        """Return what is left for each class."""
        return [self._left(scope, who, name) for name in CLASSES]

    def reset(self, scope: Scope, who: str = "") -> None:
        """Forget what was counted."""
        for name in CLASSES:
            if self._limiter is not None:
                key = key_of(self._tenant_id, scope, name, who)
                self._limiter.clear(self._rates.of(scope, name), self._rates.method, *key)

    def _left(self, scope: Scope, who: str, name: str) -> Left:
        limit, key = self._rates.of(scope, name), key_of(self._tenant_id, scope, name, who)
        if self._limiter is None:
            return Left(scope, name, limit, limit, 0)
        left, wait = self._limiter.standing(limit, self._rates.method, *key)
        return Left(scope, name, limit, left, math.ceil(wait))


def key_of(tenant_id: UUID, scope: Scope, name: str, who: str) -> tuple[str, ...]:
    """Return the name of a counter, which begins with the tenant."""
    return tenant_id.hex, scope, name, who


def limits_factory(context: object, request: Request) -> TenantLimits:
    """Return the limits of the request's tenant."""
    return TenantLimits(limiter_of(request.registry), request.tenant_id, request.section("rates"))
