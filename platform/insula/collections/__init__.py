"""Content types that tenants declare at run time, and their entries: rules, versions, queries, doors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Include the parts of the room, lower ones first."""
    for part in ("schemas", "entries", "queries", "transfer", "access", "screens"):
        config.include(f"insula.collections.{part}")
    config.add_openapi_source("insula.collections.openapi.places_of")
