"""What the two storages of ours have in common: counters in windows that begin with the minute, and buckets."""

from __future__ import annotations

import time
from abc import abstractmethod
from typing import TYPE_CHECKING

from limits.storage import SlidingWindowCounterSupport, Storage

from insula.limits.buckets import TokenBucketSupport

if TYPE_CHECKING:
    from collections.abc import Callable


class WindowStorage(Storage, SlidingWindowCounterSupport, TokenBucketSupport):
    """A storage that keeps one row a key: the number of its window, two counts, and when it says nothing any more."""

    STORAGE_SCHEME = None

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        super().__init__(wrap_exceptions=True)
        self._clock = clock

    @abstractmethod
    def row(self, key: str) -> tuple[int, int, int, float]:
        """Return window, count of the window before, count of this one, and end; zeroes for a key without a row."""

    def get(self, key: str) -> int:
        """Return the count of a key that `incr` counts."""
        _, _, used, expires = self.row(key)
        return used if expires > self._clock() else 0

    def get_expiry(self, key: str) -> float:
        """Return when the count of a key begins anew."""
        return max(self.row(key)[3], self._clock())

    def check(self) -> bool:
        """Say whether the storage answers."""
        self.row("")
        return True

    def get_sliding_window(self, key: str, expiry: int) -> tuple[int, float, int, float]:
        """Return the counts of the last and of this window, with the seconds for which each still counts."""
        now = self._clock()
        window, into = divmod(now, expiry)
        found, before, used, _ = self.row(key)
        if found < window:
            before, used = (used if found == window - 1 else 0), 0
        return before, (expiry - into if before else 0.0), used, 2 * expiry - into

    def clear_sliding_window(self, key: str, expiry: int) -> None:
        """Forget a key."""
        self.clear(key)

    def until_full(self, key: str) -> float:
        """Return the seconds after which a bucket is full again."""
        return max(0.0, self.row(key)[3] - self._clock())
