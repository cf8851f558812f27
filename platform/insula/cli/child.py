"""One serving process of `insula serve`: `python -m insula.cli.child`, started by the supervisor alone."""

import argparse
import ctypes
import os
import signal
import socket
import sys

from insula.cli.installation import load_app, read_variables, server_settings, start_logging
from insula.cli.server import Server, warn_if_crowded
from insula.kit.ending import end

_PR_SET_PDEATHSIG = 1


def die_with(parent: int) -> None:
    """Have the kernel stop this process when the supervisor dies, so that no orphan holds the socket."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


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
    sockets = [socket.socket(fileno=number) for number in told.socket]
    app, settings = load_app(told.ini, variables), server_settings(told.ini, variables)
    warn_if_crowded(app, settings)
    server = Server(app, sockets, settings)
    signal.signal(signal.SIGTERM, server.stop)
    os.write(told.ready, b"1")
    os.close(told.ready)
    server.run(told.parent, told.grace)
    # A pipeline may wrap the application; what it wraps ends with the interpreter.
    end(getattr(app, "registry", {}))


if __name__ == "__main__":
    main()
