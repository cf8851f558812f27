"""What a tenant's administrator may set for its streams."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class StreamsSettings(BaseModel):
    """Limits of the streams API of one tenant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_body_bytes: int = Field(
        default=10 * 1024 * 1024,
        ge=1024,
        le=32 * 1024 * 1024,
        title="Largest request",
        description="How many bytes one request that pushes records may have.",
    )
    max_records_per_request: int = Field(
        default=5_000,
        ge=1,
        le=20_000,
        title="Most records in a request",
        description="How many records one request may push.",
    )
    max_record_bytes: int = Field(
        default=256 * 1024,
        ge=256,
        le=1024 * 1024,
        title="Largest record",
        description="How many bytes one record may have.",
    )
    max_visits_per_record: int = Field(
        default=1_000_000,
        ge=1_000,
        le=5_000_000,
        title="Most work on a record",
        description="How often a schema may look at the values of one record: about their number times the parts "
        "of the schema that judge each.",
    )
    max_visits_per_request: int = Field(
        default=10_000_000,
        ge=1_000,
        le=20_000_000,
        title="Most work on a request",
        description="How often a schema may look at the values of all records of one request.",
    )
    max_page: int = Field(
        default=1_000,
        ge=1,
        le=1_000,
        title="Largest page",
        description="How many records one page of an answer may hold.",
    )
    cursor_lifetime: int = Field(
        default=60,
        ge=1,
        le=1_440,
        title="Life of a cursor, in minutes",
        description="How long the cursor of a page can be used to fetch the next one, in minutes.",
    )
    max_streams: int = Field(
        default=100,
        ge=1,
        le=1_000,
        title="Most streams",
        description="How many streams may be declared.",
    )
