"""Files of a tenant: taken in as a stream, kept by their content, served with ranges; pictures in sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what the room offers."""
    config.add_directive("add_file_uses", "insula.files.directives.add_file_uses")
