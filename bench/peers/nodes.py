"""Folders of programs that npm installs."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from bench.peers.interfaces import Peer

_QUIET = ("--no-audit", "--no-fund", "--loglevel=error")


def modules_with(peer: Peer, *packages: str, **environment: str) -> Path:
    """Return `node_modules` with these packages, installed at first use; `npm` fetches as it is configured."""
    stamp = peer.cache / ("installed-" + "+".join(packages).replace("/", "_"))
    if not stamp.exists():
        (peer.cache / "package.json").write_text('{"name": "peer", "private": true}')
        peer.run("npm", "install", *_QUIET, "--legacy-peer-deps", *packages, cwd=peer.cache, **environment)
        stamp.touch()
    return peer.cache / "node_modules"
