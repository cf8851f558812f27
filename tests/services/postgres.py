"""A PostgreSQL server in a temporary folder, from Debian's package."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.services.debian import Missing, install
from tests.services.ports import LOOPBACK, free_ports, wait_until
from tests.services.processes import dies_with_us

# Tests create and drop many databases and lose nothing that matters in a crash of the machine.
_FAST = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=1000",
    "shared_buffers=64MB",
]

# The oldest version that the platform supports.
_OLDEST = 15

_START_SECONDS = 60


def binaries() -> Path | None:
    """Return the folder of the newest installed server, if there is one that is new enough."""
    found = {
        int(each.parent.parent.name): each.parent
        for each in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
    }
    newest = max(found, default=0)
    return found[newest] if newest >= _OLDEST else None


class PostgreSQL:
    """One server; the superuser is `postgres`, trusted on loopback."""

    def __init__(self) -> None:
        self.host = LOOPBACK
        self.port = 0
        self._folder: Path | None = None
        self._bin: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def superuser_url(self) -> str:
        """The SQLAlchemy URL of the superuser on the database `postgres`."""
        return f"postgresql+psycopg://postgres@{self.host}:{self.port}/postgres"

    def start(self) -> "PostgreSQL":
        """Install the package where it is missing, make a cluster and start it."""
        self._bin = binaries()
        if self._bin is None:
            install("postgresql")
            self._bin = binaries()
        if self._bin is None:
            raise Missing(f"postgresql: Debian's package is older than {_OLDEST}")
        self._folder = Path(tempfile.mkdtemp(prefix="insula-postgres-"))
        self.port = free_ports(1)[0]
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self._folder, owner.pw_uid, owner.pw_gid)
        data = str(self._folder / "data")
        self._run(
            "initdb",
            "-D",
            data,
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C.UTF-8",
        )
        settings = [word for each in _FAST for word in ("-c", each)]
        command = [str(self._bin / "postgres"), "-D", data, "-p", str(self.port), "-h", self.host]
        # Started as our own child rather than by pg_ctl, so that it ends with us even when we are killed.
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(
                [*command, "-k", str(self._folder), *settings],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                preexec_fn=dies_with_us(signal.SIGQUIT),  # noqa: PLW1509 - no thread of ours runs at that time
                **_as_owner(),
            )
        try:
            wait_until(self._accepts, _START_SECONDS, self._why_not)
        except RuntimeError:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server and remove its folder. Nobody needs its data, so it does not write it out."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _accepts(self) -> bool:
        ready = [str(self._bin / "pg_isready"), "-q", "-h", self.host, "-p", str(self.port)]
        return subprocess.run(ready, check=False).returncode == 0

    def _why_not(self) -> str | None:
        if self._process.poll() is None:
            return None
        log = (self._folder / "log").read_text(errors="replace")
        return f"PostgreSQL did not start (status {self._process.returncode}):\n{log[-2000:]}"

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._bin / program), *arguments],
            check=False,
            capture_output=True,
            text=True,
            cwd="/",
            **_as_owner(),
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stderr[-2000:]}")


def _as_owner() -> dict[str, Any]:
    """PostgreSQL refuses to run as root, so root becomes the package's own user for it."""
    return {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
