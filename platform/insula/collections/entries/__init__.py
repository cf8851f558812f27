"""Entries: written, versioned, published, thrown away and restored."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the service."""
    config.register_service_factory(
        "insula.collections.entries.many.entries_factory", "insula.collections.interfaces.entries.Entries"
    )
    config.include("insula.collections.entries.api")
