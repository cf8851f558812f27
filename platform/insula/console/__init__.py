"""The door of tenancy for operators: commands that create, list, suspend and resume tenants."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the commands."""
    config.add_command("tenant", "insula.console.commands.tenant")
