"""Counters in the memory of one process.

The library's own storage starts a thread for every burst, which walks over every counter there is, so that a flood of
addresses would cost more than it is kept from doing; this one is a dictionary with a lock and a bound.
"""

from __future__ import annotations

import threading
import time
from itertools import islice
from typing import TYPE_CHECKING

from insula.limits.buckets import ROUNDING
from insula.limits.counting import WindowStorage

if TYPE_CHECKING:
    from collections.abc import Callable

_NOTHING = (0, 0, 0, 0.0)


class MemoryWindows(WindowStorage):
    """One row a key; beyond `most` keys those that ended are dropped, and then those that came first."""

    STORAGE_SCHEME = None

    def __init__(self, most: int = 200_000, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._most = most
        self._lock = threading.Lock()
        self._rows: dict[str, tuple[int, int, int, float]] = {}

    @property
    def base_exceptions(self) -> type[Exception]:
        """Nothing here fails."""
        return MemoryError

    def row(self, key: str) -> tuple[int, int, int, float]:
        return self._rows.get(key, _NOTHING)

    def acquire_sliding_window_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        now = self._clock()
        window, into = divmod(now, expiry)
        with self._lock:
            found, before, used, _ = self._rows.get(key, _NOTHING)
            if found < window:
                before, used = (used if found == window - 1 else 0), 0
            if int(before * (expiry - into) / expiry) + used + amount > limit:
                return False
            self._put(key, (max(found, int(window)), before, used + amount, now + 2 * expiry))
        return True

    def take(self, key: str, *, seconds: float, period: float) -> bool:
        now = self._clock()
        with self._lock:
            full = max(self.row(key)[3], now) + seconds
            if full > now + period + ROUNDING:
                return False
            self._put(key, (0, 0, 0, full))
        return True

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        now = self._clock()
        with self._lock:
            _, _, used, expires = self.row(key)
            used, expires = (used, expires) if expires > now else (0, now + expiry)
            self._put(key, (0, 0, used + amount, expires))
        return used + amount

    def clear(self, key: str) -> None:
        self._rows.pop(key, None)

    def reset(self) -> int | None:
        with self._lock:
            count = len(self._rows)
            self._rows.clear()
        return count

    def _put(self, key: str, row: tuple[int, int, int, float]) -> None:
        if key not in self._rows and len(self._rows) >= self._most:
            now = self._clock()
            self._rows = {key: row for key, row in self._rows.items() if row[3] > now}
            # A tenth at once, so that a flood of new keys does not walk over all of them each time.
            for first in list(islice(self._rows, max(0, len(self._rows) - self._most * 9 // 10))):
                del self._rows[first]
        self._rows[key] = row
