"""A PostgreSQL server in a temporary folder, from Debian's package."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.services.debian import Missing, install
from tests.services.ports import LOOPBACK, free_ports

# Tests create and drop many databases and lose nothing that matters in a crash of the machine.
_FAST = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
]

# The oldest version that the platform supports.
_OLDEST = 15


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
        options = f"-p {self.port} -h {self.host} -k {self._folder} " + " ".join(
            f"-c {each}" for each in _FAST
        )
        log = str(self._folder / "log")
        try:
            self._run("pg_ctl", "-D", data, "-l", log, "-w", "-t", "60", "-o", options, "start")
        except RuntimeError:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise
        return self

    def stop(self) -> None:
        """Stop the server and remove its folder."""
        if self._folder is not None:
            self._run("pg_ctl", "-D", str(self._folder / "data"), "-m", "immediate", "-w", "stop")
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _run(self, program: str, *arguments: str) -> None:
        # PostgreSQL refuses to run as root, so root becomes the package's own user for it.
        command = [str(self._bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        # A pipe would stay open in the server that pg_ctl leaves behind; a file does not keep us waiting.
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                command,
                check=False,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd="/",
            )
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed:\n{output.read()[-2000:]}")
