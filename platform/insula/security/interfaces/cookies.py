"""Cookies for one host alone, out of reach of scripts; in production only ever sent over https."""

from __future__ import annotations

from typing import TYPE_CHECKING

from webob.cookies import make_cookie

from insula.kit.settings import settings_of
from insula.security.settings import SecuritySettings

if TYPE_CHECKING:
    from pyramid.registry import Registry


def host_cookie(registry: Registry, plain: str) -> str:
    """Return the full name of a cookie, with the prefix that binds it to its host."""
    settings = settings_of(registry, SecuritySettings)
    return plain if settings.development else f"{settings.cookie_prefix}{plain}"


def set_cookie(registry: Registry, name: str, value: str, *, max_age: int | None = None) -> tuple[str, str]:
    """Return the header that sets a cookie for this host alone, out of reach of scripts and of other sites."""
    secure = not settings_of(registry, SecuritySettings).development
    text = make_cookie(name, value, max_age=max_age, path="/", secure=secure, httponly=True, samesite="Lax")
    return "Set-Cookie", text


def drop_cookie(registry: Registry, name: str) -> tuple[str, str]:
    """Return the header that makes the client forget a cookie."""
    return set_cookie(registry, name, "", max_age=0)
