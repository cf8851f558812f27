"""The door of tenancy for operators: commands that create, list, suspend and resume tenants."""

from typing import Any


def includeme(config: Any) -> None:
    """Add the commands, and lead from the console's root to its administration."""
    config.add_view_predicate("console", "insula.console.views.ConsolePredicate")
    config.add_view(
        "insula.console.views.to_administration",
        context="insula.tree.interfaces.Root",
        request_method=("GET", "HEAD"),
        permission=config.maybe_dotted("pyramid.security.NO_PERMISSION_REQUIRED"),
        console=True,
    )
    config.add_command("tenant", "insula.console.commands.tenant")
