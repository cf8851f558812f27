"""Bounded memories of what was read at one version, shared by all threads of a process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


def _one(_value: object) -> int:
    return 1


class VersionedCache(Generic[Key, Value]):
    """The newest known value of each of the keys last asked for; an older version never takes its place.

    Values weigh one each, so that the limit is their number, or what whoever puts them says, such as their bytes. What
    weighs more than half of the limit is not held: it would drive out what all others ask for.

    >>> cache = VersionedCache(limit=1)
    >>> cache.put("one", 2, "new"); cache.put("one", 1, "old")
    >>> cache.get("one", 2), cache.get("one", 1)
    ('new', None)
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[Key, tuple[Any, Value, int]] = OrderedDict()
        self._weight = 0
        self._lock = threading.Lock()

    def get(self, key: Key, version: Any) -> Value | None:
        """Return the value of exactly this version, if it is held."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held[0] != version:
                return None
            self._held.move_to_end(key)
            return held[1]

    def put(self, key: Key, version: Any, value: Value, weight: int = 1) -> int:
        """Hold a value, of one key only the newest; return by how much all that is held weighs more than before."""
        with self._lock:
            held, before = self._held.get(key), self._weight
            if held is None or held[0] <= version:
                self._hold(key, version, value, weight)
            return self._weight - before

    def grow(self, key: Key, version: Any, weight: int) -> None:
        """Say that the value of exactly this version, if it is held, weighs more than before."""
        with self._lock:
            held = self._held.get(key)
            if held is not None and held[0] == version:
                self._hold(key, version, held[1], held[2] + weight)

    def find(
        self, key: Key, version: Any, build: Callable[[], Value], weigh: Callable[[Value], int] = _one
    ) -> Value:
        """Return the value of this version, built where it is not held; two threads may both build it."""
        held = self.get(key, version)
        if held is None:
            held = build()
            self.put(key, version, held, weigh(held))
        return held

    def _hold(self, key: Key, version: Any, value: Value, weight: int) -> None:
        if key in self._held:
            self._weight -= self._held.pop(key)[2]
        if weight > max(1, self._limit // 2):
            return
        self._held[key] = (version, value, weight)
        self._weight += weight
        while self._weight > self._limit:
            self._weight -= self._held.popitem(last=False)[1][2]

    def __len__(self) -> int:
        return len(self._held)
