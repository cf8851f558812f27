"""`add_file_uses`: a room above says where files are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.files.interfaces import USES

if TYPE_CHECKING:
    from pyramid.config import Configurator


def add_file_uses(config: Configurator, find: str) -> None:
    """Directive: have a function with this dotted name say where files are used, so that none of those is deleted."""
    introspectable = config.introspectable("insula file uses", find, find, "file uses")
    introspectable["find"] = find

    def register() -> None:
        config.registry.setdefault(USES, []).append(config.maybe_dotted(find))

    config.action(("insula file uses", find), register, introspectables=(introspectable,))
