"""Tenancy in a request: the tween that finds the tenant, and the one that notices that it changed."""

from collections.abc import Callable

from pyramid.registry import Registry
from pyramid.request import Request
from pyramid.response import Response

from insula.observability.log import bind_contextvars
from insula.tenancy.directory import refreshed, tenant_of
from insula.tenancy.hosts import from_header
from insula.tenancy.interfaces import SuspendedTenant

Handler = Callable[[Request], Response]
_RETRY_SUSPENDED = 3600


def resolve(handler: Handler, registry: Registry) -> Handler:
    """Bind the request to the tenant of its exact host, or refuse it."""

    def tween(request: Request) -> Response:
        request.tenant = request.tenant_id = None
        host = from_header(request.environ.get("HTTP_HOST"))
        request.tenant = tenant_of(registry, host)
        request.tenant_id = request.tenant.id
        bind_contextvars(tenant=request.tenant.name)
        return handler(request)

    return tween


def current(handler: Handler, registry: Registry) -> Handler:
    """Compare the tenant with its version counter, which the session reads in its first round trip."""

    def tween(request: Request) -> Response:
        if not _is_file(request.environ.get("PATH_INFO", "")):
            version = request.db.versions.get("tenant", 0)
            if version != request.tenant.version:
                request.tenant = refreshed(registry, from_header(request.environ.get("HTTP_HOST")), version)
            if request.tenant.status == "suspended":
                raise SuspendedTenant("Come back later.", retry_after=_RETRY_SUSPENDED)
        return handler(request)

    return tween


def _is_file(path: str) -> bool:
    """Say whether an address can only be a file of ours; `/static/../about` is a page, since traversal walks back."""
    return path.startswith("/static/") and ".." not in path.split("/")
