"""The door of streams under /api/streams."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any
from uuid import UUID

from pyramid.request import Request
from pyramid.response import Response

from insula.api.interfaces import (
    KeptAnswer,
    etag_of,
    json_object,
    key_of,
    limit_of,
    next_page,
    not_modified,
    query_parameters,
)
from insula.events.interfaces import Events
from insula.features.interfaces import Features
from insula.kit.cursors import sealer_of
from insula.kit.errors import TooLarge
from insula.kit.json import dumps
from insula.records.interfaces import RecordStore, Streams
from insula.streams.answers import page_text
from insula.streams.bodies import media_type
from insula.streams.catalogue import declare, document, read_declaration
from insula.streams.interfaces import Ingest
from insula.streams.queries import (
    DEFAULT_LIMIT,
    LATEST,
    RECORDS,
    Reader,
    at_cursor,
    cursor_behind,
    wanted_range,
)
from insula.streams.resources import LatestResource, RecordsResource, StreamResource, StreamsAPI
from insula.streams.settings import StreamsSettings

_NOBODY = UUID(int=0)


def list_streams(context: StreamsAPI, request: Request) -> dict[str, Any]:
    """List the streams that the caller may view."""
    query_parameters(request, ())
    return {"data": [document(node.stream) for node in context.visible()]}


def declare_stream(context: StreamsAPI, request: Request) -> Response:  # the frame's shape
    """Declare a stream."""
    declaration = read_declaration(json_object(request))
    stream, is_new = declare(
        declaration,
        streams=request.find_service(Streams),
        events=request.find_service(Events),
        max_streams=_limits(request).max_streams,
    )
    response = _created(KeptAnswer(201 if is_new else 200, dumps(document(stream))))
    response.headers["Location"] = f"/api/streams/{stream.name}"
    return response


def show_stream(context: StreamResource, request: Request) -> Any:
    """Show one stream, with an ETag of what it says."""
    query_parameters(request, ())
    found = document(context.stream)
    etag_of(request, hashlib.sha256(dumps(found)).hexdigest()[:32])
    if not_modified(request):
        request.response.status_int = 304
        del request.response.content_type
        return request.response
    return found


def push_records(context: RecordsResource, request: Request) -> Response:
    """Take in one record, a list of them, or lines of them."""
    query_parameters(request, ())
    media = media_type(request.headers.get("Content-Type"), request.headers.get("Content-Encoding"))
    limits = _limits(request)
    if (request.content_length or 0) > limits.max_body_bytes:
        raise TooLarge(
            f"A request may have {limits.max_body_bytes:,} bytes. Send the records in several requests."
        )
    answer = request.find_service(Ingest).take(
        context.stream,
        request.body_file,
        media=media,
        account_id=_account_id(request),
        endpoint=_endpoint(request),
        key=key_of(request),
        limits=limits,
    )
    return _created(answer)


def list_records(context: RecordsResource, request: Request) -> Response:
    """Answer a page of records in order of time."""
    given, limits = query_parameters(request, RECORDS), _limits(request)
    sealer, reader = sealer_of(request.registry), _reader(context, request)
    wanted = wanted_range(given, most=limits.max_page)
    wanted = at_cursor(wanted, given.get("after"), reader=reader, sealer=sealer)
    # One more than the page tells whether there is a next one.
    found = request.find_service(RecordStore).read(context.stream, replace(wanted, limit=wanted.limit + 1))
    page, after = found[: wanted.limit], None
    if len(found) > wanted.limit:
        after = cursor_behind(
            page[-1].id, wanted, reader=reader, sealer=sealer, minutes=limits.cursor_lifetime
        )
    response = _json(page_text(page, after))
    if after:
        response.headers["Link"] = f'<{next_page(request, after)}>; rel="next"'
    return response


def list_latest(context: LatestResource, request: Request) -> Response:
    """Answer the newest record of each series."""
    given = query_parameters(request, LATEST)
    store: RecordStore = request.find_service(RecordStore)
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
