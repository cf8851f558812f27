"""Limits: how often a tenant, a caller and an address may ask, a class of requests at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register what the room offers."""
