"""The application: a list of rooms, bottom to top, then the features of other packages, and nothing else."""

from importlib.metadata import entry_points
from typing import Any

from pyramid.config import Configurator
from pyramid.router import Router

from insula.kit.errors import ConfigurationError
from insula.kit.settings import refuse_unknown_rooms

ROOMS = (
    "observability",
    "db",
    "records",
    "events",
    "mail",
    "tenancy",
    "features",
    "accounts",
    "tree",
    "security",
    "limits",
    "web",
    "admin",
    "api",
    "files",
    "collections",
    "website",
    "streams",
    "audit",
    "policies",
    "members",
    "people",
    "tokens",
    "handoff",
    "settings",
    "console",
    "demo",
)

FEATURES = "insula.features"
"""The group of entry points by which installed packages add features; each is a module or callable to include."""

# Outer to inner; exceptions are rendered inside the transaction, so that what they answer can abort it.
TWEENS = (
    "insula.observability.tweens.request_log",
    "insula.observability.tweens.health",
    "insula.web.tweens.headers",
    "insula.web.tweens.outer_errors",
    "insula.limits.tweens.addresses",
    "insula.tenancy.requests.resolve",
    "pyramid_tm.tm_tween_factory",
    "pyramid.tweens.excview_tween_factory",
    "insula.tenancy.requests.current",
    "insula.security.doors.doors",
    "insula.limits.tweens.callers",
)


def main(_global_config: dict[str, str] | None, **settings: Any) -> Router:
    """Return the WSGI application of an installation."""
    return configure(settings).make_wsgi_app()


def configure(settings: dict[str, Any]) -> Configurator:
    """Return the configurator with every room and outside feature included, ready to be made an application."""
    config = Configurator(settings={**settings, "pyramid.tweens": "\n".join(TWEENS)})
    config.registry["insula.rooms"] = ROOMS
    config.include("insula.kit")
    for room in ROOMS:
        config.include(f"insula.{room}")
    _include_features(config)
    refuse_unknown_rooms(config.registry)
    return config


def _include_features(config: Configurator) -> None:
    # By name, so that every process of an installation is put together in the same order.
    for entry in sorted(entry_points(group=FEATURES), key=lambda entry: entry.name):
        try:
            feature = entry.load()
        except (ImportError, AttributeError) as error:
            message = f"The feature {entry.name!r} cannot be loaded from {entry.value}: {error}."
            raise ConfigurationError(message) from error
        config.include(feature)
