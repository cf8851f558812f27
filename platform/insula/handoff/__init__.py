"""Hand-off: how an operator of the installation enters a tenant, with its leave and for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what the room offers."""
