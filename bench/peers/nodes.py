"""Folders of programs that npm installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.peers.interfaces import Peer

_QUIET = ("--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline", "--legacy-peer-deps")


def modules_with(peer: Peer, *packages: str, build: tuple[str, ...] = (), **environment: str) -> Path:
    """Return `node_modules` with these packages, installed at first use; `npm` fetches as it is configured.

    No package runs a script at its installation but those to `build`, with the headers of `node_modules/NODE`, if
    NODE (`npm_config_nodedir`) is told.
    """
    modules = peer.cache / "node_modules"
    stamp, asked = modules / "installed", "\n".join((*packages, *build))
    if not stamp.exists() or stamp.read_text() != asked:
        stamp.unlink(missing_ok=True)
        # All at once: an installation removes what was installed beside it before.
        (peer.cache / "package.json").write_text('{"name": "peer", "private": true}')
        peer.run("npm", "install", *_QUIET, "--ignore-scripts", *packages, cwd=peer.cache)
        if build:
            peer.run("npm", "rebuild", *_QUIET, *build, cwd=peer.cache, **environment)
        stamp.write_text(asked)
    return modules
