"""A process is known by more than its number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

from insula.api.holders import is_gone, this_process

NAME = "from insula.api.holders import this_process; print(this_process(), flush=True)"


def started() -> tuple[subprocess.Popen, str]:
    child = subprocess.Popen(
        [sys.executable, "-c", f"{NAME}; import time; time.sleep(60)"],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert child.stdout
    with child.stdout as output:
        return child, output.readline().strip()


def test_a_living_process_is_not_gone() -> None:
    assert not is_gone(this_process())


def test_a_killed_process_is_gone_even_before_its_parent_asks_for_it() -> None:
    child, name = started()
    try:
        assert not is_gone(name)
        os.kill(child.pid, signal.SIGKILL)
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(name)
    finally:
        child.kill()
        child.wait()
    assert is_gone(name)


def test_a_process_that_got_the_number_of_a_dead_one_is_another() -> None:
    machine, pid, start = this_process().rsplit(" ", 2)
    assert is_gone(f"{machine} {pid} {int(start) - 1}")


def test_of_another_machine_nothing_is_certain() -> None:
    assert not is_gone("elsewhere/12345678/4026531836 999999 1")
    assert not is_gone("garbage")
