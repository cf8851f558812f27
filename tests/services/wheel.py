"""Installs a built wheel into an empty environment, and asks the installation it serves for /healthz."""

import contextlib
import http.client
import os
import re
import signal
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

from tests.services.ports import LOOPBACK

_ROOT = Path(__file__).parent.parent.parent
_SOURCES = _ROOT / "platform"
_LEFT_OUT = {".pyc", ".pyi"}


def main() -> int:
    """Check the wheel that the command line names."""
    wheel = Path(sys.argv[1]).resolve()
    missing = _missing_from(wheel)
    if missing:
        print("The wheel lacks files of the package:", *missing, sep="\n  ")
        return 1
    with tempfile.TemporaryDirectory(prefix="insula-wheel-") as name:
        folder = Path(name)
        program = _install(wheel, folder / "venv")
        # A folder of its own: nothing of the source tree is reachable from there.
        ini = folder / "development.ini"
        ini.write_text((_ROOT / "development.ini").read_text())
        (folder / "var").mkdir()
        for words in (["db", "upgrade"],):
            subprocess.run([program, *words], cwd=folder, check=True, env=_environment())
        status = _ask(program, folder, "/healthz")
    print(f"{wheel.name}: installed into an empty environment, it answers /healthz with {status}")
    return 0 if status == http.client.OK else 1


def _missing_from(wheel: Path) -> list[str]:
    """Return the files of the package that the wheel does not carry."""
    with zipfile.ZipFile(wheel) as packed:
        carried = set(packed.namelist())
    files = (
        each for each in (_SOURCES / "insula").rglob("*") if each.is_file() and each.suffix not in _LEFT_OUT
    )
    return sorted(
        str(each.relative_to(_SOURCES)) for each in files if str(each.relative_to(_SOURCES)) not in carried
    )


def _install(wheel: Path, folder: Path) -> Path:
    venv.create(folder, with_pip=True)
    pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
    subprocess.run([*pip, "--require-hashes", "-r", _ROOT / "requirements" / "run.txt"], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    return folder / "bin" / "insula"


def _ask(program: Path, folder: Path, path: str) -> int:
    command = [program, "serve", "--listen", f"{LOOPBACK}:0"]
    with contextlib.ExitStack() as running:
        served = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True, env=_environment())
        running.callback(served.wait, 40)
        running.callback(served.send_signal, signal.SIGTERM)
        announced = re.search(r":(\d+) with", served.stdout.readline())
        if announced is None:
            return 0
        connection = http.client.HTTPConnection(LOOPBACK, int(announced[1]), timeout=120)
        running.callback(connection.close)
        connection.request("GET", path)
        return connection.getresponse().status


def _environment() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "INSULA", "COV"))
    }
    return {**kept, "PATH": os.environ["PATH"]}


if __name__ == "__main__":
    sys.exit(main())
