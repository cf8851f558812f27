"""Fixtures that hand the real servers to tests: those the runner has started, else started now and stopped at the end."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

import pytest

from tests.services.axe import axe
from tests.services.cassandra import Cassandra
from tests.services.chromium import chromium
from tests.services.debian import Missing
from tests.services.postgres import PostgreSQL
from tests.services.redis import Redis
from tests.services.wrk import wrk


@dataclass(frozen=True)
class PostgreSQLAddress:
    """Where a PostgreSQL server listens, and its superuser's SQLAlchemy URL."""

    host: str
    port: int
    superuser_url: str
    user: str = "postgres"


@dataclass(frozen=True)
class CassandraAddress:
    """Where a Cassandra node listens."""

    host: str
    port: int
    datacenter: str = Cassandra.datacenter


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgreSQLAddress]:
    """A PostgreSQL server for the whole run."""
    url = os.environ.get("INSULA_TEST_POSTGRES_URL")
    if url:
        parts = urlsplit(url)
        yield PostgreSQLAddress(parts.hostname, parts.port, url)
        return
    server = PostgreSQL()
    try:
        server.start()
    except Missing as reason:
        leave_out("postgresql", reason)
    yield PostgreSQLAddress(server.host, server.port, server.superuser_url)
    server.stop()


@pytest.fixture(scope="session")
def cassandra_server() -> Iterator[CassandraAddress]:
    """A Cassandra node for the whole run."""
    address = os.environ.get("INSULA_TEST_CASSANDRA")
    if address:
        host, _, port = address.rpartition(":")
        yield CassandraAddress(host, int(port))
        return
    server = Cassandra()
    try:
        server.start()
    except Missing as reason:
        leave_out("cassandra", reason)
    yield CassandraAddress(server.host, server.port)
    server.stop()


@pytest.fixture
def own_cassandra() -> Iterator[Cassandra]:
    """A node of a test's own, which it may stop, kill and pause."""
    server = Cassandra()
    try:
        server.start()
    except Missing as reason:
        leave_out("cassandra", reason)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis server for the whole run."""
    url = os.environ.get("INSULA_TEST_REDIS_URL")
    if url:
        yield url
        return
    server = Redis()
    try:
        server.start()
    except Missing as reason:
        leave_out("redis", reason)
    yield server.url
    server.stop()


@pytest.fixture
def own_redis() -> Iterator[Redis]:
    """A server of a test's own, which it may kill and start again."""
    server = Redis()
    try:
        server.start()
    except Missing as reason:
        leave_out("redis", reason)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def axe_path() -> str:
    """The path of axe's script."""
    try:
        return axe()
    except Missing as reason:
        leave_out("axe", reason)


@pytest.fixture(scope="session")
def wrk_path() -> str:
    """The path of wrk."""
    try:
        return wrk()
    except Missing as reason:
        leave_out("wrk", reason)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of Chromium."""
    try:
        return chromium()
    except Missing as reason:
        leave_out("chromium", reason)


def leave_out(server: str, reason: Missing) -> NoReturn:
    """Skip what needs a missing server, and note it for the summary; in CI that is a failure."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true and {server} is missing: {reason}", pytrace=False)
    line = f"{server}: {reason}"
    noted = os.environ.get("INSULA_TEST_LEFT_OUT", "").splitlines()
    if line not in noted:
        os.environ["INSULA_TEST_LEFT_OUT"] = "\n".join([*noted, line])
    pytest.skip(line)
