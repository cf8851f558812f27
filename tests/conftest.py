"""The servers that every folder of tests may ask for, and the summary of the stores that they ran on."""

from typing import Any

from tests.services.fixtures import axe_path, cassandra_server, chromium_path, own_cassandra, postgres_server
from tests.services.report import summarize

__all__ = ["axe_path", "cassandra_server", "chromium_path", "own_cassandra", "postgres_server"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say how many tests ran on which stores, and what was left out."""
    summarize(terminalreporter)
