"""What stands before the doors of a tenant: the networks they may be reached from, and pages of other origins.

Both are decided before any name below a door is looked up, so that nobody learns from an answer what is there.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NoReturn

from pyramid.response import Response

from insula.kit.errors import Refused
from insula.observability.log import get
from insula.security.interfaces import SignInRequired
from insula.security.sections import door_of, outside

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.registry import Registry
    from pyramid.request import Request

    Handler = Callable[[Request], Response]

log = get("insula.security")

RULE: Final = "setting:networks"
"""What a decision says where the setting refuses, in the place of a rule."""

METHODS: Final = "GET, HEAD, POST, PUT, PATCH, DELETE"
ALLOWED: Final = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match"
EXPOSED: Final = "ETag, Link, Location, RateLimit, RateLimit-Policy, Retry-After, X-Request-ID"
_REMEMBERED: Final = "600"


def doors(handler: Handler, registry: Registry) -> Handler:
    """Refuse who comes from outside, and answer browsers that ask whether another site's page may call the API."""

    def tween(request: Request) -> Response:
        allowed = None
        if door_of(request) == "api":
            origin = request.headers.get("Origin")
            # Read now: when the answer is sent, the transaction is over.
            allowed = origin if origin in request.section("api_access").origins else None
            request.add_response_callback(partial(_cross_origin, allowed))
        if outside(request):
            _refuse(request)
        if allowed and request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers:
            return _preflight()
        return handler(request)

    return tween


def _refuse(request: Request) -> NoReturn:
    identity = request.identity
    who = "visitor" if identity is None else str(identity.account_id)
    log.info("decision", allowed=False, rules=[RULE], identity=who, address=request.remote_addr)
    if identity is None:
        raise SignInRequired
    raise Refused("Your network may not be used for this.")


def _preflight() -> Response:
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = ALLOWED
    response.headers["Access-Control-Max-Age"] = _REMEMBERED
    return response


def _cross_origin(allowed: str | None, _request: Request, response: Any) -> None:
    """Name the page's origin if the tenant has listed it; cookies never count there, only tokens do."""
    response.vary = tuple(dict.fromkeys((*(response.vary or ()), "Origin")))
    if allowed is not None:
        response.headers["Access-Control-Allow-Origin"] = allowed
        response.headers["Access-Control-Expose-Headers"] = EXPOSED
