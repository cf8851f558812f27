"""Entries: written, versioned, published, thrown away and restored."""

from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register the service, what goes on behind it, and its doors under /api."""
    config.register_service_factory(
        "insula.collections.entries.many.entries_factory", "insula.collections.interfaces.entries.Entries"
    )
    config.add_rewrite_listener("insula.collections.entries.rewording.reword")
    config.add_upkeep("collections.schedules", "insula.collections.entries.due.carry_out", every=15.0)
    config.add_file_uses("insula.collections.entries.file_uses.uses")
    for doors in ("api", "history", "batch"):
        config.include(f"insula.collections.entries.{doors}")
