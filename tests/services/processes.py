"""Server processes that cannot outlive the run that started them, however it ends."""

import ctypes
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def dies_with_us(how: signal.Signals) -> Callable[[], None]:
    """Return what a child process runs first: the kernel then sends it this signal when its parent is gone."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None

    def first() -> None:
        if library is not None:
            library.prctl(_PR_SET_PDEATHSIG, how, 0, 0, 0)

    return first
