"""Declares streams: what is sent is checked, stored once, and reported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError
from typing_extensions import TypedDict

from insula.events.interfaces import Events
from insula.kit.errors import Conflict, FieldError, Invalid
from insula.records.interfaces import Stream, Streams
from insula.streams.events import StreamDeclared
from insula.streams.reading import path_of
from insula.streams.schemas import compile_schema

_FieldName = Annotated[str, Field(min_length=1, max_length=100)]


class Declaration(BaseModel):
    """What a tenant says of a stream when it declares it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=63)
    title: str = Field(default="", max_length=200)
    # "schema" is a method of every model, so the attribute has another name than the member.
    document: dict[str, Any] = Field(default_factory=dict, alias="schema")
    time_field: _FieldName | None = None
    series_field: _FieldName | None = None
    order: Literal["time", "series", "both"] | None = None
    retention: Literal["30d", "400d", "keep"] = "400d"
    backfill_days: int = Field(
        default=400, ge=0, le=100_000, validation_alias=AliasChoices("backfill_days", "backfill")
    )


def read_declaration(given: Mapping[str, Any]) -> Declaration:
    """Return the declaration; raises Invalid with the path of each bad member."""
    try:
        return Declaration.model_validate(given)
    except ValidationError as error:
        places = [FieldError(path_of(item["loc"]), f"{item['msg']}.") for item in error.errors()]
        raise Invalid("The stream cannot be declared like this.", errors=places) from error


def declare(
    declaration: Declaration, *, streams: Streams, events: Events, max_streams: int
) -> tuple[Stream, bool]:
    """Return the declared stream, and whether it is new; declaring the same again changes nothing."""
    compile_schema(declaration.document)
    known = streams.find(declaration.name)
    if known is None and len(streams.all()) >= max_streams:
        raise Conflict(
            f"There are {max_streams:,} streams, which is as many as the feature's settings allow."
        )
    stream = streams.declare(
        declaration.name,
        title=declaration.title or declaration.name,
        schema=declaration.document,
        time_field=declaration.time_field,
        series_field=declaration.series_field,
        order=declaration.order,
        retention=declaration.retention,
        backfill_days=declaration.backfill_days,
    )
    if known is None:
        events.emit(StreamDeclared(str(stream.id), stream.name, stream.title))
    return stream, known is None


class StreamShape(TypedDict):
    """A stream."""

    id: UUID
    name: str
    title: str
    schema: Mapping[str, Any]
    time_field: str | None
    series_field: str | None
    order: str
    retention: str
    backfill_days: int
    system: bool
    records: str
    latest: str


def document(stream: Stream) -> StreamShape:
    """Return a stream as the API shows it."""
    return {
        "id": stream.id,
        "name": stream.name,
        "title": stream.title,
        "schema": stream.schema,
        "time_field": stream.time_field,
        "series_field": stream.series_field,
        "order": stream.order,
        "retention": stream.retention,
        "backfill_days": stream.backfill_days,
        "system": stream.system,
        "records": f"/api/streams/{stream.name}/records",
        "latest": f"/api/streams/{stream.name}/latest",
    }
