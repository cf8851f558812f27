"""The outermost tween: gives each request its id, binds it to the log and writes one line at the end."""

import time
from collections.abc import Callable

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from insula.kit.ids import uuid7
from insula.observability.health import healthz, readyz
from insula.observability.log import bind_contextvars, clear_contextvars, get

log = get("insula.request")
Handler = Callable[[Request], Response]


def request_id(request: Request) -> str:
    """Return the id of this request, made by us: one sent by a client is never believed."""
    return str(uuid7())


def request_log(handler: Handler, registry: Registry) -> Handler:
    """Log each request once, with its outcome and the time it took in milliseconds."""

    def tween(request: Request) -> Response:
        clear_contextvars()
        bind_contextvars(request_id=request.id)
        started = time.perf_counter()
        status = 500
        try:
            response = handler(request)
            status = response.status_int
            response.headerlist.append(("X-Request-ID", request.id))
            return response
        finally:
            took = round((time.perf_counter() - started) * 1000, 1)
            path = request.environ.get("PATH_INFO", "")
            log.info("request", method=request.method, path=path, status=status, ms=took)
            clear_contextvars()

    return tween


def health(handler: Handler, registry: Registry) -> Handler:
    """Answer /healthz and /readyz on any host, before a tenant is looked for."""
    views = {"/healthz": healthz, "/readyz": readyz}

    def tween(request: Request) -> Response:
        view = views.get(request.environ.get("PATH_INFO", ""))
        if view is None or request.method not in ("GET", "HEAD"):
            return handler(request)
        return view(request)

    return tween
