"""What the benchmark needs to know of a program: how to install, start and ask it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, ClassVar

import requests

from tests.services.ports import LOOPBACK, free_ports, wait_until
from tests.services.processes import dies_with_us

NUMBER = "@@"
"""Stands in a body for a number that no other request has used."""

LINES = ("read one", "list 20", "create", "update")
BULK = "bulk 1,000"

Airport = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One kind of request; with `etags`, one for each path, updates are sent with If-Match and the newest one."""

    method: str
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    etags: Sequence[str] = ()
    headers_each: Sequence[Mapping[str, str]] = ()
    """Headers for each path, where they differ."""


class Unavailable(Exception):
    """A program cannot be had here; the message says why."""


class Peer:
    """One program: installed once in a cache folder, started anew for each run, with the same data."""

    name: ClassVar[str]
    note: ClassVar[str] = ""
    remark: ClassVar[str] = ""
    """What a reader of its figures has to know."""
    bulk_rows: ClassVar[int] = 1_000

    def __init__(self, cache: Path, work: Path, database: Callable[[str], str]) -> None:
        self.cache = cache / type(self).__module__.rpartition(".")[2]
        self.work = work / self.cache.name
        self.port = free_ports(1)[0]
        self.url = f"http://{LOOPBACK}:{self.port}"
        self.client = requests.Session()
        self.cache.mkdir(parents=True, exist_ok=True)
        self.work.mkdir(parents=True, exist_ok=True)
        self._database = database
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[IO[bytes]] = []

    @property
    def label(self) -> str:
        """The name with what differs from the others."""
        return f"{self.name} ({self.note})" if self.note else self.name

    def install(self) -> str:
        """Fetch the program where the cache has none, and return its version."""
        raise NotImplementedError

    def start(self, airports: Sequence[Airport]) -> None:
        """Start it on `self.port` and put the airports in."""
        raise NotImplementedError

    def call(self, line: str) -> Call:
        """Return the request of a line."""
        raise NotImplementedError

    def bulk(self, airports: Sequence[Airport]) -> None:
        """Put airports in with one request."""
        raise NotImplementedError

    def fill(self, airports: Sequence[Airport], rows: int = 1_000) -> None:
        """Put any number of airports in, so many with a request."""
        for first in range(0, len(airports), rows):
            self.bulk(airports[first : first + rows])

    def database(self) -> str:
        """Return host, port and name of a new PostgreSQL database as `127.0.0.1:5432/name`, for the superuser."""
        return self._database(self.cache.name)

    def run(self, *command: str, cwd: Path | None = None, **environment: str) -> str:
        """Run a command of the installation and return what it printed; raises Unavailable where it fails."""
        try:
            done = subprocess.run(
                command, cwd=cwd, env=_environment(environment), capture_output=True, text=True, check=False
            )
        except FileNotFoundError as error:
            raise Unavailable(f"{command[0]} is not installed") from error
        if done.returncode:
            raise Unavailable(f"{' '.join(command[:3])}: {(done.stderr or done.stdout).strip()[-300:]}")
        return done.stdout

    def serve(self, *command: str, ready: str = "/", cwd: Path | None = None, **environment: str) -> None:
        """Start the one process that serves, and wait until it answers."""
        log = (self.work / "serve.log").open("ab")
        self._logs.append(log)
        process = subprocess.Popen(
            command,
            cwd=cwd or self.work,
            env=_environment(environment),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=dies_with_us(signal.SIGKILL),  # noqa: PLW1509 - no thread of ours runs at that time
        )
        self._processes.append(process)
        wait_until(lambda: self._answers(ready), 300, lambda: self._why_not(process))

    def stop(self) -> None:
        """End its process; once more does nothing."""
        self.client.close()
        while self._processes:
            process = self._processes.pop()
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        while self._logs:
            self._logs.pop().close()

    def sent(self, method: str, path: str, **options: Any) -> Any:
        """Ask while preparing, and return the JSON of a good answer."""
        answer = self.client.request(method, self.url + path, timeout=120, **options)
        if not answer.ok:
            raise Unavailable(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer.json() if answer.content else None

    def _answers(self, path: str) -> bool:
        try:
            return self.client.get(self.url + path, timeout=10).status_code < 500  # anything but a fault
        except requests.RequestException:
            return False

    def _why_not(self, process: subprocess.Popen[bytes]) -> str | None:
        if process.poll() is None:
            return None
        return (self.work / "serve.log").read_text(errors="replace")[-1500:]


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    return {**os.environ, **extra}
