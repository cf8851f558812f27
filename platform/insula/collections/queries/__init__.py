"""Lists of entries: filters, order, fields, expansion, counts, search."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the promise, and the endpoints that answer by it."""
    config.register_service_factory(
        "insula.collections.queries.services.queries_factory",
        config.maybe_dotted("insula.collections.interfaces.queries.Queries"),
    )
    config.include("insula.collections.queries.api")
