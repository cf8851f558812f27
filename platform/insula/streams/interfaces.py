"""What the streams room promises: taking records in."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Literal, Protocol
from uuid import UUID

from insula.api.interfaces import KeptAnswer
from insula.kit.errors import FieldError
from insula.records.interfaces import Stream
from insula.streams.settings import StreamsSettings

Delivery = Literal["exactly-once", "at-least-once"]


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
    ) -> KeptAnswer:
        """Store the records of a body, and return the answer.

        Raises `TooLarge`, `Malformed`, `Invalid` (no record was accepted; `errors` tell of each),
        `StillRunning`, and what the store raises when it is down.
        """
