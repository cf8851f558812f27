"""Facts and who hears them: subscribers inside the transaction, consumers after it through outbox and relay.

A consumer is fed from a row that was written in the transaction that caused the event, so that what was
committed reaches it even when the process dies at the next instruction. The room also offers
`DurableRecords`: the record store first, the same outbox while the store is down.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Add the directives, the services, the relay and its commands."""
    config.add_directive("add_event_subscriber", "insula.events.directives.add_event_subscriber")
    config.add_directive("add_consumer", "insula.events.directives.add_consumer")
    config.add_directive("add_upkeep", "insula.events.directives.add_upkeep")
    config.add_room_settings("events", "insula.events.settings.EventsSettings")
    config.register_service_factory(
        "insula.events.services.events_factory", "insula.events.interfaces.Events"
    )
    config.register_service_factory(
        "insula.events.durable.durable_records_factory",
        "insula.events.interfaces.DurableRecords",
    )
    config.register_service_factory(
        "insula.events.notes.delivery_notes_factory", "insula.events.interfaces.DeliveryNotes"
    )
    config.add_consumer("records", "insula.events.durable.append_to_store", events=())
    config.add_subscriber("insula.events.threads.start_with_first_request", "pyramid.interfaces.INewRequest")
    config.add_subscriber("insula.events.crossings.watch", "pyramid.interfaces.IApplicationCreated")
    config.add_health_check("relay", "insula.events.health.check")
    config.add_command("worker", "insula.events.commands.worker")
    config.add_command("outbox", "insula.events.commands.outbox")
