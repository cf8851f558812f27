"""Installation settings of the outbox and its relay."""

from typing import Literal

from pydantic import Field

from insula.kit.settings import RoomSettings


class EventsSettings(RoomSettings):
    """Settings of the outbox and its relay."""

    relay: Literal["thread", "off"] = Field(
        "off",
        description="`thread` runs the relay in the server, for development; `off` leaves it to a worker.",
    )
    poll_seconds: float = Field(
        1.0, gt=0, le=60, description="How often the relay looks for work that nobody woke it for."
    )
    batch: int = Field(
        50, ge=1, le=1000, description="How many deliveries the relay claims of one tenant at a time."
    )
    lease_seconds: float = Field(
        30.0,
        gt=0,
        le=3600,
        description="How long a claimed delivery stays with a relay that has gone silent.",
    )
    retry_seconds: float = Field(
        1.0, gt=0, description="The wait before the second attempt; it doubles with each further one."
    )
    retry_max_seconds: float = Field(300.0, gt=0, description="The longest wait between two attempts.")
    max_attempts: int = Field(
        12,
        ge=1,
        description="After so many failed attempts a delivery is put aside until an operator requeues it.",
    )
    backlog_limit: int = Field(
        10_000, ge=1, description="/readyz reports the relay as failing when more deliveries than this wait."
    )
    backlog_age_seconds: float = Field(
        300.0,
        gt=0,
        description="/readyz reports the relay as failing when a delivery has waited longer than this.",
    )
    overflow_records: int = Field(
        100_000,
        ge=0,
        description="How many records of one tenant the outbox takes while the record store is down.",
    )
    overflow_bytes: int = Field(
        64 * 1024 * 1024,
        ge=0,
        description="How many bytes of one tenant's records the outbox takes while the store is down.",
    )
