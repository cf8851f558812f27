"""Entries in and out as CSV and NDJSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the endpoints and the command."""
    config.include("insula.collections.transfer.api")
    config.add_command("entries", "insula.collections.transfer.commands.entries_group")
