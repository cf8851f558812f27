"""The ids of records: the client's own, or made so that a retry lands on the same row."""

from __future__ import annotations

import os
from functools import partial
from uuid import UUID

from insula.kit.clock import from_millis
from insula.kit.ids import is_uuid7, uuid7_at
from insula.records.interfaces import derived_id


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
        self._derive = partial(
            derived_id, tenant_id=tenant_id, stream_id=stream_id, account_id=account_id, key=key
        )

    def make(self, ms: int, ordinal: int) -> UUID:
        """Return the id of the record at this place of the request."""
        return self._derive(from_millis(ms), ordinal=ordinal)


class RandomIds:
    """Makes ids of time and chance, for requests that did not name themselves."""

    def make(self, ms: int, ordinal: int) -> UUID:  # the same shape as KeyedIds
        """Return an id that no other request makes."""
        return uuid7_at(ms, os.urandom(10))
