"""The relay as a thread of the server."""

import threading
import time

import pytest
from sqlalchemy.exc import OperationalError

from insula.events import threads
from insula.events.relay import Relay
from tests.faults import rig


def wait_for(condition, seconds=5.0):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.01)
    return False


def running():
    return [thread for thread in threading.enumerate() if thread.name == "insula-relay"]


def test_a_commit_wakes_the_thread_long_before_the_next_poll(install, tenants):
    got = []
    registry = install(
        listen={"one": lambda delivery, work: got.append(delivery)}, relay="thread", poll_seconds=30
    )
    rig.start_thread(registry)
    rig.make_thing(registry, tenants.ours, 1)
    assert wait_for(lambda: len(got) == 1)
    rig.make_thing(registry, tenants.ours, 2)
    assert wait_for(lambda: len(got) == 2)
    assert len(running()) == 1
    threads.stop(registry)
    assert running() == []


def test_the_thread_starts_with_the_first_request_and_carries_what_an_earlier_process_left(install, tenants):
    got = []
    listen = {"one": lambda delivery, work: got.append(delivery)}
    rig.make_thing(install(listen=listen), tenants.ours, 1)
    registry = install(listen=listen, relay="thread")
    assert running() == []
    rig.start_thread(registry)
    assert wait_for(lambda: len(got) == 1)


def test_where_the_setting_is_off_no_thread_starts(install, tenants):
    registry = install(listen={"one": lambda delivery, work: None})
    rig.make_thing(registry, tenants.ours, 1)
    rig.start_thread(registry)
    assert running() == []
    assert Relay(registry).drain().delivered == 1


def test_a_database_that_is_away_is_met_with_patience(install, tenants):
    registry = install(listen={"one": lambda delivery, work: None})
    rig.make_thing(registry, tenants.ours, 1)

    class Troubled(Relay):
        calls = 0

        def drain(self):
            self.calls += 1
            if self.calls < 3:
                raise OperationalError("claim", {}, Exception("database is locked"))
            report = super().drain()
            self.stop()
            return report

    relay, reports = Troubled(registry), []
    relay.run(report=reports.append)
    assert [report.delivered for report in reports] == [1]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_an_error_has_ended_is_replaced_at_the_next_request(install, tenants, monkeypatch):
    got = []
    registry = install(
        listen={"one": lambda delivery, work: got.append(delivery)}, relay="thread", poll_seconds=30
    )

    def fail(self):
        raise RuntimeError("nobody expected this")

    with monkeypatch.context() as patch:
        patch.setattr(Relay, "drain", fail)
        rig.start_thread(registry)
        assert wait_for(lambda: running() == [])
    rig.make_thing(registry, tenants.ours, 1)
    rig.start_thread(registry)
    rig.start_thread(registry)
    assert len(running()) == 1
    assert wait_for(lambda: len(got) == 1)
    threads.stop(registry)
    rig.start_thread(registry)
    assert running() == []


def test_a_command_that_commits_starts_no_relay(install, tenants):
    registry = install(listen={"one": lambda delivery, work: None}, relay="thread")
    rig.make_thing(registry, tenants.ours, 1)
    assert running() == []
    assert rig.backlog(registry).waiting == 1
