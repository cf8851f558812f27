"""A memory of what was read at one version."""

from __future__ import annotations

from insula.kit.caches import VersionedCache


def test_a_value_is_found_only_at_its_own_version_and_key():
    held = VersionedCache[str, str](8)
    held.put("one", 3, "three")
    assert held.get("one", 3) == "three"
    assert held.get("one", 4) is None
    assert held.get("two", 3) is None


def test_an_older_value_never_replaces_a_newer_one():
    held = VersionedCache[str, str](8)
    held.put("one", (4, 1), "new")
    held.put("one", (3, 1), "old")
    assert held.get("one", (4, 1)) == "new"
    assert held.get("one", (3, 1)) is None


def test_only_so_many_are_remembered_and_the_least_used_goes_first():
    held = VersionedCache[int, str](2)
    held.put(0, 1, "a")
    held.put(1, 1, "b")
    held.get(0, 1)
    held.put(2, 1, "c")
    assert len(held) == 2
    assert held.get(0, 1) is not None
    assert held.get(1, 1) is None


def test_a_value_is_built_once_a_version():
    held, built = VersionedCache[str, int](8), []

    def build() -> int:
        built.append(1)
        return len(built)

    assert [held.find("one", 1, build), held.find("one", 1, build), held.find("one", 2, build)] == [1, 1, 2]
