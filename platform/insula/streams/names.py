"""The streams that rules may name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from insula.records.interfaces import Streams


def names(request: Any) -> Iterable[str]:
    """Return the names of the tenant's streams and of those that every tenant has."""
    return [stream.name for stream in request.find_service(Streams).all(system=True)]
