"""The door of streams under /api/streams."""

import hashlib
from dataclasses import replace
from typing import IO, Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pyramid.request import Request
from pyramid.response import Response
from typing_extensions import TypedDict

from insula.api.interfaces import (
    Answer,
    Body,
    Identifier,
    KeptAnswer,
    ListQuery,
    Moment,
    Page,
    Query,
    Service,
    etag_of,
    key_of,
    limit_of,
    listing,
    next_page,
)
from insula.events.interfaces import Events
from insula.features.interfaces import Features
from insula.kit.cursors import sealer_of
from insula.kit.errors import TooLarge
from insula.kit.json import dumps
from insula.records.interfaces import RecordStore, Streams
from insula.streams.answers import page_text
from insula.streams.bodies import JSON, NDJSON, media_type
from insula.streams.catalogue import (
    Declaration,
    StreamShape,
    declare,
    document,
    read_declaration,
)
from insula.streams.interfaces import Ingest
from insula.streams.queries import (
    DEFAULT_LIMIT,
    Reader,
    at_cursor,
    cursor_behind,
    wanted_range,
)
from insula.streams.resources import LatestResource, RecordsResource, StreamResource, StreamsAPI
from insula.streams.settings import StreamsSettings

_NOBODY = UUID(int=0)


class RecordBody(BaseModel):
    """A record, as the schema of its stream says."""

    model_config = ConfigDict(extra="allow")


class RecordShape(TypedDict):
    """A record as it is kept; one whose body was erased says so."""

    id: Identifier
    time: Moment
    series: str | None
    body: Any
    redacted: NotRequired[Literal[True]]


class RejectedShape(TypedDict):
    """A record that was not taken in, by its line or its place, and why."""

    line: int | None
    path: str
    detail: str


class IngestedShape(TypedDict):
    """What became of the records of a request."""

    accepted: int
    ids: list[Identifier]
    rejected: list[RejectedShape]
    durable: Literal["store", "outbox"]
    delivery: Literal["exactly-once", "at-least-once"]


class LatestQuery(BaseModel):
    """Which newest records are shown."""

    series: str = Field(default="", description="Of this series alone.")
    limit: str = Field(default="", json_schema_extra={"type": "integer", "minimum": 1})


class RecordsQuery(ListQuery):
    """Which records are shown, and in which order."""

    start: str = Field(
        default="",
        alias="time[gte]",
        description="From this moment on.",
        json_schema_extra={"format": "date-time"},
        examples=["2010-01-01T08:00:00Z"],
    )
    end: str = Field(
        default="",
        alias="time[lt]",
        description="Before this moment.",
        json_schema_extra={"format": "date-time"},
        examples=["2010-02-01T08:00:00Z"],
    )
    series: str = Field(default="", description="Of this series alone.")
    sort: str = Field(
        default="-time",
        description="time, or -time for the newest first",
        json_schema_extra={"enum": ["time", "-time"]},
    )
    limit: str = Field(default="", json_schema_extra={"type": "integer", "minimum": 1})


def list_streams(context: StreamsAPI, request: Request) -> Page[StreamShape]:
    """List the streams that the caller may view."""
    return listing(request, [document(node.stream) for node in context.visible()])


def declare_stream(
    request: Any,
    body: Annotated[dict[str, Any], Body(schema=Declaration)],
    streams: Streams = Service,
    events: Events = Service,
) -> Annotated[StreamShape, Answer(201), Answer(200)]:
    """Declare a stream; declaring the same again changes nothing."""
    declaration = read_declaration(body)
    stream, is_new = declare(
        declaration, streams=streams, events=events, max_streams=_limits(request).max_streams
    )
    request.response.status_int = 201 if is_new else 200
    request.response.headers["Location"] = f"/api/streams/{stream.name}"
    return document(stream)


def show_stream(context: StreamResource, request: Any) -> StreamShape:
    """Show one stream, with an ETag of what it says."""
    found = document(context.stream)
    etag_of(request, hashlib.sha256(dumps(found)).hexdigest()[:32])
    return found


def push_records(
    context: RecordsResource,
    request: Any,
    body: Annotated[IO[bytes], Body(JSON, NDJSON, schema=RecordBody | list[RecordBody], raw=True)],
    ingest: Ingest = Service,
) -> Annotated[Response, Answer(201, schema=IngestedShape)]:
    """Take in one record, a list of them, or lines of them."""
    media = media_type(request.headers.get("Content-Type"), request.headers.get("Content-Encoding"))
    limits = _limits(request)
    if (request.content_length or 0) > limits.max_body_bytes:
        raise TooLarge(
            f"A request may have {limits.max_body_bytes:,} bytes. Send the records in several requests."
        )
    answer = ingest.take(
        context.stream,
        body,
        media=media,
        account_id=_account_id(request),
        endpoint=_endpoint(request),
        key=key_of(request),
        limits=limits,
    )
    return _created(answer)


def list_records(
    context: RecordsResource,
    request: Any,
    query: Annotated[RecordsQuery, Query()],
    store: RecordStore = Service,
) -> Annotated[Response, Answer(schema=Page[RecordShape])]:
    """Answer a page of records in order of time."""
    given, limits = query.given(), _limits(request)
    sealer, reader = sealer_of(request.registry), _reader(context, request)
    wanted = wanted_range(given, most=limits.max_page)
    wanted = at_cursor(wanted, given.get("after"), reader=reader, sealer=sealer)
    # One more than the page tells whether there is a next one.
    found = store.read(context.stream, replace(wanted, limit=wanted.limit + 1))
    page, after = found[: wanted.limit], None
    if len(found) > wanted.limit:
        after = cursor_behind(
            page[-1].id, wanted, reader=reader, sealer=sealer, minutes=limits.cursor_lifetime
        )
    response = _json(page_text(page, after))
    if after:
        response.headers["Link"] = f'<{next_page(request, after)}>; rel="next"'
    return response


def list_latest(
    context: LatestResource,
    request: Any,
    query: Annotated[LatestQuery, Query()],
    store: RecordStore = Service,
) -> Annotated[Response, Answer(schema=Page[RecordShape])]:
    """Answer the newest record of each series."""
    given = query.model_dump(exclude_unset=True)
    most = _limits(request).max_page
    limit = limit_of(given, default=min(DEFAULT_LIMIT, most), most=most)
    return _json(page_text(store.latest(context.stream, series=given.get("series"), limit=limit)))


def _limits(request: Request) -> StreamsSettings:
    found: StreamsSettings = request.find_service(Features).settings("streams")
    return found


def _account_id(request: Request) -> UUID:
    identity = request.identity
    return identity.account_id if identity else _NOBODY


def _reader(context: RecordsResource, request: Request) -> Reader:
    return Reader(context.stream, str(_account_id(request)))


def _endpoint(request: Request) -> str:
    return f"{request.method} {request.path}"[:200]


def _created(answer: KeptAnswer) -> Response:
    response = _json(answer.body)
    response.status_int = answer.status
    return response


def _json(body: bytes) -> Response:
    return Response(body, content_type="application/json", charset=None)
