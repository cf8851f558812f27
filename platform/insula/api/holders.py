"""Names the process that works on a request, so that another can tell when it has died."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def this_process() -> str:
    """Return the name of this process: its machine, its id there, and when it started."""
    pid = os.getpid()
    return f"{_machine()} {pid} {_started(pid)}"


def is_gone(holder: str) -> bool:
    """Say whether a process is certainly dead; of another machine nothing is certain."""
    machine, _, rest = holder.rpartition(" ")[0].rpartition(" ")
    started = holder.rpartition(" ")[2]
    if machine != _machine() or not rest.isdecimal():
        return False
    # A process id is used again; a process that started at another moment is another process.
    return _started(int(rest)) != started


def _machine() -> str:
    # Containers may share a host name, and two of them may each have a process 7: the boot and the
    # namespace of process ids tell them apart.
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8])
        parts.append(str(Path("/proc/self/ns/pid").readlink()).strip("pid:[]"))
    except OSError:
        parts.append("unknown")
    return "/".join(parts)[:120]


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return "gone"
    fields = stat.rpartition(")")[2].split()
    # A killed process stays in the table until its parent asks for it, but it works no more.
    return "gone" if fields[0] in "ZX" else fields[19]
