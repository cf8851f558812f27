"""The two cookies of the platform: bound to one host, and in production only ever sent over https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from insula.kit.errors import ConfigurationError
from insula.kit.settings import settings_of
from insula.security.interfaces.cookies import drop_cookie, host_cookie, set_cookie
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.registry import Registry

__all__ = ["csrf_cookie", "drop_cookie", "includeme", "session_cookie", "set_cookie"]


def includeme(config: Configurator) -> None:
    """Refuse to start with cookies that anybody on the way could read, or that no browser would send back."""
    development = settings_of(config.registry, SecuritySettings).development
    # The web room, which is above this one, declares the setting; the cookies have to fit it.
    scheme = config.registry.settings.get("insula.web.public_scheme", "https")
    if development and scheme == "https":
        raise ConfigurationError(
            "insula.security.development = true sends cookies unprotected, and insula.web.public_scheme is https. "
            "Remove the first, or set the second to http on a machine of your own."
        )
    if not development and scheme == "http":
        raise ConfigurationError(
            "insula.web.public_scheme = http: browsers keep the session cookie on https only. Serve https, "
            "or set insula.security.development = true on a machine of your own."
        )


def session_cookie(registry: Registry) -> str:
    """Return the name of the cookie that carries a session's secret."""
    return host_cookie(registry, "insula-session")


def csrf_cookie(registry: Registry) -> str:
    """Return the name of the cookie that carries a visitor's form token."""
    return host_cookie(registry, "insula-csrf")
