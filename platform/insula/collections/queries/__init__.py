"""Lists of entries: filters, order, fields, expansion, counts, search."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what this part offers."""
