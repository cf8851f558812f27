"""Cookies that could leak, or that no browser would send back, keep the installation from starting."""

import pytest
from pyramid.config import Configurator

from insula.kit.errors import ConfigurationError
from insula.security.cookies import csrf_cookie, drop_cookie, session_cookie, set_cookie


def installation(**settings):
    config = Configurator(settings={"insula.kit.secret": "x" * 40, **settings})
    config.include("insula.kit")
    config.add_room_settings("security", "insula.security.settings.SecuritySettings")
    config.include("insula.security.cookies")
    config.commit()
    return config.registry


def test_production_sends_host_cookies_over_https_only():
    registry = installation()
    assert session_cookie(registry) == "__Host-insula-session"
    assert csrf_cookie(registry) == "__Host-insula-csrf"
    _, value = set_cookie(registry, "a", "b")
    assert value.split("; ")[1:] == ["Path=/", "secure", "HttpOnly", "SameSite=Lax"]


def test_development_sends_plain_cookies_over_http():
    registry = installation(**{"insula.security.development": "true", "insula.web.public_scheme": "http"})
    assert session_cookie(registry) == "insula-session"
    assert "secure" not in set_cookie(registry, "a", "b")[1]


def test_a_dropped_cookie_is_over():
    assert "Max-Age=0" in drop_cookie(installation(), "a")[1]


@pytest.mark.parametrize(
    "settings",
    [
        {"insula.security.development": "true", "insula.web.public_scheme": "https"},
        {"insula.security.development": "true"},
        {"insula.web.public_scheme": "http"},
        {"insula.security.cookie_prefix": ""},
        {"insula.security.cookie_prefix": "insula-"},
    ],
)
def test_what_does_not_fit_together_is_refused_at_the_start(settings):
    with pytest.raises(ConfigurationError, match=r"insula\.(security|web)\."):
        installation(**settings)
