"""A short rest for consumers whose store is down, so that no delivery waits for the same time-out again."""

from __future__ import annotations

import time
from collections.abc import Callable

_FIRST_SECONDS = 0.25
_LONGEST_SECONDS = 10.0


class Pauses:
    """Which consumers rest, each longer with every failure in a row; used by one relay in one thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[str, tuple[int, float]] = {}

    def pause(self, consumer: str) -> float:
        """Let a consumer rest and return for how many seconds."""
        count = self._failures.get(consumer, (0, 0.0))[0]
        seconds = min(_FIRST_SECONDS * 2.0 ** min(count, 10), _LONGEST_SECONDS)
        self._failures[consumer] = (count + 1, self._clock() + seconds)
        return seconds

    def resume(self, consumer: str) -> None:
        """Forget earlier failures of a consumer."""
        self._failures.pop(consumer, None)

    def current(self) -> frozenset[str]:
        """Return the consumers that rest at this moment."""
        moment = self._clock()
        return frozenset(name for name, (_, until) in self._failures.items() if until > moment)
