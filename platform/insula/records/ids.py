"""Ids of records and of system streams, derived so that the same delivery always gets the same id."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from uuid import UUID, uuid5

from insula.kit.clock import millis
from insula.kit.ids import uuid7_at


def derived_id(
    at: datetime, *, tenant_id: UUID, stream_id: UUID, account_id: UUID | str, key: str, ordinal: int
) -> UUID:
    """Return the id of the record at a position of a delivery that carries an idempotency key.

    A retry derives the same id and so lands on the same row. Parts are length-prefixed: no two different
    tuples of parts can be the same bytes. The body takes no part: two equal readings are two records.
    """
    parts = (tenant_id.bytes, stream_id.bytes, str(account_id).encode(), key.encode(), str(ordinal).encode())
    digest = sha256(b"".join(len(part).to_bytes(4, "big") + part for part in parts)).digest()
    return uuid7_at(millis(at), digest[:10])


def earliest_id(at: datetime) -> UUID:
    """Return the smallest id that carries this time."""
    return uuid7_at(millis(at), bytes(10))


def latest_id(at: datetime) -> UUID:
    """Return the largest id that carries this time."""
    return uuid7_at(millis(at), b"\xff" * 10)


def system_stream_id(tenant_id: UUID, name: str) -> UUID:
    """Return the id of a stream that every tenant has: the same in every process, without a row."""
    return uuid5(tenant_id, f"insula:stream:{name}")
