"""A yardstick for tests that something stays quick: the same fixed work, measured in the same run."""

import time
from collections.abc import Callable
from hashlib import sha256


def yardstick() -> float:
    """Return the processor seconds that a fixed piece of work takes here and now, the best of three."""
    return min(spent(_work) for _ in range(3))


def spent(work: Callable[[], object]) -> float:
    """Return the processor seconds of one call."""
    began = time.process_time()
    work()
    return time.process_time() - began


def _work() -> None:
    for number in range(100_000):
        sha256(str(number).encode()).digest()
