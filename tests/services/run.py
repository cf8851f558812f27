"""Starts the servers and fetches the tools of the tests, runs a command with their addresses in its environment, and stops them.

    python -m tests.services.run [--only postgresql,cassandra,redis,chromium,axe] COMMAND ...

A server that cannot be had is left out and named; with CI=true that ends the run.
"""

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable

from tests.services.axe import axe
from tests.services.cassandra import Cassandra
from tests.services.chromium import chromium
from tests.services.debian import Missing
from tests.services.postgres import PostgreSQL
from tests.services.redis import Redis

_SERVERS = ("postgresql", "cassandra", "redis", "chromium", "axe")


def main() -> int:
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(prog="tests.services.run", description=__doc__)
    parser.add_argument("--only", default=",".join(_SERVERS))
    parser.add_argument("command", nargs=argparse.REMAINDER)
    told = parser.parse_args()
    # TERM unwinds like INT, so that the servers are stopped whoever ends the run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    environment = dict(os.environ)
    with contextlib.ExitStack() as running:
        for name in told.only.split(","):
            _provide(name, environment, running)
        if environment.get("CI") == "true" and environment.get("INSULA_TEST_LEFT_OUT"):
            print("CI=true, so a server that is missing is a failure.", file=sys.stderr)
            return 1
        return subprocess.run(told.command, env=environment, check=False).returncode


def _provide(name: str, environment: dict[str, str], running: contextlib.ExitStack) -> None:
    """Start one server and put its address into the environment, or the reason why it is left out."""
    print(f"{name}: ", end="", flush=True)
    try:
        address = _START[name](running)
    except Missing as reason:
        print(f"left out ({reason})", flush=True)
        left_out = [environment.get("INSULA_TEST_LEFT_OUT", ""), f"{name}: {reason}"]
        environment["INSULA_TEST_LEFT_OUT"] = "\n".join(filter(None, left_out))
    else:
        print(address, flush=True)
        environment[f"INSULA_TEST_{_VARIABLES[name]}"] = address


def _postgresql(running: contextlib.ExitStack) -> str:
    server = PostgreSQL()
    running.callback(server.stop)
    return server.start().superuser_url


def _cassandra(running: contextlib.ExitStack) -> str:
    server = Cassandra()
    running.callback(server.stop)
    server.start()
    return f"{server.host}:{server.port}"


def _redis(running: contextlib.ExitStack) -> str:
    server = Redis()
    running.callback(server.stop)
    return server.start().url


_START: dict[str, Callable[[contextlib.ExitStack], str]] = {
    "postgresql": _postgresql,
    "cassandra": _cassandra,
    "redis": _redis,
    "chromium": lambda _running: chromium(),
    "axe": lambda _running: axe(),
}
_VARIABLES = {
    "postgresql": "POSTGRES_URL",
    "cassandra": "CASSANDRA",
    "redis": "REDIS_URL",
    "chromium": "CHROMIUM",
    "axe": "AXE",
}


if __name__ == "__main__":
    sys.exit(main())
