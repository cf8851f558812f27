"""`insula start` runs commands and serves in one process."""

import http.client
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

INI = """
[DEFAULT]
http_port = 1

[app:main]
paste.app_factory = roomy_app:factory

[server:main]
use = egg:waitress#main
listen = 127.0.0.1:%(http_port)s
"""


@pytest.fixture
def command(tmp_path):
    ini = tmp_path / "start.ini"
    ini.write_text(INI)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}

    def run(*words):
        program = Path(sys.executable).with_name("insula")
        return subprocess.Popen(
            [program, "-c", ini, "--set", "http_port=0", "start", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )

    return run


def test_preparations_run_in_order_before_it_serves(command):
    with command("--first", "greet hello", "--first", "greet 'good bye'") as running:
        said = [running.stdout.readline().strip() for _ in range(3)]
        assert said[:2] == ["hello", "good bye"]
        port = int(re.search(r":(\d+);", said[2])[1])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"served by the same process " + str(running.pid).encode()
        connection.close()
        running.send_signal(signal.SIGINT)
        assert running.wait(15) == 0


@pytest.mark.parametrize("words", ["", "nonsense", "greet"])
def test_a_preparation_that_fails_keeps_it_from_serving(command, words):
    with command("--first", words) as running:
        said, complaint = running.communicate(timeout=120)
    assert running.returncode != 0
    assert "Serving" not in said
    assert complaint
