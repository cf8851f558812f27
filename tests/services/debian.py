"""Debian packages, installed when a test needs one and this process may install it."""

import os
import shutil
import subprocess


class Missing(Exception):
    """A server cannot be had on this machine; the message says what is missing and what would help."""


def install(*packages: str) -> None:
    """Install Debian packages, or say why that is not possible here."""
    wanted = " ".join(packages)
    if shutil.which("apt-get") is None:
        raise Missing(f"{wanted}: this is not a Debian machine; install what corresponds by hand")
    if os.geteuid() != 0:
        raise Missing(f"{wanted}: not installed; as root run: apt-get install {wanted}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = ["-qq", "-o", "Dpkg::Use-Pty=0"]
    get = ["apt-get", "install", "--yes", "--no-install-recommends", *quiet, *packages]
    for attempt in ([], ["apt-get", "update", *quiet]):
        if attempt:
            subprocess.run(attempt, env=environment, check=False, capture_output=True)
        done = subprocess.run(get, env=environment, check=False, capture_output=True, text=True)
        if done.returncode == 0:
            return
    raise Missing(f"{wanted}: apt-get install failed: {done.stderr.strip()[-300:]}")
