"""Static files whose addresses carry a hash of their content, so that browsers may keep them for ever."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyramid.path import AssetResolver

from insula.web.interfaces import ASSETS

if TYPE_CHECKING:
    from pyramid.registry import Registry
    from pyramid.request import Request

PARAMETER = "v"


@lru_cache(maxsize=1024)
def _digest(path: str, modified: int, size: int) -> str:  # they are the key of the cache
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()[:16]


@lru_cache(maxsize=1024)
def _where(spec: str) -> str:
    return str(AssetResolver(None).resolve(spec).abspath())


def token(spec: str) -> str | None:
    """Return the hash of an asset's content, or None where there is no such file."""
    path = Path(_where(spec))
    if not path.is_file():
        return None
    stat = path.stat()
    return _digest(str(path), stat.st_mtime_ns, stat.st_size)


class ContentHashCacheBuster:
    """Adds the content's hash to the query of generated addresses."""

    def __call__(self, request: Request, subpath: str, kw: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return the path and keywords of the address with the hash added."""
        found = token(kw["pathspec"])
        if found is not None:
            kw["_query"] = {**dict(kw.get("_query") or {}), PARAMETER: found}
        return subpath, kw


def is_ours(registry: Registry, path: str) -> bool:
    """Say whether an address belongs to a folder given to `add_assets`."""
    return path.startswith("/static/") and path.split("/")[2] in (registry.get(ASSETS) or {})


def is_current(registry: Registry, path: str, given: str | None) -> bool:
    """Say whether an address below /static/ carries the hash of what this process serves there.

    During a rolling release a process may be asked for a file that only its successor has; an answer that browsers
    keep for a year must then not be given.
    """
    name, _, rest = path.removeprefix("/static/").partition("/")
    folder = (registry.get(ASSETS) or {}).get(name)
    if not folder or not rest or not given or ".." in rest or "\x00" in rest or "//" in rest:
        return False
    return token(folder + rest) == given
