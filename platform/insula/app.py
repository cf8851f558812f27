"""The application: a list of rooms, bottom to top, and nothing else."""

from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

ROOMS = (
    "observability",
    "db",
    "records",
    "events",
    "tenancy",
    "features",
    "accounts",
    "tree",
    "security",
    "web",
    "admin",
    "api",
    "website",
    "streams",
    "audit",
    "members",
    "settings",
    "console",
    "demo",
)

# Outer to inner; exceptions are rendered inside the transaction, so that what they answer can abort it.
TWEENS = (
    "insula.observability.tweens.request_log",
    "insula.observability.tweens.health",
    "insula.web.tweens.headers",
    "insula.web.tweens.outer_errors",
    "insula.tenancy.requests.resolve",
    "pyramid_tm.tm_tween_factory",
    "pyramid.tweens.excview_tween_factory",
    "insula.tenancy.requests.current",
)


def main(_global_config: dict[str, str] | None, **settings: Any) -> Router:
    """Return the WSGI application of an installation."""
    return configure(settings).make_wsgi_app()


def configure(settings: dict[str, Any]) -> Configurator:
    """Return the configurator with every room included, ready to be made an application."""
    config = Configurator(settings={**settings, "pyramid.tweens": "\n".join(TWEENS)})
    config.registry["insula.rooms"] = ROOMS
    config.include("insula.kit")
    for room in ROOMS:
        config.include(f"insula.{room}")
    return config
