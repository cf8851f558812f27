"""Entries in and out as CSV and NDJSON."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what this part offers."""
