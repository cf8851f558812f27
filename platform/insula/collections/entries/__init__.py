"""Entries: written, versioned, published, thrown away and restored."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what this part offers."""
