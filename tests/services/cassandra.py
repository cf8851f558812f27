"""A single Apache Cassandra node in a temporary folder, on ports of its own."""

import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from tests.services import cassandra_conf, cassandra_jars
from tests.services.cql_probe import answers_cql
from tests.services.ports import LOOPBACK, free_ports, wait_until
from tests.services.processes import dies_with_us

_START_SECONDS = 180
_STOP_SECONDS = 30


class Cassandra:
    """One node without logins; its datacenter is `datacenter1`."""

    datacenter = "datacenter1"

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.port = 0
        self._folder: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._command: list[str] = []

    def start(self) -> "Cassandra":
        """Fetch what is missing, and return once the node answers CQL."""
        java, jars = cassandra_jars.java(), cassandra_jars.jars()
        self._folder = Path(tempfile.mkdtemp(prefix="insula-cassandra-"))
        self.port, storage_port, jmx_port = free_ports(3)
        cassandra_conf.write(self._folder, self.host, self.port, storage_port)
        self._command = cassandra_conf.command(java, jars, self._folder, jmx_port)
        self.up()
        return self

    def up(self) -> None:
        """Start the process, at first and again after `down` or `kill`, on the same data and port."""
        with (self._folder / "system.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGKILL),  # noqa: PLW1509 - no thread of ours runs at that time
            )
        try:
            wait_until(lambda: answers_cql(self.host, self.port), _START_SECONDS, self._why_not)
        except RuntimeError:
            self.stop()
            raise

    def down(self) -> None:
        """Stop the process in an orderly way and keep its data."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """End the process as a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def pause(self) -> None:
        """Let the node hang: its port is open and nothing answers."""
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """End a pause."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """End the node and remove its folder. Nobody needs its data, so it is killed."""
        self.kill()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _why_not(self) -> str | None:
        if self._process.poll() is None:
            return None
        log = (self._folder / "system.log").read_text(errors="replace")
        return f"Cassandra did not start (status {self._process.returncode}):\n{log[-3000:]}"
