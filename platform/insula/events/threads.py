"""The relay as a daemon thread of the server, for development and for small installations."""

from __future__ import annotations

import atexit
import os
import threading
from typing import Any

from pyramid.registry import Registry

from insula.events.relay import Relay
from insula.events.settings import EventsSettings
from insula.kit.settings import settings_of
from insula.observability.log import get

_KEY = "insula.events.relay_thread"
_STOP_SECONDS = 10
log = get("insula.events.threads")


class RelayThread:
    """Runs the relay in this process; a forked child starts its own, because threads are not inherited.

    A thread that an error has ended is replaced at the next request; one that was told to stop is not.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._lock = threading.Lock()
        self._pid: int | None = None
        self._relay: Relay | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    def ensure_running(self) -> None:
        """Start the thread unless this process has one that lives."""
        if self._runs():
            return
        with self._lock:
            if self._runs():
                return
            if self._pid == os.getpid():
                log.warning("the relay's thread has died; another one starts")
            else:
                atexit.register(self.stop)
            self._stopped = False
            self._relay = Relay(self._registry)
            self._thread = threading.Thread(target=self._relay.run, name="insula-relay", daemon=True)
            self._thread.start()
            self._pid = os.getpid()

    def wake(self) -> None:
        """Let the relay look for work now."""
        if self._relay is not None and self._pid == os.getpid():
            self._relay.wake()

    def stop(self) -> None:
        """Finish the delivery in hand and end the thread."""
        if self._thread is not None and self._relay is not None and self._pid == os.getpid():
            self._stopped = True
            self._relay.stop()
            self._thread.join(_STOP_SECONDS)

    def _runs(self) -> bool:
        alive = self._thread is not None and self._thread.is_alive()
        return self._pid == os.getpid() and (alive or self._stopped)


def start_with_first_request(event: Any) -> None:
    """Start the relay thread in the process that really serves: a master would lose it at its fork."""
    thread = _thread_of(event.request.registry)
    if thread is not None:
        thread.ensure_running()


def wake(registry: Registry) -> None:
    """Tell the relay thread of this process, where one runs, that something was committed.

    A command starts none: it ends before a relay would be of use, and the servers' relays find the rows.
    """
    thread: RelayThread | None = registry.get(_KEY)
    if thread is not None:
        thread.wake()


def stop(registry: Registry) -> None:
    """End the relay thread of this process, as tests and an orderly shutdown do."""
    thread: RelayThread | None = registry.get(_KEY)
    if thread is not None:
        thread.stop()


def _thread_of(registry: Registry) -> RelayThread | None:
    thread: RelayThread | None = registry.get(_KEY)
    if thread is None and settings_of(registry, EventsSettings).relay == "thread":
        thread = registry.setdefault(_KEY, RelayThread(registry))
    return thread
