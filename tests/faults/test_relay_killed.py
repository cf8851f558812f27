"""Processes killed with SIGKILL at each point between a change and its audit record: nothing is lost or doubled."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest

from insula.kit.ids import uuid7
from tests.faults import rig

ROOT = Path(__file__).parents[2]
COUNT = 24
FIVE_AT_ONCE = {"insula.events.batch": "5"}
SHORT_LEASE = {"insula.events.lease_seconds": "0.5", "insula.events.poll_seconds": "0.05"}


@pytest.fixture
def settings(installation):
    return {**installation, **SHORT_LEASE}


@pytest.fixture
def registry(settings):
    built = rig.build(settings)
    yield built
    rig.close(built)


@pytest.fixture
def tenants():
    return [uuid7(), uuid7()]


def act(settings, tenants, what, **order):
    text = json.dumps({"what": what, "settings": settings, "tenants": [str(t) for t in tenants], **order})
    return subprocess.Popen(
        [sys.executable, "-m", "tests.faults.actor", text],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Unbuffered: what a line that is read had brought along would be missing where the rest is waited for.
        bufsize=0,
    )


def end(process):
    out, err = process.communicate(timeout=120)
    acknowledged = [line.split()[1:] for line in out.decode().splitlines() if line.startswith("committed")]
    return process.returncode, {(UUID(tenant), int(n)) for tenant, n in acknowledged}, err.decode()


def in_audit(registry, tenants):
    """Return each audited (tenant, n), and fail if one stands there twice."""
    found = [(tenant, n) for tenant in tenants for n in rig.audited(registry, tenant)]
    assert len(found) == len(set(found)), "doubled"
    for tenant in tenants:
        chain = rig.verified(registry, tenant)
        assert (chain.breaks, chain.waiting, chain.unchained) == ((), 0, 0)
        assert chain.entries == chain.position == len([each for each, _ in found if each == tenant])
    return set(found)


def expected(tenants, numbers):
    return {(tenants[n % len(tenants)], n) for n in numbers}


def test_what_was_killed_before_the_commit_never_happened(registry, settings, tenants):
    code, acknowledged, err = end(act(settings, tenants, "emit", kill="before commit", at=9, count=COUNT))
    assert code == -signal.SIGKILL, err
    assert acknowledged == expected(tenants, range(9))
    rig.drain(registry)
    assert in_audit(registry, tenants) == expected(tenants, range(9))


def test_what_was_committed_arrives_though_the_process_died_before_its_hook(registry, settings, tenants):
    order = {"kill": "after commit, before the hook", "at": 9, "count": COUNT}
    code, acknowledged, err = end(act(settings, tenants, "emit", **order))
    assert code == -signal.SIGKILL, err
    assert acknowledged == expected(tenants, range(9))
    rig.drain(registry)
    assert in_audit(registry, tenants) == expected(tenants, range(10))


# Two tenants with twelve deliveries each, five at a time: six appends.
@pytest.mark.parametrize("at", [1, 3, 6])
@pytest.mark.parametrize(
    "kill",
    [
        "before the places are committed",
        "after the places are committed, before the append",
        "after the acknowledgement, before the delete",
    ],
)
def test_a_relay_killed_between_two_steps_loses_and_doubles_nothing(registry, settings, tenants, kill, at):
    for n in range(COUNT):
        rig.make_thing(registry, tenants[n % 2], n)
    code, _, err = end(act({**settings, **FIVE_AT_ONCE}, tenants, "relay", kill=kill, at=at))
    assert code == -signal.SIGKILL, err
    assert rig.backlog(registry).waiting > 0
    rig.drain(registry)
    assert in_audit(registry, tenants) == expected(tenants, range(COUNT))
    assert rig.backlog(registry).dead == 0


def test_relays_killed_one_after_the_other_leave_one_whole_chain(registry, settings, tenants):
    for n in range(COUNT):
        rig.make_thing(registry, tenants[n % 2], n)
    for kill in (
        "after the places are committed, before the append",
        "after the acknowledgement, before the delete",
    ):
        code, _, err = end(act({**settings, **FIVE_AT_ONCE}, tenants, "relay", kill=kill, at=1))
        assert code == -signal.SIGKILL, err
    before = {tenant: rig.verified(registry, tenant) for tenant in tenants}
    assert all(found.whole for found in before.values())
    assert sum(found.waiting for found in before.values()) == 10
    rig.drain(registry)
    assert in_audit(registry, tenants) == expected(tenants, range(COUNT))


def test_two_relays_at_once_make_one_whole_chain(registry, settings, tenants):
    for n in range(60):
        rig.make_thing(registry, tenants[n % 2], n)
    order = {"kill": "", "at": 1_000}
    relays = [act({**settings, "insula.events.batch": "3"}, tenants, "relay", **order) for _ in range(2)]
    assert [end(relay)[0] for relay in relays] == [0, 0]
    rig.drain(registry)
    assert in_audit(registry, tenants) == expected(tenants, range(60))


@pytest.mark.parametrize("seed", [1, 2, *(pytest.param(n, marks=pytest.mark.long) for n in range(3, 11))])
def test_a_server_with_its_relay_killed_at_any_moment_keeps_what_it_acknowledged(
    registry, settings, tenants, seed
):
    running = act({**settings, "insula.events.relay": "thread"}, tenants, "emit", kill="", count=100_000)
    assert running.stdout.readline().startswith(b"committed")
    time.sleep(random.Random(seed).uniform(0.05, 1.5))  # noqa: S311  # a moment, no secret
    running.kill()
    code, acknowledged, err = end(running)
    assert code == -signal.SIGKILL, err
    assert "Traceback" not in err, err
    acknowledged |= expected(tenants, [0])  # The line read above.
    rig.drain(registry, patience=60)
    last = max(n for _, n in acknowledged)
    # The transaction under way when the process died may have been committed without being acknowledged.
    assert in_audit(registry, tenants) in (acknowledged, acknowledged | expected(tenants, [last + 1]))
