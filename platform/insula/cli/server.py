"""Waitress on sockets that were opened elsewhere, with a stop that loses no request."""

import logging
import os
import socket
import time
from collections.abc import Mapping, MutableMapping
from typing import Any

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from insula.cli.framing import StrictChannel
from insula.cli.slow import HeaderDeadline
from insula.db.settings import DatabaseSettings

log = logging.getLogger("insula.serve")

# A connection that was accepted just before the stop may not have sent anything yet; it is heard for so long.
_FIRST_BYTES = 1.0

# Where Waitress would listen by itself; here it is handed sockets.
_PLACES = frozenset({"listen", "host", "port", "ipv4", "ipv6", "unix_socket", "unix_socket_perms"})
_DEFAULT_THREADS = 4


def warn_if_crowded(app: Any, settings: Mapping[str, str]) -> None:
    """Say so when the threads of this process could wait for each other's connections to the database."""
    registry = getattr(app, "registry", None) or {}
    database: DatabaseSettings | None = registry.get(DatabaseSettings)
    threads = int(settings.get("threads", _DEFAULT_THREADS))
    if database is not None and threads > database.threads:
        log.warning(
            "%d threads may need more connections than insula.db.pool_size and insula.db.max_overflow allow, which "
            "is enough for %d: raise these, or lower threads in [server:main]",
            threads,
            database.threads,
        )


class Server:
    """Waitress with a stop that answers what has arrived, running or still queued."""

    def __init__(
        self,
        app: Any,
        sockets: list[socket.socket],
        settings: dict[str, str],
        deadline: HeaderDeadline | None = None,
    ) -> None:
        own = {name: value for name, value in settings.items() if name not in _PLACES}
        self._map: MutableMapping[int, Any] = {}
        self._waitress = create_server(app, map=self._map, sockets=sockets, **own)
        self._listeners = [each for each in self._map.values() if isinstance(each, BaseWSGIServer)]
        for listener in self._listeners:
            listener.channel_class = StrictChannel
        self._deadline = deadline or HeaderDeadline()
        self._stopping = False

    def stop(self, *_signal: object) -> None:
        """Ask the loop to end."""
        self._stopping = True

    def run(self, parent: int, grace: float) -> None:
        """Serve until asked to stop or until the supervisor is gone, then answer what is under way."""
        while not self._stopping and os.getppid() == parent:
            self._turn(1.0)
        self._stop_accepting()
        stopped = time.monotonic()
        while (
            self._under_way(quiet_ones_too=time.monotonic() - stopped < _FIRST_BYTES)
            and time.monotonic() - stopped < grace
        ):
            self._turn(0.1)
        self._waitress.task_dispatcher.shutdown(timeout=1)
        wasyncore.close_all(self._map, ignore_all=True)

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)
        self._deadline.keep(self._channels())

    def _stop_accepting(self) -> None:
        """Let go of the listening sockets; new connections go to the sibling processes that share them."""
        for listener in self._listeners:
            listener.del_channel(self._map)
            listener.socket.close()

    def _under_way(self, *, quiet_ones_too: bool) -> bool:
        return any(
            quiet_ones_too or channel.request or channel.requests or channel.total_outbufs_len
            for channel in self._channels()
        )

    def _channels(self) -> list[Any]:
        return [
            channel for listener in self._listeners for channel in list(listener.active_channels.values())
        ]
