"""What the streams room promises: taking records in, and keys that make a retry harmless."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Literal, Protocol
from uuid import UUID

from insula.kit.errors import Conflict, FieldError
from insula.records.interfaces import Stream
from insula.streams.settings import StreamsSettings

Delivery = Literal["exactly-once", "at-least-once"]


class StillRunning(Conflict):
    """The first request with this key has not been answered yet."""

    slug, title = "still-running", "The first request with this key is still running"


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a request, under which name: what an idempotency key is valid for."""

    account_id: UUID
    endpoint: str
    key: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is kept with a key: its status and its JSON text."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Claim:
    """A key that is ours now, with the arrival of its first attempt; or the answer it led to already."""

    arrived: datetime
    answer: Answer | None = None


class IdempotencyKeys(Protocol):
    """The idempotency keys of one tenant, kept for 24 hours."""

    def peek(self, sender: Sender, body_hash: bytes) -> Claim | None:
        """Return what is known of a key without claiming it.

        Raises `kit.errors.Invalid` when the key was used with another body.
        """

    def claim(self, sender: Sender, body_hash: bytes) -> Claim:
        """Take a key for this process, or return what it led to.

        Raises `kit.errors.Invalid` when the key was used with another body, and `StillRunning` while another
        request holds it. A key whose holder has died, or whose lease is over, changes hands and keeps
        its first arrival.
        """

    def keep(self, sender: Sender, answer: Answer) -> None:
        """Keep the answer with the key."""

    def release(self, sender: Sender) -> None:
        """Let go of a key that led to no answer, so that a retry can start at once."""


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of the records of one request."""

    ids: Sequence[UUID]
    rejected: Sequence[FieldError]
    durable: Literal["store", "outbox"]
    delivery: Delivery

    def document(self) -> dict[str, object]:
        """Return the answer as JSON knows it."""
        return {
            "accepted": len(self.ids),
            "ids": self.ids,
            "rejected": [dataclasses.asdict(error) for error in self.rejected],
            "durable": self.durable,
            "delivery": self.delivery,
        }


class Ingest(Protocol):
    """Takes records in."""

    def take(
        self,
        stream: Stream,
        body: IO[bytes],
        *,
        media: str,
        account_id: UUID,
        endpoint: str,
        key: str | None,
        limits: StreamsSettings,
    ) -> Answer:
        """Store the records of a body, and return the answer.

        Raises `TooLarge`, `Malformed`, `Invalid` (no record was accepted; `errors` tell of each),
        `StillRunning`, and what the store raises when it is down.
        """
