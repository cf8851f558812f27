"""Records by chunks into Cassandra, up to a hundred thousand, and the server killed while a chunk is in flight."""

from __future__ import annotations

import http.client
import json
import random
import statistics
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from insula.kit.ids import uuid7
from insula.records.interfaces import Streams
from tests.faults.servers import PLAIN_HTTP, Server
from tests.installations import install

pytestmark = [pytest.mark.postgresql, pytest.mark.cassandra]

CHUNK = 5_000
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)


class Client:
    """Sends chunks with a key each, and sends a chunk that got no answer again with the same key."""

    def __init__(self, server, tenant, stream):
        self._server, self._path = server, f"/api/streams/{stream}/records"
        self._headers = {"Host": tenant.host, "Authorization": f"Bearer {tenant.token('admin')}"}

    def send(self, key, body):
        """Return the status, or None when the connection broke before an answer."""
        headers = {**self._headers, "Content-Type": "application/x-ndjson", "Idempotency-Key": key}
        try:
            return self._server.ask("POST", self._path, headers, body)
        except (OSError, http.client.HTTPException):
            return None, b""

    def insist(self, key, body):
        """Send until it is accepted."""
        until = time.monotonic() + 90
        while time.monotonic() < until:
            status, answer = self.send(key, body)
            if status == 201:
                return json.loads(answer)
            assert status in {None, 409, 503}, (status, answer[:500])
            time.sleep(0.25)
        raise AssertionError("never accepted")

    def pages(self):
        """Yield every record behind the cursors."""
        after = ""
        while after is not None:
            query = f"?limit=1000&after={after}" if after else "?limit=1000"
            status, answer = self._server.ask("GET", self._path + query, self._headers)
            assert status == 200, answer[:500]
            page = json.loads(answer)
            yield from page["data"]
            after = page.get("after")


@pytest.fixture(scope="module", params=["postgresql-cassandra"])
def place(servers, tmp_path_factory):
    """An installation on PostgreSQL and Cassandra."""
    made = install("cassandra", tmp_path_factory.mktemp("cassandra"), **servers, **PLAIN_HTTP)
    yield made
    made.close()


@pytest.fixture
def server(place, tmp_path):
    made = Server(place, tmp_path)
    made.start()
    yield made
    made.stop()


def chunk_of(number, *, timed):
    """Return the lines of a chunk; `n` tells the records apart, and there are as many equal bodies as one likes."""
    lines = []
    for n in range(number * CHUNK, (number + 1) * CHUNK):
        record = {"n": n, "temp": round(n % 40 / 2, 1)}
        if timed:
            record["time"] = (BEGIN + timedelta(minutes=n)).isoformat()
        lines.append(json.dumps(record))
    return ("\n".join(lines) + "\n").encode()


def declare(tenant, *, timed):
    properties = {"n": {"type": "integer"}, "temp": {"type": "number"}, "time": {"type": "string"}}
    with tenant.work() as work:
        return work.find_service(Streams).declare(
            "readings",
            title="Readings",
            schema={"type": "object", "properties": properties},
            time_field="time" if timed else None,
            backfill_days=20_000,
        )


def by_cql(place, servers, stream):
    """Return `n` of each row of the stream, as often as it stands in the table, without our own code."""
    from cassandra.cluster import Cluster

    keyspace = place.settings["insula.records.url"].rpartition("/")[2].partition("?")[0]
    cluster = Cluster([servers["cassandra"].host], port=servers["cassandra"].port)
    try:
        session = cluster.connect(keyspace)
        session.default_timeout = 60
        table = f"records_{stream.retention}"
        partitions = session.execute(f"SELECT DISTINCT tenant, stream, bucket, shard FROM {table}")  # noqa: S608 - the name is ours
        ours = [row for row in partitions if (row.tenant, row.stream) == (stream.tenant_id, stream.id)]
        rows = session.prepare(
            f"SELECT body FROM {table} WHERE tenant = ? AND stream = ? AND bucket = ? AND shard = ?"  # noqa: S608 - the name is ours
        )
        return [
            json.loads(row.body)["n"] for partition in ours for row in session.execute(rows, tuple(partition))
        ]
    finally:
        cluster.shutdown()


def send_all_with_kills(client, server, seed, chunks, *, timed):
    """Send every chunk, killing the server once while one is in flight; return how often it was killed."""
    chance = random.Random(seed)  # noqa: S311  # a moment, no secret
    first_victim = chance.randrange(2, chunks - 1)
    kills, unanswered, took = 0, 0, []
    for number in range(chunks):
        key, body = str(uuid7()), chunk_of(number, timed=timed)
        if number < first_victim or unanswered:
            started = time.monotonic()
            assert client.insist(key, body)["accepted"] == CHUNK
            took.append(time.monotonic() - started)
            continue
        answers = []
        sender = threading.Thread(
            target=lambda key=key, body=body, into=answers: into.append(client.send(key, body))
        )
        sender.start()
        time.sleep(chance.uniform(0.05, 0.95) * statistics.median(took))
        server.kill()
        kills += 1
        sender.join()
        unanswered += answers[0][0] is None
        server.start()
        if answers[0][0] is None:
            assert client.insist(key, body)["accepted"] == CHUNK
        else:
            assert answers[0][0] == 201, answers
    assert unanswered == 1, f"no chunk was in flight at any of {kills} kills"


@pytest.mark.parametrize(
    ("seed", "chunks"),
    [(1, 20), (2, 20), *(pytest.param(n, 6, marks=pytest.mark.long) for n in range(3, 21))],
)
def test_every_record_is_there_once_though_the_server_was_killed_with_a_chunk_in_flight(
    place, servers, server, seed, chunks
):
    tenant = place.tenant("killed")
    timed = seed % 2 == 0
    stream = declare(tenant, timed=timed)
    client = Client(server, tenant, stream.name)
    send_all_with_kills(client, server, seed, chunks, timed=timed)
    place.drain()
    read = list(client.pages())
    assert len({record["id"] for record in read}) == len(read)
    for counted in (Counter(record["body"]["n"] for record in read), Counter(by_cql(place, servers, stream))):
        assert len(counted) == chunks * CHUNK
        assert set(counted.values()) == {1}
