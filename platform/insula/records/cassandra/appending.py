"""One append under way: a few batches at a time, and the ids that are not confirmed yet."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from insula.records.cassandra.link import Link, Sent, busy
from insula.records.interfaces import StoreUnavailable

WINDOW = 8


class Appending:
    """Sends batches, waits for the oldest when enough are under way, and knows what is left when one fails."""

    def __init__(self, link: Link, ids: Iterable[UUID], profile: str) -> None:
        self._link = link
        self._profile = profile
        self._unconfirmed = dict.fromkeys(ids)
        self._waiting: deque[tuple[Sent, list[UUID]]] = deque()

    def send(self, batch: Any, ids: list[UUID]) -> None:
        """Send a batch that carries these ids."""
        if len(self._waiting) >= WINDOW:
            self._settle()
        sent = self._link.send(batch, self._profile)
        while sent is None:
            # Others hold every slot: give back one of our own before giving up.
            if not self._waiting:
                raise busy()
            self._settle()
            sent = self._link.send(batch, self._profile)
        self._waiting.append((sent, ids))

    def settle(self) -> None:
        """Wait for everything that was sent."""
        while self._waiting:
            self._settle()

    def given_up(self, problem: StoreUnavailable) -> StoreUnavailable:
        """Return the failure with what is not confirmed, once all that was sent has been heard of."""
        while self._waiting:
            try:
                self._settle()
            except StoreUnavailable:
                continue
        return StoreUnavailable(
            problem.detail, not_written=list(self._unconfirmed), retry_after=problem.retry_after or 2
        )

    def _settle(self) -> None:
        sent, ids = self._waiting.popleft()
        self._link.answer(sent)
        for confirmed in ids:
            del self._unconfirmed[confirmed]
