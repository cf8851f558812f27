"""Work that takes a processor for seconds, a little of it at a time, so that nobody's keeps the others waiting."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

from insula.kit.errors import Unavailable


class Turns:
    """Lets `at_once` callers work at once, and of those with one key a single one.

    Who finds no turn waits `wait` seconds for it, one for each key; whoever comes then is told at once to come again.
    A thread that has a turn may take it again.

    >>> turns = Turns(at_once=1, wait=0.01)
    >>> with turns.take("one"), turns.take("one"):
    ...     "mine"
    'mine'
    """

    def __init__(self, *, at_once: int, wait: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._at_once = at_once
        self._wait = wait
        self._clock = clock
        self._changed = threading.Condition()
        self._working: set[Hashable] = set()
        self._waiting: Counter[Hashable] = Counter()
        self._mine = threading.local()

    @contextmanager
    def take(self, key: Hashable) -> Iterator[None]:
        """Have a turn; raises Unavailable with `retry_after` where there is none to be had."""
        if getattr(self._mine, "key", None) == key:
            yield
            return
        self._begin(key)
        self._mine.key = key
        try:
            yield
        finally:
            self._mine.key = None
            with self._changed:
                self._working.discard(key)
                self._changed.notify_all()

    def _begin(self, key: Hashable) -> None:
        until = self._clock() + self._wait
        with self._changed:
            if not self._free(key) and self._waiting[key]:
                self._refuse()
            self._waiting[key] += 1
            try:
                while not self._free(key):
                    left = until - self._clock()
                    if left <= 0 or not self._changed.wait(left):
                        if self._free(key):
                            break
                        self._refuse()
                self._working.add(key)
            finally:
                self._waiting[key] -= 1
                if not self._waiting[key]:
                    del self._waiting[key]

    def _free(self, key: Hashable) -> bool:
        return key not in self._working and len(self._working) < self._at_once

    def _refuse(self) -> None:
        raise Unavailable(
            "Others are being served. Come again in a moment.", retry_after=math.ceil(self._wait)
        )
