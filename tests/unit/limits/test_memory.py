"""Memory stays within its bound."""

from insula.limits.memory import MemoryWindows


def test_a_flood_of_keys_drops_those_that_ended_and_then_the_oldest():
    now = [1_800_000_000.0]
    storage = MemoryWindows(1_000, clock=lambda: now[0])
    for number in range(1_000):
        storage.acquire_sliding_window_entry(f"old-{number}", 5, 60)
    now[0] += 121
    storage.acquire_sliding_window_entry("new", 5, 60)
    assert storage.row("old-0") == (0, 0, 0, 0.0)
    for number in range(5_000):
        storage.acquire_sliding_window_entry(f"flood-{number}", 5, 60)
    assert len(storage._rows) <= 1_000
    assert storage.row("flood-4999")[2] == 1


def test_a_key_that_is_counted_on_costs_no_other_key():
    storage = MemoryWindows(1_000)
    for number in range(1_000):
        storage.acquire_sliding_window_entry(f"key-{number}", 5, 60)
    storage.acquire_sliding_window_entry("key-7", 5, 60)
    assert len(storage._rows) == 1_000


def test_more_than_the_limit_at_once_never_passes():
    storage = MemoryWindows()
    assert not storage.acquire_sliding_window_entry("key", 5, 60, amount=6)
    assert storage.acquire_sliding_window_entry("key", 5, 60, amount=5)
