"""Free ports, and waiting for a server to answer on one."""

import socket
import time
from collections.abc import Callable

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on now; held together, so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def wait_until(ready: Callable[[], bool], seconds: float, given_up: Callable[[], str | None]) -> None:
    """Wait until `ready` says so; `given_up` returns a reason as soon as waiting has become pointless."""
    deadline = time.monotonic() + seconds
    while not ready():
        reason = given_up()
        if reason is None and time.monotonic() > deadline:
            reason = f"not ready after {seconds:.0f} s"
        if reason is not None:
            raise RuntimeError(reason)
        time.sleep(0.1)
