"""Bounded memories of what was read at one version, shared by all threads of a process."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class VersionedCache(Generic[Key, Value]):
    """The newest known value of each of the keys last asked for; an older version never takes its place.

    >>> cache = VersionedCache(limit=1)
    >>> cache.put("one", 2, "new"); cache.put("one", 1, "old")
    >>> cache.get("one", 2), cache.get("one", 1)
    ('new', None)
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._held: OrderedDict[Key, tuple[Any, Value]] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Key, version: Any) -> Value | None:
        """Return the value of exactly this version, if it is held."""
        with self._lock:
            held = self._held.get(key)
            if held is None or held[0] != version:
                return None
            self._held.move_to_end(key)
            return held[1]

    def put(self, key: Key, version: Any, value: Value) -> None:
        """Hold a value; of one key only the newest, of all keys only so many."""
        with self._lock:
            held = self._held.get(key)
            if held is not None and held[0] > version:
                return
            self._held[key] = (version, value)
            self._held.move_to_end(key)
            while len(self._held) > self._limit:
                self._held.popitem(last=False)

    def find(self, key: Key, version: Any, build: Callable[[], Value]) -> Value:
        """Return the value of this version, built where it is not held; two threads may both build it."""
        held = self.get(key, version)
        if held is None:
            held = build()
            self.put(key, version, held)
        return held

    def __len__(self) -> int:
        return len(self._held)
