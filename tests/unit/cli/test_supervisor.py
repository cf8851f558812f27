"""`insula serve` over real sockets and processes, with an application of a few lines."""

import http.client
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

INI = """
[app:main]
paste.app_factory = slow_app:factory
label = {label}
broken = {broken}

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:0
threads = {threads}
trusted_proxy = 127.0.0.1
trusted_proxy_headers = x-forwarded-proto
"""


class Served:
    """A running `insula serve` and what a client can ask of it."""

    def __init__(self, folder: Path, *options: str, threads: int = 2) -> None:
        self.ini = folder / "served.ini"
        self.threads = threads
        self.write("first")
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        program = Path(sys.executable).with_name("insula")
        self.process = subprocess.Popen(
            [program, "-c", self.ini, "serve", *options],
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        line = self.process.stdout.readline()
        found = re.match(r"Serving on http://127\.0\.0\.1:(\d+)", line)
        self.port = int(found[1]) if found else 0

    def write(self, label: str, broken: str = "no") -> None:
        self.ini.write_text(INI.format(label=label, broken=broken, threads=self.threads))

    def ask(self, query: str = "", **headers: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", f"/?{query}", headers=headers)
            pid, label, scheme = connection.getresponse().read().decode().split()
        finally:
            connection.close()
        return int(pid), label, scheme

    def pids(self, wanted: int) -> set[int]:
        found: set[int] = set()
        deadline = time.monotonic() + 10
        while len(found) < wanted and time.monotonic() < deadline:
            threads = [
                threading.Thread(target=lambda: found.add(self.ask("sleep=0.05")[0])) for _ in range(6)
            ]
            for each in threads:
                each.start()
            for each in threads:
                each.join()
        return found

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(15)
        finally:
            self.process.kill()
            self.process.stdout.close()


@pytest.fixture
def served(tmp_path):
    running = Served(tmp_path, "--processes", "2")
    yield running
    running.stop()


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def eventually(check, seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if check():
            return True
        time.sleep(0.05)
    return False


def test_two_processes_share_one_socket(served):
    assert len(served.pids(2)) == 2


def test_settings_of_the_ini_files_server_section_reach_waitress(served):
    assert served.ask(**{"X-Forwarded-Proto": "https"})[2] == "https"


def test_a_killed_process_is_replaced_while_the_other_serves(served):
    before = served.pids(2)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    for _ in range(20):
        assert served.ask()[0] != victim
    assert eventually(lambda: len(served.pids(2) - {victim}) == 2)


def test_a_reload_brings_new_settings_and_loses_no_request(served):
    served.pids(2)
    answers, stop = [], threading.Event()

    def keep_asking():
        while not stop.is_set():
            answers.append(served.ask("sleep=0.01")[1])

    clients = [threading.Thread(target=keep_asking) for _ in range(3)]
    for each in clients:
        each.start()
    served.write("second")
    served.process.send_signal(signal.SIGHUP)
    done = eventually(lambda: len(answers) > 5 and set(answers[-5:]) == {"second"})
    stop.set()
    for each in clients:
        each.join()
    assert done
    assert set(answers) == {"first", "second"}


def test_a_reload_that_fails_leaves_the_old_processes_serving(served):
    before = served.pids(2)
    served.write("second", broken="yes")
    served.process.send_signal(signal.SIGHUP)
    time.sleep(3)
    assert served.pids(2) == before
    served.write("third")
    served.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: served.ask()[1] == "third" and before.isdisjoint(served.pids(2)), seconds=60)


def test_a_stop_answers_what_runs_and_what_is_queued(tmp_path):
    running = Served(tmp_path, threads=1)
    answers = []
    clients = [threading.Thread(target=lambda: answers.append(running.ask("sleep=0.4")[1])) for _ in range(4)]
    for each in clients:
        each.start()
    time.sleep(0.3)
    assert running.stop() == 0
    for each in clients:
        each.join()
    assert answers == ["first"] * 4


def test_children_do_not_outlive_a_killed_supervisor(served):
    children = served.pids(2)
    served.process.kill()
    assert eventually(lambda: all(is_gone(pid) for pid in children))


def test_an_installation_that_does_not_start_ends_with_status_1(tmp_path):
    ini = tmp_path / "broken.ini"
    ini.write_text(INI.format(label="x", broken="yes", threads=1))
    program = Path(sys.executable).with_name("insula")
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    ended = subprocess.run(
        [program, "-c", ini, "serve"],
        env=environment,
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "broken on purpose" in ended.stderr


def test_an_address_that_is_taken_is_named(served):
    program = Path(sys.executable).with_name("insula")
    taken = f"127.0.0.1:{served.port}"
    ended = subprocess.run(
        [program, "-c", served.ini, "serve", "--listen", taken],
        timeout=120,
        check=False,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert f"Cannot listen on {taken}" in ended.stderr
