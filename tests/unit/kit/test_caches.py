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


def test_values_may_weigh_more_and_what_is_too_large_drives_nothing_out():
    held = VersionedCache[int, str](10)
    assert [held.put(number, 1, "a", 3) for number in range(4)] == [3, 3, 3, 0]
    assert [held.get(number, 1) for number in range(4)] == [None, "a", "a", "a"]
    held.put(5, 1, "large", 6)
    assert held.get(5, 1) is None
    assert len(held) == 3
    # A value that grows drives out what was not asked for, and goes itself where it becomes too large.
    held.grow(3, 1, 2)
    assert [held.get(number, 1) for number in (1, 2, 3)] == [None, "a", "a"]
    held.grow(3, 0, 9)
    assert held.get(3, 1) == "a"
    held.grow(3, 1, 1)
    assert held.get(3, 1) is None
    assert held.put(3, 2, "b", 5) == 5
