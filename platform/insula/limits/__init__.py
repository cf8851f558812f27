"""Limits: how often a tenant, a caller and an address may ask, a class of requests at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyramid.config import Configurator


def includeme(config: Configurator) -> None:
    """Register settings, the tenant's section, the directive for classes, health and the command."""
    config.add_room_settings("limits", "insula.limits.settings.LimitsSettings")
    config.add_directive("add_route_class", "insula.limits.classes.add_route_class")
    config.add_config_section(
        "rates",
        title="Rate limits",
        description="How often the site, a person or token, and a visitor's address may ask.",
        settings="insula.limits.sections.Rates",
        group="Security",
        order=60,
        limits="insula.limits.sections.installation_bounds",
    )
    config.register_service_factory(
        "insula.limits.services.limits_factory", config.maybe_dotted("insula.limits.interfaces.Limits")
    )
    config.add_health_check("limits", "insula.limits.health.storage")
    config.add_command("limits", "insula.limits.commands.limits_group")
