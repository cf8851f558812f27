"""Keeps a number of serving processes alive on sockets that they share."""

import logging
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

import click

from insula.cli.sockets import url_of

log = logging.getLogger("insula.serve")

_TICK = 0.5
_KILL_MARGIN = 2.0
_BACKOFF = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
_SETTLED = 10.0


@dataclass(frozen=True)
class Orders:
    """What the serving processes are told."""

    ini: str
    assignments: Sequence[str]
    processes: int
    grace: float


@dataclass
class Child:
    """One serving process."""

    process: subprocess.Popen[bytes]
    generation: int
    ready_end: int
    started: float = field(default_factory=time.monotonic)
    ready: bool = False
    retired: float | None = None

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid


class Supervisor:
    """Starts, replaces, reloads and stops the serving processes; answers no request itself.

    Each child is a fresh interpreter that inherits the listening sockets, so that a reload runs new code, and no
    thread or connection is ever shared over a fork.
    """

    def __init__(self, sockets: Sequence[socket.socket], orders: Orders) -> None:
        self._sockets = sockets
        self._orders = orders
        self._children: list[Child] = []
        self._generation = 1
        self._serving_generation = 0
        self._restarts: deque[float] = deque()
        self._quick_deaths = 0
        self._stopping = False
        self._status = 0
        self._signals: deque[int] = deque()
        self._has_terminal = os.isatty(0)

    def run(self) -> int:
        """Serve until told to stop; return the exit status."""
        wake_read, wake_write = os.pipe()
        os.set_blocking(wake_read, False)
        os.set_blocking(wake_write, False)
        signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
            signal.signal(number, lambda number, _frame: self._signals.append(number))
        self._spawn(self._orders.processes)
        try:
            while self._children or (self._restarts and not self._stopping):
                self._wait(wake_read)
                while self._signals:
                    self._obey(self._signals.popleft())
                self._bury()
                self._restart_due()
                self._finish_reload()
                self._end_the_slow()
        finally:
            # Whatever went wrong here, no child may stay behind holding the socket.
            for child in self._children:
                child.process.kill()
        return self._status

    def _spawn(self, count: int) -> None:
        for _ in range(count):
            ready_read, ready_write = os.pipe()
            shared = [each.fileno() for each in self._sockets]
            command = [sys.executable, "-P", "-m", "insula.cli.child", self._orders.ini]
            command += [f"--parent={os.getpid()}", f"--ready={ready_write}", f"--grace={self._orders.grace}"]
            command += [f"--socket={number}" for number in shared]
            command += [f"--set={assignment}" for assignment in self._orders.assignments]
            process = subprocess.Popen(command, pass_fds=(*shared, ready_write), stdin=subprocess.DEVNULL)  # noqa: S603 - our own interpreter and module
            os.close(ready_write)
            self._children.append(Child(process, self._generation, ready_read))

    def _wait(self, wake_read: int) -> None:
        """Sleep until a signal, a child that became ready, or the next tick."""
        waiting = {child.ready_end: child for child in self._children if child.ready_end >= 0}
        readable, _, _ = select.select([wake_read, *waiting], [], [], _TICK)
        for end in readable:
            if end == wake_read:
                os.read(wake_read, 512)
                continue
            child = waiting[end]
            child.ready = os.read(end, 1) == b"1"
            os.close(end)
            child.ready_end = -1
            if child.ready:
                self._welcome(child)

    def _welcome(self, child: Child) -> None:
        log.info("process %d serves", child.pid)
        current = [each for each in self._children if each.generation == self._generation]
        if self._serving_generation == 0 and all(each.ready for each in current):
            self._serving_generation = self._generation
            for each in self._sockets:
                count = "1 process" if len(current) == 1 else f"{len(current)} processes"
                click.echo(f"Serving on {url_of(each)} with {count}")

    def _obey(self, number: int) -> None:
        if number == signal.SIGCHLD:
            return
        if number == signal.SIGHUP and not (self._has_terminal and not os.isatty(0)):
            self._reload()
        elif number == signal.SIGQUIT or self._stopping:
            for child in self._children:
                child.process.kill()
            self._stopping = True
        else:
            self._stop()

    def _stop(self) -> None:
        log.info("stopping: requests under way have %g s", self._orders.grace)
        self._stopping = True
        self._restarts.clear()
        for child in self._children:
            self._retire(child)

    def _retire(self, child: Child) -> None:
        if child.retired is None:
            child.retired = time.monotonic()
            child.process.terminate()

    def _reload(self) -> None:
        if self._stopping:
            return
        if self._serving_generation != self._generation:
            log.warning("a start or reload is still under way; this one is left out")
            return
        log.info("reloading: starting new processes")
        self._restarts.clear()
        self._generation += 1
        self._spawn(self._orders.processes)

    def _finish_reload(self) -> None:
        """Retire the old processes once every new one serves."""
        new = [
            child
            for child in self._children
            if child.generation == self._generation and child.retired is None
        ]
        if self._stopping or self._serving_generation in {0, self._generation}:
            return
        if new and all(child.ready for child in new):
            self._serving_generation = self._generation
            log.info("reloaded: the old processes finish what they have")
            for child in self._children:
                if child.generation < self._generation:
                    self._retire(child)

    def _bury(self) -> None:
        """Take note of children that have ended. Popen.poll reaps, and does not mind a child reaped already."""
        for child in [each for each in self._children if each.process.poll() is not None]:
            self._children.remove(child)
            if child.ready_end >= 0:
                child.ready = os.read(child.ready_end, 1) == b"1"
                os.close(child.ready_end)
            if child.retired is not None or self._stopping:
                continue
            log.warning("process %d ended unasked with %s", child.pid, child.process.returncode)
            if child.generation == self._serving_generation:
                self._schedule_restart(child)
            elif self._serving_generation == 0:
                log.error("the installation does not start; see above for the reason")
                self._status = 1
                self._stop()
            else:
                self._give_up_reload()

    def _schedule_restart(self, child: Child) -> None:
        if child.ready and time.monotonic() - child.started > _SETTLED:
            self._quick_deaths = 0
        delay = _BACKOFF[min(self._quick_deaths, len(_BACKOFF) - 1)]
        self._quick_deaths += 1
        self._restarts.append(time.monotonic() + delay)

    def _restart_due(self) -> None:
        while self._restarts and self._restarts[0] <= time.monotonic():
            self._restarts.popleft()
            self._spawn(1)

    def _give_up_reload(self) -> None:
        log.error("the reload failed; the old processes go on serving")
        for child in self._children:
            if child.generation == self._generation:
                self._retire(child)
        self._generation = self._serving_generation

    def _end_the_slow(self) -> None:
        limit = self._orders.grace + _KILL_MARGIN
        for child in self._children:
            if child.retired is not None and time.monotonic() - child.retired > limit:
                log.warning("process %d did not stop within its grace", child.pid)
                child.process.kill()
