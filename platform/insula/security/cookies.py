"""The two cookies of the platform: bound to one host, and in production only ever sent over https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webob.cookies import make_cookie

from insula.kit.errors import ConfigurationError
from insula.kit.settings import settings_of
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from pyramid.config import Configurator
    from pyramid.registry import Registry


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
    return _name(registry, "insula-session")


def csrf_cookie(registry: Registry) -> str:
    """Return the name of the cookie that carries a visitor's form token."""
    return _name(registry, "insula-csrf")


def set_cookie(registry: Registry, name: str, value: str, *, max_age: int | None = None) -> tuple[str, str]:
    """Return the header that sets a cookie for this host alone, out of reach of scripts and of other sites."""
    secure = not settings_of(registry, SecuritySettings).development
    text = make_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Lax")
    return "Set-Cookie", text


def drop_cookie(registry: Registry, name: str) -> tuple[str, str]:
    """Return the header that makes the client forget a cookie."""
    return set_cookie(registry, name, "", max_age=0)


def _name(registry: Registry, plain: str) -> str:
    settings = settings_of(registry, SecuritySettings)
    return plain if settings.development else f"{settings.cookie_prefix}{plain}"
