"""The screens of API tokens and service accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the screens."""
    config.include("insula.tokens.admin.tokens")
    config.include("insula.tokens.admin.making")
    config.include("insula.tokens.admin.services")
