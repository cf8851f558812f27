"""Pure helpers that every other room may use: ids, clock, errors, cursors, settings and the command registry."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the directives for settings and commands."""
    config.add_directive("add_room_settings", "insula.kit.settings.add_room_settings")
    config.add_directive("add_command", "insula.kit.commands.add_command")
    config.include("insula.kit.requests")
    config.add_room_settings("kit", "insula.kit.settings.KitSettings")
