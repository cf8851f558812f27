"""Virtual environments of programs that are written in Python."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.peers.interfaces import Peer


def python_with(peer: Peer, *requirements: str) -> str:
    """Return the Python of a peer's environment, made at first use; `pip` fetches as it is configured."""
    folder = peer.cache / "venv"
    python, stamp = str(folder / "bin" / "python"), folder / "installed"
    if not stamp.exists():
        peer.run(sys.executable, "-m", "venv", str(folder))
        peer.run(python, "-m", "pip", "install", "--quiet", *requirements)
        stamp.write_text("\n".join(requirements))
    return python


def logging_ini(level: str) -> str:
    """Return the part of an ini file that has a program on Pyramid tell of this level and above, on standard error."""
    return f"""
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = message
[logger_root]
level = {level}
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = message
[formatter_message]
format = %(message)s
"""
