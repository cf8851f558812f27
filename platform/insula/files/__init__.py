"""Files of a tenant: taken in as a stream, kept by their content, served with ranges; pictures in sizes."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what the room offers."""
