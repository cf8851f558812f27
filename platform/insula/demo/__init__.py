"""The demonstration tenants with their real data: made once, through services only, and left alone afterwards."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the command."""
    config.add_room_settings("demo", "insula.demo.settings.DemoSettings")
    config.add_command("demo", "insula.demo.commands.demo")
