"""What happens where a server cannot be had."""

import contextlib
import sys

import pytest

from tests.services import debian, fixtures, run
from tests.services.debian import Missing


@pytest.fixture
def nothing_to_be_had(monkeypatch):
    def start(_running):
        raise Missing("cassandra-all: Maven is missing")

    monkeypatch.setitem(run._START, "cassandra", start)
    monkeypatch.delenv("INSULA_TEST_LEFT_OUT", raising=False)
    monkeypatch.setattr(sys, "argv", ["run", "--only", "cassandra", sys.executable, "-c", ""])


def test_a_missing_server_is_named_and_the_rest_runs(nothing_to_be_had, monkeypatch, capsys):
    monkeypatch.delenv("CI", raising=False)
    assert run.main() == 0
    assert "cassandra: left out (cassandra-all: Maven is missing)" in capsys.readouterr().out


def test_a_missing_server_fails_a_run_of_ci(nothing_to_be_had, monkeypatch):
    monkeypatch.setenv("CI", "true")
    assert run.main() == 1


def test_the_command_is_told_what_was_left_out(nothing_to_be_had):
    environment: dict[str, str] = {}
    with contextlib.ExitStack() as running:
        run._provide("cassandra", environment, running)
    assert environment == {"INSULA_TEST_LEFT_OUT": "cassandra: cassandra-all: Maven is missing"}


def test_a_test_that_misses_its_server_is_skipped_and_in_ci_fails(monkeypatch):
    monkeypatch.setenv("INSULA_TEST_LEFT_OUT", "")
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception):
        fixtures.leave_out("cassandra", Missing("no Java"))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="no Java"):
        fixtures.leave_out("cassandra", Missing("no Java"))


def test_without_root_the_remedy_is_said(monkeypatch):
    monkeypatch.setattr(debian.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(debian.shutil, "which", lambda _name: "/usr/bin/apt-get")
    with pytest.raises(Missing, match="as root run: apt-get install postgresql"):
        debian.install("postgresql")
