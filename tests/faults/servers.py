"""Servers in processes of their own, which tests kill, and wrk, which asks them all it can."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.services.ports import LOOPBACK, free_ports

ROOT = Path(__file__).parents[2]
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

    def __init__(self, place: Any, folder: Path, **extra: str) -> None:
        self.port = free_ports(1)[0]
        self._ini = folder / f"server-{self.port}.ini"
        settings = "\n".join(f"{key} = {value}" for key, value in {**place.settings, **extra}.items())
        self._ini.write_text(INI.format(settings=settings, listen=f"{LOOPBACK}:{self.port}"))
        self.log = self._ini.with_suffix(".log")
        self._output = self.log.open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._process = subprocess.Popen(
            [Path(sys.executable).with_name("insula"), "-c", self._ini, "serve"],
            cwd=ROOT,
            stdout=self._output,
            stderr=self._output,
            start_new_session=True,
        )
        until = time.monotonic() + 60
        while not self._answers():
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.1)

    def kill(self, how: int = signal.SIGKILL) -> None:
        os.killpg(self._process.pid, how)
        self._process.wait()

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.kill()
        self._output.close()

    def _answers(self) -> bool:
        try:
            return self.ask("GET", "/healthz", {})[0] == 200
        except OSError:
            return False

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(LOOPBACK, self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()


@dataclass(frozen=True)
class Load:
    """What wrk saw: how many answers, how many of them were no 2xx or 3xx, and how many broke."""

    answers: int
    refused: int
    errors: int


class Wrk:
    """wrk asking one address again and again, until it is awaited."""

    def __init__(
        self, server: Server, path: str, headers: dict[str, str], *, seconds: float, connections: int = 4
    ) -> None:
        given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s", *given]
        self._process = subprocess.Popen(
            [*command, f"http://{LOOPBACK}:{server.port}{path}"], stdout=subprocess.PIPE, text=True
        )

    def stop(self) -> Load:
        """End it now, and say what it saw."""
        self._process.send_signal(signal.SIGINT)
        return self.wait()

    def wait(self) -> Load:
        """Wait for the end of its time, and say what it saw."""
        told, _ = self._process.communicate(timeout=300)
        assert self._process.returncode == 0, told
        answers = re.search(r"(\d+) requests in", told)
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
        errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
        return Load(
            int(answers[1]),
            int(refused[1]) if refused else 0,
            sum(map(int, errors.groups())) if errors else 0,
        )
