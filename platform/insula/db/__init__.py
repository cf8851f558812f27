"""Relational storage: engines and roles, sessions bound to one tenant for life with their guard, and migrations."""

from typing import Any


def includeme(config: Any) -> None:
    """Add settings, sessions for requests, health checks and commands."""
    config.add_room_settings("db", "insula.db.settings.DatabaseSettings")
    config.registry.settings.update(
        {
            "tm.manager_hook": "pyramid_tm.explicit_manager",
            "tm.annotate_user": "no",
            "tm.commit_veto": "pyramid_tm.default_commit_veto",
            "retry.attempts": config.registry.settings.get("retry.attempts", "3"),
            "retry.activate_hook": "insula.db.requests.attempts",
        }
    )
    config.include("insula.db.finding")
    config.include("pyramid_tm")
    config.include("pyramid_retry")
    config.include("insula.db.requests")
    config.add_health_check("database", "insula.db.health.database")
    config.add_health_check("migrations", "insula.db.health.migrations")
    config.add_command("db", "insula.db.commands.db")
