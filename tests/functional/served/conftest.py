"""`insula serve` with production.ini over PostgreSQL and Cassandra, spoken to as its proxy would."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.installations import SECRET, Installation, install
from tests.services.ports import free_ports

ROOT = Path(__file__).parents[3]


@dataclass
class Answer:
    """One answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass
class Served:
    """A running server, and the installation in this process over the same stores."""

    installation: Installation
    port: int
    process: Any
    log: Path
    cookies: dict[str, str] = field(default_factory=dict)

    def ask(
        self,
        host: str,
        path: str,
        method: str = "GET",
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request as the proxy does: over plain http, with the scheme and address of the visitor."""
        sent = {"Host": host, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.9", **(headers or {})}
        if isinstance(body, dict):
            body = urllib.parse.urlencode(body)
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def children(self) -> list[int]:
        """Return the process ids of the serving processes."""
        listed = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(self.process.pid)], capture_output=True, text=True, check=False
        )
        return [int(pid) for pid in listed.stdout.split()]

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                if self.ask("any", "/healthz").status == 200:
                    return
            except OSError:
                pass
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise RuntimeError(self.log.read_text()[-4000:])
            time.sleep(0.2)


@pytest.fixture(scope="module", params=["cassandra"])
def served(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """`insula serve --processes 2`."""
    postgres, cassandra = (request.getfixturevalue(name) for name in ("postgres_server", "cassandra_server"))
    folder = tmp_path_factory.mktemp("served")
    made = install("cassandra", folder, postgres, cassandra)
    (port,) = free_ports(1)
    environment = {
        **os.environ,
        "INSULA_SECRET": SECRET,
        "INSULA_DB_URL": made.settings["insula.db.url"],
        "INSULA_DB_SYSTEM_URL": made.settings["insula.db.system_url"],
        "INSULA_DB_MIGRATE_URL": made.settings["insula.db.migrate_url"],
        "INSULA_RECORDS_URL": made.settings["insula.records.url"],
        "INSULA_FILES_FOLDER": made.settings["insula.files.folder"],
        "INSULA_MAIL_HOST": "127.0.0.1",
        "INSULA_MAIL_USER": "",
        "INSULA_MAIL_PASSWORD": "",
        "INSULA_MAIL_FROM": "insula@localhost",
    }
    command = [str(Path(sys.executable).with_name("insula")), "-c", str(ROOT / "production.ini"), "serve"]
    command += ["--processes", "2", "--listen", f"127.0.0.1:{port}"]
    log = folder / "serve.log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output, cwd=folder)
    server = Served(made, port, process, log)
    try:
        server.wait()
        yield server
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
        made.close()
