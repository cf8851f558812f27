"""API tokens and service accounts as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the endpoints."""
    config.include("insula.tokens.api.tokens")
    config.include("insula.tokens.api.services")
