"""Collections in the administration: schemas changed through plans, entries as tables and forms, all without script."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the screens."""
    for part in ("panel", "schema", "entries", "entry", "acts", "versions", "transfer"):
        config.include(f"insula.collections.screens.{part}")
