"""One link of the chain of audit entries: what it is computed from, and where it stands in a record."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import UUID

from insula.kit.ids import uuid7_at

GENESIS = "0" * 64
"""What stands for the hash before the first entry."""

_MAX_POSITION = 1 << 52
_MAX_MILLIS = 1 << 48
_TEXT = re.compile(r"(\d{1,16}) (\d{1,15}) ([0-9a-f]{64}) ([0-9a-f]{64}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Link:
    """The place of one entry: assigned once, and the same at every delivery.

    The hash covers the SHA-256 of the body and not the body, so that an entry whose body was redacted still holds
    the chain together. It stands in the record's series, which a redaction leaves.
    """

    position: int
    millis: int
    previous: str
    digest: str
    hash: str

    @property
    def series(self) -> str:
        """The link as it is stored beside the body."""
        return f"{self.position} {self.millis} {self.previous} {self.digest} {self.hash}"

    @property
    def record_id(self) -> UUID:
        """The id of the record: in the order of ids entries stand in the order of their positions."""
        # 52 bits of the position, then 22 of the hash: two entries of one place would be two records.
        tail = self.position << 22 | int(self.hash[:6], 16) >> 2
        return uuid7_at(self.millis, (tail >> 62).to_bytes(2) + (tail & 0x3FFF_FFFF_FFFF_FFFF).to_bytes(8))

    def note(self) -> dict[str, Any]:
        """Return the link as it is kept with its delivery."""
        return asdict(self)


def extend(tenant_id: UUID, link: Link) -> Link:
    """Return the link with the hash that it has in the chain of this tenant."""
    hashed = sha256(
        b"insula audit 1"
        + tenant_id.bytes
        + link.position.to_bytes(8)
        + link.millis.to_bytes(8)
        + bytes.fromhex(link.previous)
        + bytes.fromhex(link.digest)
    )
    return replace(link, hash=hashed.hexdigest())


def digest_of(body: bytes) -> str:
    """Return the hash of a body."""
    return sha256(body).hexdigest()


def link_of(series: str) -> Link | None:
    """Return the link that stands in a record's series, or None where none does."""
    found = _TEXT.fullmatch(series)
    if found is None or not 0 < int(found[1]) < _MAX_POSITION or int(found[2]) >= _MAX_MILLIS:
        return None
    return Link(int(found[1]), int(found[2]), found[3], found[4], found[5])


def link_from(note: Mapping[str, Any]) -> Link:
    """Return the link that was kept with a delivery."""
    return Link(**note)
