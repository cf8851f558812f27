"""What /readyz asks, and how often."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pyramid.registry import Registry
from pyramid.request import Request

from insula.observability import health
from insula.observability.settings import ObservabilitySettings

asked = []


def part(registry):
    asked.append(registry)
    return health.HealthState(True, f"asked {len(asked)} times")


@pytest.fixture
def registry():
    """Make the registry of a process with one part."""

    def make(seconds):
        asked.clear()
        made = Registry()
        made[ObservabilitySettings] = ObservabilitySettings(health_seconds=seconds)
        made["insula.health_checks"] = {"part": f"{__name__}.part"}
        return made

    return make


@pytest.fixture(autouse=True)
def this_module(monkeypatch):
    """Let the part be found whatever name this module was imported by."""
    monkeypatch.setattr(health.DottedNameResolver, "resolve", lambda _self, _dotted: part)


def test_the_parts_are_asked_once_however_many_come_within_a_second(registry):
    process = registry(60)
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(health.latest, [process] * 8))
    assert len(asked) == 1
    assert {answer["part"].detail for answer in answers} == {"asked 1 times"}


def test_what_was_found_does_not_outlast_its_time(registry):
    process = registry(0)
    assert [health.latest(process)["part"].detail for _ in range(2)] == ["asked 1 times", "asked 2 times"]


def test_what_one_process_found_says_nothing_of_another(registry):
    ours = registry(60)
    health.latest(ours)
    theirs = Registry()
    theirs.update({key: value for key, value in ours.items() if key != "insula.health_latest"})
    health.latest(theirs)
    assert asked == [ours, theirs]


@pytest.mark.parametrize(
    ("settings", "address", "sent", "told"),
    [
        ({}, "127.0.0.1", {}, False),
        ({}, "127.0.0.1", {"Authorization": "Bearer None"}, False),
        ({"health_details": "loopback"}, "127.0.0.1", {}, True),
        ({"health_details": "loopback"}, "192.0.2.7", {}, False),
        ({"health_details": "loopback"}, "127.0.0.1", {"X-Forwarded-For": "192.0.2.7"}, False),
        ({"health_token": "secret"}, "192.0.2.7", {"Authorization": "Bearer secret"}, True),
        ({"health_token": "secret"}, "192.0.2.7", {"Authorization": "Bearer other"}, False),
        ({"health_token": "secret", "health_details": "loopback"}, "127.0.0.1", {}, False),
    ],
)
def test_details_are_told_to_whom_the_settings_say(registry, settings, address, sent, told):
    request = Request.blank("/readyz", headers=sent, environ={"REMOTE_ADDR": address})
    request.registry = registry(60)
    request.registry[ObservabilitySettings] = ObservabilitySettings(**settings)
    answer = health.readyz(request)
    assert answer.status_int == 200
    assert ("parts" in answer.text) is told
