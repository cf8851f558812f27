"""Forms that only our own pages can send.

The token is bound to the session of whoever is signed in; a visitor's is a signed cookie that the form repeats. The
origin is checked on plain http too, which Pyramid leaves out. A request that carries a bearer token and no session
cookie needs neither: a browser adds cookies by itself, never a bearer token.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pyramid.csrf import check_csrf_token
from pyramid.exceptions import BadCSRFOrigin
from pyramid.interfaces import IDefaultCSRFOptions

from insula.kit.settings import KitSettings, settings_of
from insula.security.cookies import csrf_cookie, session_cookie, set_cookie

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.registry import Registry
    from pyramid.request import Request

_PENDING: Final = "_insula_csrf_token"
_PORTS: Final = {"http": 80, "https": 443}


class SignedCSRF:
    """Pyramid's CSRF storage policy, without storage."""

    def __init__(self, registry: Registry) -> None:
        secret = settings_of(registry, KitSettings).secret.get_secret_value().encode()
        self._key = hmac.digest(secret, b"insula.security.csrf", "sha256")
        self._registry = registry

    def new_csrf_token(self, request: Request) -> str:
        """Give a visitor a fresh token, with the cookie; who is signed in keeps the one of the session."""
        if bound := self._of_session(request):
            return bound
        nonce = secrets.token_urlsafe(24)
        token = f"{nonce}.{self._signature(request, 'visitor', nonce)}"
        setattr(request, _PENDING, token)
        request.add_response_callback(self._send)
        return token

    def get_csrf_token(self, request: Request) -> str:
        """Return the token for a form."""
        token: str | None = (
            self._of_session(request) or getattr(request, _PENDING, None) or self._carried(request)
        )
        return token or self.new_csrf_token(request)

    def check_csrf_token(self, request: Request, supplied: str) -> bool:
        """Say whether a form brought the token it was given."""
        expected = self._of_session(request) or self._carried(request)
        return expected is not None and hmac.compare_digest(expected.encode(), supplied.encode())

    def _of_session(self, request: Request) -> str | None:
        identity = request.identity
        if identity is None or identity.session_id is None:
            return None
        return self._signature(request, "session", str(identity.session_id))

    def _carried(self, request: Request) -> str | None:
        """Return the visitor's token in the cookie if we made it for this tenant."""
        token: str = request.cookies.get(csrf_cookie(self._registry), "")
        nonce, _, signature = token.partition(".")
        good = self._signature(request, "visitor", nonce)
        return token if nonce and hmac.compare_digest(signature.encode(), good.encode()) else None

    def _signature(self, request: Request, kind: str, value: str) -> str:
        return hmac.new(self._key, f"{kind}|{request.tenant_id}|{value}".encode(), sha256).hexdigest()

    def _send(self, request: Request, response: Any) -> None:
        name, value = set_cookie(self._registry, csrf_cookie(self._registry), getattr(request, _PENDING))
        response.headers.add(name, value)


def needs_token(request: Request) -> bool:
    """Say whether a browser may have sent this by itself."""
    bearer = request.headers.get("Authorization", "").partition(" ")[0].lower() == "bearer"
    return not bearer or bool(request.cookies.get(session_cookie(request.registry)))


def check_origin(request: Request) -> None:
    """Raise BadCSRFOrigin when a browser says that the request began on another origin.

    Browsers say so with every unsafe request to another origin; a client that says nothing is no browser, and still
    has to know the token.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site in {"cross-site", "same-site"}:
        raise BadCSRFOrigin("The request comes from another site.")
    stated = request.headers.get("Origin") or request.referrer
    if stated == "null" and site == "same-origin":
        # A page whose address is a secret sends no referrer, and browsers then keep its origin back as well.
        return
    if stated is not None and _origin(stated) != _origin(request.host_url):
        raise BadCSRFOrigin("The request comes from another origin.")


def csrf_view(view: Callable[..., Any], info: Any) -> Callable[..., Any]:
    """Take the place of Pyramid's deriver of this name, above the permission and with our check of the origin."""
    options = info.registry.queryUtility(IDefaultCSRFOptions)
    explicit = info.options.get("require_csrf")
    if explicit is False or (explicit is None and info.exception_only):
        return view

    def checked(context: object, request: Request) -> Any:
        if request.method not in options.safe_methods and options.callback(request):
            check_origin(request)
            check_csrf_token(request, options.token, options.header, raises=True)
        return view(context, request)

    return checked


csrf_view.options = ("require_csrf",)  # type: ignore[attr-defined]  # Pyramid reads the option names from here


def _origin(address: str) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    if parts.hostname is None:
        return None
    return parts.scheme, parts.hostname, port or _PORTS.get(parts.scheme)
