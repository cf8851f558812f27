"""Installation settings of the JSON frame."""

from __future__ import annotations

from pydantic import Field

from insula.kit.settings import RoomSettings


class APISettings(RoomSettings):
    """What is read from `insula.api.*`."""

    document_bytes: int = Field(
        4_000_000,
        ge=0,
        le=100_000_000,
        description="Bytes that what only one tenant has, such as its collections and streams, may add to its "
        "OpenAPI document; what would add more is left out, and the document says so.",
    )
