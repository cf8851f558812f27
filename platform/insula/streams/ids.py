"""The ids of records: the client's own, or made so that a retry lands on the same row."""

from __future__ import annotations

import hashlib
import os
from uuid import UUID

from insula.kit.ids import is_uuid7, uuid7_at


def client_id(value: object) -> UUID:
    """Return the UUIDv7 a record brought along; raises ValueError that tells the remedy."""
    remedy = "The member id is a UUID of version 7; leave it out to get one."
    if not isinstance(value, str) or len(value) != 36:
        raise ValueError(f"{str(value)[:40]!r} is not a UUID. {remedy}")
    try:
        found = UUID(value)
    except ValueError as error:
        raise ValueError(f"{value!r} is not a UUID. {remedy}") from error
    if not is_uuid7(found) or str(found) != value.lower():
        raise ValueError(f"{value!r} is a UUID of another version. {remedy}")
    return found


class KeyedIds:
    """Makes ids of time, and of who sent which request: the same request makes the same ids."""

    def __init__(self, *, tenant_id: UUID, stream_id: UUID, account_id: UUID, key: str) -> None:
        parts = (tenant_id.bytes, stream_id.bytes, str(account_id).encode(), key.encode())
        self._seed = hashlib.sha256(b"".join(map(_with_length, parts)))

    def make(self, ms: int, ordinal: int) -> UUID:
        """Return the id of the record at this place: what `records.derived_id` says, its constant parts hashed once."""
        digest = self._seed.copy()
        digest.update(_with_length(str(ordinal).encode()))
        return uuid7_at(ms, digest.digest()[:10])


def _with_length(part: bytes) -> bytes:
    return len(part).to_bytes(4, "big") + part


class RandomIds:
    """Makes ids of time and chance, for requests that did not name themselves."""

    def make(self, ms: int, ordinal: int) -> UUID:  # the same shape as KeyedIds
        """Return an id that no other request makes."""
        return uuid7_at(ms, os.urandom(10))
