"""Where requests are counted: by address before anything is looked up, then by caller and by tenant.

A caller is counted before the tenant, so that nobody uses up what the tenant has by being refused.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

from pyramid.httpexceptions import HTTPBadRequest

from insula.kit.errors import TooMany, Unavailable
from insula.kit.settings import settings_of
from insula.limits.addresses import counted_as
from insula.limits.classes import route_class
from insula.limits.interfaces import PERIOD, LimitsDown, Scope, asker
from insula.limits.services import SLIDING, Limiter, key_of, limiter_of
from insula.limits.settings import LimitsSettings
from insula.observability.log import get
from insula.security.interfaces import branch_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pyramid.registry import Registry
    from pyramid.request import Request
    from pyramid.response import Response

    Handler = Callable[[Request], Response]

log = get("insula.limits")

_DETAILS: Final = {
    "tenant": "This site was asked more often than it may be.",
    "caller": "You asked more often than one person or token may.",
    "address": "Your address asked more often than one address may.",
}


def addresses(handler: Handler, registry: Registry) -> Handler:
    """Count requests by address, for the installation: the one limit that costs no look at the database."""
    settings = settings_of(registry, LimitsSettings)

    def tween(request: Request) -> Response:
        limiter = limiter_of(registry)
        address = counted_as(request.remote_addr, settings.exempt) if limiter is not None else None
        if limiter is not None and address is not None:
            name = route_class(registry, request)
            if settings.address_per_minute:
                take(request, limiter, "address", name, settings.address_per_minute, SLIDING, "all", address)
            if settings.address_sign_ins_per_minute and name == "sign_in":
                most = settings.address_sign_ins_per_minute
                take(request, limiter, "address", name, most, SLIDING, name, address)
        return handler(request)

    return tween


def callers(handler: Handler, registry: Registry) -> Handler:
    """Count requests by who asks, a visitor by address, and then for the tenant, by the rates the tenant has set."""
    settings = settings_of(registry, LimitsSettings)

    def tween(request: Request) -> Response:
        limiter = limiter_of(registry)
        if limiter is None or branch_of(request) == "static":
            return handler(request)
        name, rates = route_class(registry, request), request.section("rates")
        standing: list[tuple[Scope, int, tuple[str, ...]]] = []
        scope, who = asker(request)
        if scope == "caller" or counted_as(request.remote_addr, settings.exempt) is not None:
            standing.append((scope, rates.of(scope, name), key_of(request.tenant_id, scope, name, who)))
        standing.append(("tenant", rates.of("tenant", name), key_of(request.tenant_id, "tenant", name, "")))
        if name in ("api_read", "api_write", "ingest"):
            request.add_response_callback(_telling(limiter, rates.method, standing))
        for scope, limit, key in standing:
            take(request, limiter, scope, name, limit, rates.method, *key)
        return handler(request)

    return tween


def take(
    request: Request, limiter: Limiter, scope: Scope, name: str, limit: int, method: str, *key: str
) -> None:
    """Count one request; raises TooMany, or Unavailable where the installation prefers that to not counting."""
    try:
        if limiter.take(limit, method, *key):
            return
        wait = max(1, math.ceil(limiter.standing(limit, method, *key)[1]))
    except LimitsDown:
        when_down = settings_of(request.registry, LimitsSettings).when_down
        if when_down == "open" or (when_down == "pages" and name == "page"):
            return
        request.outside_transaction = True
        raise Unavailable("Requests cannot be counted right now.", retry_after=PERIOD // 10) from None
    # A refusal is to cost little, so that nothing of the tenant is looked up for its page.
    request.outside_transaction = True
    log.info("limited", scope=scope, route_class=name, limit=limit)
    raise TooMany(f"{_DETAILS[scope]} Try again in {_seconds(wait)}.", retry_after=wait)


def _telling(
    limiter: Limiter, method: str, standing: list[tuple[Scope, int, tuple[str, ...]]]
) -> Callable[[Request, Response], None]:
    def tell(_request: Request, response: Any) -> None:
        """Say by the headers of the IETF's draft what holds, and what is left of the first of it."""
        if response.status_int >= HTTPBadRequest.code and response.status_int != TooMany.status:
            # What is missing and what one may not see answer alike, to the last header.
            return
        policy = ", ".join(f'"{scope}";q={limit};w={PERIOD}' for scope, limit, _ in standing)
        response.headerlist.append(("RateLimit-Policy", policy))
        scope, limit, key = standing[0]
        try:
            left, wait = limiter.standing(limit, method, *key)
        except LimitsDown:
            return
        response.headerlist.append(("RateLimit", f'"{scope}";r={left};t={math.ceil(wait)}'))

    return tell


def _seconds(count: int) -> str:
    return "a second" if count == 1 else f"{count} seconds"
