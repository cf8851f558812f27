"""Streams in the tree: the list, one stream, its records, its latest records."""

from __future__ import annotations

from typing import Any

from pyramid.request import Request

from insula.api.interfaces import APIBranch
from insula.records.interfaces import Stream, Streams
from insula.tree.interfaces import Node, PolicyEntity


class StreamsAPI(APIBranch):
    """`/api/streams`."""

    def __getitem__(self, name: str) -> StreamResource:
        stream = declared_stream(self.request, name)
        if stream is None:
            raise KeyError(name)
        return StreamResource(self.request, self, name, stream)

    def visible(self) -> list[StreamResource]:
        """Return the streams that the caller may view, by name."""
        streams = self.request.find_service(Streams).all()
        nodes = [StreamResource(self.request, self, stream.name, stream) for stream in streams]
        return [node for node in nodes if self.request.may("view", node)]


class StreamResource(Node):
    """`/api/streams/NAME`, and the same stream where a page shows it."""

    api_address = "/api/streams/{name}"
    api_type = "Stream"

    def __init__(self, request: Request, parent: Any, name: str, stream: Stream) -> None:
        super().__init__(request, parent, name)
        self.stream = stream

    def __getitem__(self, name: str) -> Node:
        if name == "records":
            return RecordsResource(self.request, self, name)
        if name == "latest":
            return LatestResource(self.request, self, name)
        raise KeyError(name)

    def policy_entity(self) -> PolicyEntity:
        """Show the stream under the name its tenant gave it; `system` ones are kept by the platform."""
        stream = self.stream
        return PolicyEntity("Stream", stream.name, {"name": stream.name, "system": stream.system})


class RecordsResource(Node):
    """`/api/streams/NAME/records`; the policy sees the stream."""

    api_address = "/api/streams/{name}/records"
    api_type = "Stream"

    @property
    def stream(self) -> Stream:
        """The stream whose records these are."""
        found: Stream = self.__parent__.stream
        return found


class LatestResource(RecordsResource):
    """`/api/streams/NAME/latest`; the policy sees the stream."""

    api_address = "/api/streams/{name}/latest"
    api_type = "Stream"


def declared_stream(request: Request, name: str) -> Stream | None:
    """Return a stream that the tenant declared; those of the platform have doors of their own, and so no other."""
    stream: Stream | None = request.find_service(Streams).find(name)
    return None if stream is None or stream.system else stream


def stream_node(request: Request, stream: Stream) -> StreamResource:
    """Return a stream as a page shows it: no part of the API, so no area stands above it."""
    return StreamResource(request, None, stream.name, stream)
