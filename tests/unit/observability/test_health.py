"""What /readyz asks, and how often."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from pyramid.registry import Registry

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
