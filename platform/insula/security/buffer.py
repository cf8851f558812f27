"""What waits to be written: bounded, never waiting for anybody, and honest about what it leaves out."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from threading import Lock
from typing import Generic, TypeVar
from uuid import UUID

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[Item]):
    """One item to be written; it stands for `weight` that happened."""

    tenant_id: UUID
    item: Item
    weight: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What one process has seen: every item is kept, stood for by another, or dropped."""

    seen: int = 0
    kept: int = 0
    stood_for: int = 0
    dropped: int = 0


@dataclass(slots=True)
class _Sample(Generic[Item]):
    """Some of the items of one kind that were beyond the kept ones, and how many those were."""

    beyond: int = 0
    items: list[Item] = field(default_factory=list)


@dataclass(slots=True)
class _Second(Generic[Item]):
    """One second of one tenant."""

    number: int
    kept: int = 0
    samples: dict[Hashable, _Sample[Item]] = field(default_factory=dict)


class WeightedBuffer(Generic[Item]):
    """Keeps `per_second` items a second and tenant, and of those beyond a fair sample of `sampled` of each kind.

    The items of a sample share the number of those that they stand for, so the weights of a tenant add up to what
    happened, of each kind apart: a refusal never stands for what was allowed. Callers have few kinds. At most `most`
    items wait; beyond that they are dropped and counted.
    """

    def __init__(
        self,
        *,
        per_second: int,
        sampled: int,
        most: int,
        clock: Callable[[], float] = time.monotonic,
        below: Callable[[int], int] = random.randrange,
    ) -> None:
        self._per_second = per_second
        self._sampled = sampled
        self._most = most
        self._clock = clock
        self._below = below
        self._lock = Lock()
        self._ready: list[Waiting[Item]] = []
        self._seconds: dict[UUID, _Second[Item]] = {}
        self._size = 0
        self._seen = self._kept = self._stood_for = self._dropped = 0

    def add(self, tenant_id: UUID, item: Item, kind: Hashable = None) -> None:
        """Take an item, or count it; returns at once."""
        now = int(self._clock())
        with self._lock:
            self._seen += 1
            second = self._seconds.get(tenant_id)
            if second is None or second.number != now:
                if second is not None:
                    self._close(tenant_id, second)
                second = self._seconds[tenant_id] = _Second(now)
            if second.kept < self._per_second:
                self._keep(tenant_id, second, item)
            else:
                self._sample(second.samples.setdefault(kind, _Sample()), item)

    def take(self) -> list[Waiting[Item]]:
        """Hand over all that waits, in the order in which it came, samples last."""
        now = int(self._clock())
        with self._lock:
            for tenant_id, second in self._seconds.items():
                self._close(tenant_id, second)
            self._seconds = {key: second for key, second in self._seconds.items() if second.number == now}
            ready, self._ready, self._size = self._ready, [], 0
        return ready

    @property
    def half_full(self) -> bool:
        """Whether half of the items that may wait do."""
        return 2 * self._size >= self._most

    def drop(self, weights: list[int]) -> None:
        """Count as dropped what was handed over with these weights and could not be written."""
        with self._lock:
            self._kept -= len(weights)
            self._stood_for -= sum(weights) - len(weights)
            self._dropped += sum(weights)

    @property
    def counts(self) -> Counts:
        """What this buffer has seen so far; items of a second that is not over are not yet counted on any side."""
        with self._lock:
            return Counts(self._seen, self._kept, self._stood_for, self._dropped)

    def _keep(self, tenant_id: UUID, second: _Second[Item], item: Item) -> None:
        if self._size >= self._most:
            self._dropped += 1
            return
        self._size += 1
        second.kept += 1
        self._kept += 1
        self._ready.append(Waiting(tenant_id, item, 1))

    def _sample(self, sample: _Sample[Item], item: Item) -> None:
        """Give every item beyond the kept ones the same chance to be in the sample of its kind."""
        if len(sample.items) < self._sampled:
            if self._size >= self._most:
                self._dropped += 1
                return
            self._size += 1
            sample.items.append(item)
        else:
            place = self._below(sample.beyond + 1)
            if place < self._sampled:
                sample.items[place] = item
        sample.beyond += 1

    def _close(self, tenant_id: UUID, second: _Second[Item]) -> None:
        """Let each sample of a second stand for all beyond the kept; what follows in the same second begins anew."""
        for sample in second.samples.values():
            if not sample.items:
                continue
            each, more = divmod(sample.beyond, len(sample.items))
            self._ready += [
                Waiting(tenant_id, item, each + (1 if place < more else 0))
                for place, item in enumerate(sample.items)
            ]
            self._kept += len(sample.items)
            self._stood_for += sample.beyond - len(sample.items)
        second.samples = {}
