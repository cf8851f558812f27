"""axe-core, which looks for barriers in pages; from npm, as tests/browser/package-lock.json pins it."""

import shutil
import subprocess
from pathlib import Path

from tests.services.debian import Missing, install

_FOLDER = Path(__file__).parent.parent / "browser"
_SCRIPT = _FOLDER / "node_modules" / "axe-core" / "axe.min.js"
_LOCK = _FOLDER / "package-lock.json"


def axe() -> str:
    """Return the path of axe's script, fetching what the lock pins where it is not there yet."""
    if not _SCRIPT.exists() or _SCRIPT.stat().st_ctime < _LOCK.stat().st_mtime:
        if shutil.which("npm") is None:
            install("npm")
        command = ["npm", "ci", "--prefix", str(_FOLDER), "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"axe-core: npm could not fetch it: {done.stderr.strip()[-300:]}")
    return str(_SCRIPT)
