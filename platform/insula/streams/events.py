"""The facts that this room reports."""

from __future__ import annotations

import dataclasses

from insula.events.interfaces import Event


@dataclasses.dataclass(frozen=True)
class StreamDeclared(Event):
    """A tenant has a new stream."""

    name = "stream.declared"

    stream_id: str
    stream: str
    title: str
