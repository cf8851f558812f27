"""Mail: letters to people, written in the transaction that causes them and sent by the relay."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what the room offers."""
