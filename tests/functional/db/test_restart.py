"""When PostgreSQL was restarted, every connection that waits in a pool is dead; no request fails for that."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.installations import Installation, install


@pytest.fixture
def installation(postgres_server: Any, tmp_path: Path) -> Iterator[Installation]:
    """An installation of its own, whose connections can be ended without ending anybody else's."""
    made = install("postgresql", tmp_path, postgres_server)
    yield made
    made.close()


def end_all_connections(postgres: Any, installation: Installation) -> int:
    name = installation.settings["insula.db.url"].rpartition("/")[2]
    where = f"host={postgres.host} port={postgres.port} user={postgres.user} dbname=postgres"
    with psycopg.connect(where, autocommit=True) as connection:
        ended = connection.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        return ended.fetchone()[0]


def test_requests_are_answered_as_if_nothing_had_been(
    installation: Installation, postgres_server: Any
) -> None:
    one = installation.tenant("one")
    clients = [one.api("owner") for _ in range(4)]
    clients[0].post_json("/api/streams", {"name": "s"})
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda client: client.get("/api/streams/s/records"), clients))
    assert end_all_connections(postgres_server, installation) > 4
    for _ in range(3):
        clients[0].get("/api/streams/s/records", status=200)
    assert end_all_connections(postgres_server, installation)
    clients[0].post_json("/api/pages", {"path": "/x", "title": "x"}, status=201)
