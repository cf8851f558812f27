"""wrk, which asks a server as often as it can: Debian's package."""

import shutil

from tests.services.debian import install


def wrk() -> str:
    """Return the path of wrk, installing it first where that is possible."""
    found = shutil.which("wrk")
    if found is None:
        install("wrk")
        found = shutil.which("wrk")
    return found or "wrk"
