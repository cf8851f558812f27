"""What a collection is: its document, its fields, how a value is checked, and how a schema changes."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what this part offers."""
