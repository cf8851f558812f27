"""One serving process of `insula serve`: `python -m insula.cli.child`, started by the supervisor alone."""

import argparse
import ctypes
import os
import signal
import socket
import sys
import time
from collections.abc import MutableMapping
from typing import Any

from waitress import wasyncore
from waitress.server import BaseWSGIServer, create_server

from insula.cli.installation import load_app, read_variables, server_settings, start_logging

_PR_SET_PDEATHSIG = 1

# A connection that was accepted just before the stop may not have sent anything yet; it is heard for so long.
_FIRST_BYTES = 1.0

# Where Waitress would listen by itself; here it is handed sockets.
_PLACES = frozenset({"listen", "host", "port", "ipv4", "ipv6", "unix_socket", "unix_socket_perms"})


def die_with(parent: int) -> None:
    """Have the kernel stop this process when the supervisor dies, so that no orphan holds the socket."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


class Server:
    """Waitress with a stop that answers what has arrived, running or still queued."""

    def __init__(self, app: Any, sockets: list[socket.socket], settings: dict[str, str]) -> None:
        self._map: MutableMapping[int, Any] = {}
        self._waitress = create_server(app, map=self._map, sockets=sockets, **settings)
        self._listeners = [each for each in self._map.values() if isinstance(each, BaseWSGIServer)]
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

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)

    def _stop_accepting(self) -> None:
        """Let go of the listening sockets; new connections go to the sibling processes that share them."""
        for listener in self._listeners:
            listener.del_channel(self._map)
            listener.socket.close()

    def _under_way(self, *, quiet_ones_too: bool) -> bool:
        return any(
            quiet_ones_too or channel.request or channel.requests or channel.total_outbufs_len
            for listener in self._listeners
            for channel in list(listener.active_channels.values())
        )


def main(arguments: list[str] | None = None) -> None:
    """Build the application and serve it."""
    parser = argparse.ArgumentParser(prog="insula.cli.child")
    parser.add_argument("ini")
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--ready", type=int, required=True)
    parser.add_argument("--grace", type=float, required=True)
    parser.add_argument("--socket", type=int, action="append", required=True)
    parser.add_argument("--set", action="append", default=[])
    told = parser.parse_args(arguments)
    # The keyboard's INT and a terminal's HUP reach the whole group; the supervisor decides what they mean.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    die_with(told.parent)
    variables = read_variables(told.set)
    start_logging(told.ini, variables)
    settings = {
        name: value for name, value in server_settings(told.ini, variables).items() if name not in _PLACES
    }
    app = load_app(told.ini, variables)
    server = Server(app, [socket.socket(fileno=number) for number in told.socket], settings)
    signal.signal(signal.SIGTERM, server.stop)
    os.write(told.ready, b"1")
    os.close(told.ready)
    server.run(told.parent, told.grace)


if __name__ == "__main__":
    main()
