"""Hangs up on clients that take too long over the head of a request.

Waitress drops a connection that is silent; one that sends a byte now and then would hold its place for ever. Bodies may
take their time, since a large one comes over a slow line, and silence ends them all the same.
"""

import time
from collections.abc import Iterable
from typing import Any
from weakref import WeakKeyDictionary

_EVERY = 1.0


class HeaderDeadline:
    """Remembers since when each unfinished head has been arriving."""

    def __init__(self, seconds: float = 20.0) -> None:
        self._seconds = seconds
        self._since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._looked = 0.0

    def keep(self, channels: Iterable[Any]) -> None:
        """Close the connections whose heads are late; looks once a second however often it is called."""
        now = time.monotonic()
        if now - self._looked < _EVERY:
            return
        self._looked = now
        for channel in channels:
            parser = channel.request
            if parser is None or parser.headers_finished or parser.completed:
                continue
            if now - self._since.setdefault(parser, now) >= self._seconds:
                channel.will_close = True
