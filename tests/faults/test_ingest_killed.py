"""A hundred thousand records into Cassandra, and the server killed while a chunk of them is in flight."""

from __future__ import annotations

import http.client
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from insula.kit.ids import uuid7
from insula.records.interfaces import Streams
from tests.installations import install
from tests.services.ports import LOOPBACK, free_ports

pytestmark = [pytest.mark.postgresql, pytest.mark.cassandra]

ROOT = Path(__file__).parents[2]
RECORDS, CHUNK = 100_000, 5_000
BEGIN = datetime(2010, 1, 1, tzinfo=UTC)
PLAIN_HTTP = {"insula.web.public_scheme": "http", "insula.security.development": "true"}
INI = """[app:main]
use = egg:insula
{settings}

[server:main]
use = egg:waitress#main
listen = {listen}
threads = 4
"""


class Server:
    """`insula serve` in a process group of its own, so that a kill takes all of it at once."""

    def __init__(self, ini, port):
        self._ini, self.port = ini, port
        self._log = ini.with_suffix(".log").open("ab")
        self._process = None

    def start(self):
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("insula"), "-c", self._ini, "serve"],
            cwd=ROOT,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self._ini.with_suffix(".log").read_text()
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.1)

    def kill(self):
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self):
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._log.close()

    def _answers(self):
        try:
            return self.ask("GET", "/healthz", {})[0] == 200
        except OSError:
            return False

    def ask(self, method, path, headers, body=None):
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


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
    port = free_ports(1)[0]
    ini = tmp_path / "killed.ini"
    settings = "\n".join(f"{key} = {value}" for key, value in place.settings.items())
    ini.write_text(INI.format(settings=settings, listen=f"{LOOPBACK}:{port}"))
    made = Server(ini, port)
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


def send_all_with_kills(client, server, seed, *, timed):
    """Send every chunk, killing the server once while one is in flight; return how often it was killed."""
    chance = random.Random(seed)  # noqa: S311  # a moment, no secret
    first_victim = chance.randrange(2, RECORDS // CHUNK)
    kills, unanswered, took = 0, 0, []
    for number in range(RECORDS // CHUNK):
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


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 21))])
def test_every_record_is_there_once_though_the_server_was_killed_with_a_chunk_in_flight(
    place, servers, server, seed
):
    tenant = place.tenant("killed")
    timed = seed % 2 == 0
    stream = declare(tenant, timed=timed)
    client = Client(server, tenant, stream.name)
    send_all_with_kills(client, server, seed, timed=timed)
    place.drain()
    read = list(client.pages())
    assert len({record["id"] for record in read}) == len(read)
    for counted in (Counter(record["body"]["n"] for record in read), Counter(by_cql(place, servers, stream))):
        assert len(counted) == RECORDS
        assert set(counted.values()) == {1}
