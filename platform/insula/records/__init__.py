"""Records: what pours in, kept by tenant, stream and time.

The room holds the promise of a record store, the stores that keep it (SQLite, PostgreSQL, Cassandra), the suite that
proves it, and the catalogue that says which streams a tenant has and how they are laid out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Offer the store, the catalogue, and the directive by which rooms have streams of their own."""
    config.add_room_settings("records", "insula.records.settings.RecordSettings")
    config.add_directive("add_system_stream", "insula.records.directives.add_system_stream")
    config.include("insula.records.directives")
    config.register_service_factory(
        "insula.records.factory.store_service", "insula.records.interfaces.RecordStore"
    )
    config.register_service_factory(
        "insula.records.services.streams_factory", "insula.records.interfaces.Streams"
    )
    config.register_service_factory(
        "insula.records.expiry.expiry_factory", "insula.records.interfaces.Expiry"
    )
    config.add_health_check("records", "insula.records.health.check")
    config.add_command("records", "insula.records.commands.records")
