"""The servers that every folder of tests may ask for, and the summary of the stores that they ran on."""

import signal
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.services.fixtures import (
    axe_path,
    cassandra_server,
    chromium_path,
    own_cassandra,
    own_redis,
    postgres_server,
    redis_url,
    wrk_path,
)
from tests.services.report import summarize

__all__ = [
    "axe_path",
    "cassandra_server",
    "chromium_path",
    "own_cassandra",
    "own_redis",
    "postgres_server",
    "redis_url",
    "wrk_path",
]


ALONE = tuple(
    f"tests/faults/test_{name}.py" for name in ("decisions_flood", "revoked_under_load", "store_stopped")
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs when nothing else does, since it stops servers or compares latencies, and what needs which server."""
    for item in items:
        if item.nodeid.startswith(ALONE):
            item.add_marker("alone")
        stores = item.callspec.params.values() if hasattr(item, "callspec") else ()
        for server in ("postgresql", "cassandra"):
            if any(each == server for each in stores if isinstance(each, str)):
                item.add_marker(server)


def pytest_configure() -> None:
    """Let TERM end a run as Ctrl-C does, so that fixtures still stop what they have started.

    How long a case takes says how busy the machine is, and is nobody's fault.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("patient")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests ran on which stores, and what was left out."""
    summarize(terminalreporter)
