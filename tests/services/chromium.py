"""Debian's Chromium, for the browser tests."""

import os
import shutil

from tests.services.debian import Missing, install


def chromium() -> str:
    """Return the path of Chromium, installing Debian's package where none is."""
    for name in (os.environ.get("INSULA_TEST_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"):
        found = name and shutil.which(name)
        if found:
            return found
    install("chromium", "fonts-dejavu-core", "fonts-noto-color-emoji")
    found = shutil.which("chromium")
    if not found:
        raise Missing("chromium: installed, but no chromium was found")
    return found
