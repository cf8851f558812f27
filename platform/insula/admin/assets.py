"""The stylesheet, under an address that changes with its content so that browsers may keep it for good."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from pyramid.static import QueryStringConstantCacheBuster

if TYPE_CHECKING:
    from pyramid.config import Configurator

FOLDER = Path(__file__).parent / "static"
A_YEAR = 31_536_000


def includeme(config: Configurator) -> None:
    """Serve the folder `static` below `/static/admin`."""
    config.add_static_view("static/admin", "insula.admin:static", cache_max_age=A_YEAR)
    config.add_cache_buster("insula.admin:static", QueryStringConstantCacheBuster(fingerprint(FOLDER)))


def fingerprint(folder: Path) -> str:
    """Return what tells this content of a folder from any other."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            digest.update(path.name.encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
