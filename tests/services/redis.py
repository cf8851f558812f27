"""A Redis server that keeps nothing, from Debian's package."""

import shutil
import signal
import socket
import subprocess
import tempfile
from pathlib import Path

from tests.services.debian import Missing, install
from tests.services.ports import LOOPBACK, free_ports, wait_until
from tests.services.processes import dies_with_us

_START_SECONDS = 20


class Redis:
    """One server, empty at the start."""

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.port = 0
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first database."""
        return f"redis://{self.host}:{self.port}/0"

    def start(self) -> "Redis":
        """Install the package where it is missing, and start the server."""
        if shutil.which("redis-server") is None:
            install("redis-server")
        program = shutil.which("redis-server")
        if program is None:
            raise Missing("redis-server: Debian's package has no program of that name")
        self._folder = self._folder or Path(tempfile.mkdtemp(prefix="insula-redis-"))
        self.port = self.port or free_ports(1)[0]
        options = {
            "bind": self.host,
            "port": str(self.port),
            "dir": str(self._folder),
            "save": "",
            "appendonly": "no",
        }
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [program, *(word for name, value in options.items() for word in (f"--{name}", value))],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGKILL),  # noqa: PLW1509 - no thread of ours runs at that time
            )
        try:
            wait_until(self._accepts, _START_SECONDS, self._why_not)
        except RuntimeError:
            self.stop()
            raise
        return self

    def kill(self) -> None:
        """Stop the server as a crash does; `start` starts it again on the same port."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _accepts(self) -> bool:
        try:
            with socket.create_connection((self.host, self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def _why_not(self) -> str | None:
        if self._process.poll() is None:
            return None
        log = (self._folder / "log").read_text(errors="replace")
        return f"Redis did not start (status {self._process.returncode}):\n{log[-2000:]}"
